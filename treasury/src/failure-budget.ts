/**
 * Failure budget: how many webhooks with a wrong token one address may send before it is told to wait.
 *
 * Who shows the right token always passes: a stranger behind the same proxy must not shut out the provider.
 */

/** Wrong tokens of one address within the window. Beyond: 429. */
export const WRONG_TOKENS_PER_ADDRESS_MAX = 30;

/** Length of the window, in milliseconds: a minute from the first wrong token. */
export const WRONG_TOKENS_WINDOW_MS = 60_000;

/** Addresses that are counted; beyond, the one whose window began first is forgotten. */
export const WRONG_TOKEN_ADDRESSES_MAX = 10_000;

export class FailureBudget {
  readonly #windows = new Map<string, { failures: number; endsMs: number }>();

  get size(): number {
    return this.#windows.size;
  }

  /** Counts a wrong token. Answers how long the address is to wait, in milliseconds; 0 while its budget lasts. */
  spend(address: string, nowMs: number): number {
    const known = this.#windows.get(address);
    if (known !== undefined && known.endsMs > nowMs) {
      known.failures++;
      return known.failures > WRONG_TOKENS_PER_ADDRESS_MAX ? known.endsMs - nowMs : 0;
    }
    // Set anew, so that the map stays in the order in which the windows began.
    this.#windows.delete(address);
    this.#windows.set(address, { failures: 1, endsMs: nowMs + WRONG_TOKENS_WINDOW_MS });
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > WRONG_TOKEN_ADDRESSES_MAX && oldest !== undefined) this.#windows.delete(oldest);
    return 0;
  }
}
