/**
 * Slows down who guesses passwords: a number of tries for one name from one address, and for one address in all.
 *
 * Counted by name and address together, so that a stranger who guesses cannot lock the real user out.
 */
import { ProblemError } from "../problem-error.ts";

/** Tries of one name from one address within the window. */
export const TRIES_PER_NAME_MAX = 10;

/** Tries of one address within the window, over all names: a waste bank's whole staff may share one address. */
export const TRIES_PER_ADDRESS_MAX = 100;

/** Length of the window in milliseconds: 15 minutes from the first try. */
export const WINDOW_MS = 15 * 60_000;

/** Counters that are kept; beyond, the oldest is forgotten. */
export const COUNTERS_MAX = 20_000;

interface Counter {
  tries: number;
  endsMs: number;
}

export class SignInThrottle {
  readonly #counters = new Map<string, Counter>();

  get size(): number {
    return this.#counters.size;
  }

  /** Counts a try before the password is looked at. Throws ProblemError `too_many_requests` when it is one too many. */
  enter(username: string, address: string, nowMs: number): void {
    this.#count(`name ${address} ${username}`, TRIES_PER_NAME_MAX, nowMs);
    this.#count(`address ${address}`, TRIES_PER_ADDRESS_MAX, nowMs);
  }

  /** Forgets the tries of a name that has signed in. */
  succeeded(username: string, address: string): void {
    this.#counters.delete(`name ${address} ${username}`);
    const all = this.#counters.get(`address ${address}`);
    if (all !== undefined && all.tries > 0) all.tries--;
  }

  #count(key: string, triesMax: number, nowMs: number): void {
    const known = this.#counters.get(key);
    const counter =
      known === undefined || known.endsMs <= nowMs ? { tries: 0, endsMs: nowMs + WINDOW_MS } : known;
    if (counter.tries >= triesMax) {
      const afterS = Math.ceil((counter.endsMs - nowMs) / 1_000);
      throw new ProblemError("too_many_requests", `too many tries; try again in ${afterS} seconds`, {
        headers: { "retry-after": String(afterS) },
      });
    }
    counter.tries++;
    // Set again, so that the map stays in the order in which the windows began.
    if (counter !== known) this.#counters.delete(key);
    this.#counters.set(key, counter);
    const oldest = this.#counters.keys().next().value;
    if (this.#counters.size > COUNTERS_MAX && oldest !== undefined) this.#counters.delete(oldest);
  }
}
