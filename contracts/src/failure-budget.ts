/**
 * Failure budget: how many wrong secrets of one address are answered one by one before it is told to wait.
 *
 * Right secrets always pass: a stranger behind the same proxy must not shut out a network server or a payment provider.
 */

/** Wrong secrets of one address within the window. Beyond: 429. */
export const FAILURES_PER_ADDRESS_MAX = 30;

/** Length of the window, in milliseconds: a minute from the first failure. */
export const FAILURES_WINDOW_MS = 60_000;

/** Addresses that are counted; beyond, the oldest is forgotten. */
export const FAILURE_ADDRESSES_MAX = 10_000;

export class FailureBudget {
  readonly #windows = new Map<string, { failures: number; endsMs: number }>();

  get size(): number {
    return this.#windows.size;
  }

  /** Counts a failure. Answers how long the address is to wait, in milliseconds; 0 while its budget lasts. */
  spend(address: string, nowMs: number): number {
    let window = this.#windows.get(address);
    if (window === undefined || window.endsMs <= nowMs) {
      window = { failures: 0, endsMs: nowMs + FAILURES_WINDOW_MS };
      // Set anew, so that the map stays in the order in which the windows began.
      this.#windows.delete(address);
      this.#windows.set(address, window);
      const [oldest] = this.#windows.keys();
      if (this.#windows.size > FAILURE_ADDRESSES_MAX && oldest !== undefined) this.#windows.delete(oldest);
    }
    window.failures++;
    return window.failures > FAILURES_PER_ADDRESS_MAX ? window.endsMs - nowMs : 0;
  }
}
