/** Rate bucket: keeps the requests to one provider below what it takes a minute, and away while it says so. */

/** Longest that a provider is believed when it says for how long to stay away, in milliseconds. */
export const RATE_RESET_MS_MAX = 600_000;

/** How long to stay away when a provider refuses for the rate and does not say for how long, in milliseconds. */
export const RATE_RESET_MS_DEFAULT = 30_000;

export class RateBucket {
  readonly #perMinute: number;
  readonly #burst: number;
  #tokens: number;
  #filledMs: number;
  #blockedUntilMs = 0;

  /** Holds a tenth of a minute's requests, so that what was saved up cannot leave all at once. */
  constructor(perMinute: number, nowMs: number) {
    this.#perMinute = perMinute;
    this.#burst = Math.max(1, Math.floor(perMinute / 10));
    this.#tokens = this.#burst;
    this.#filledMs = nowMs;
  }

  /** Takes leave to send one request: 0, or how long to wait before asking again, in milliseconds. */
  take(nowMs: number): number {
    if (nowMs < this.#blockedUntilMs) return this.#blockedUntilMs - nowMs;
    const filled = ((nowMs - this.#filledMs) / 60_000) * this.#perMinute;
    this.#tokens = Math.min(this.#burst, this.#tokens + filled);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / this.#perMinute) * 60_000);
    this.#tokens--;
    return 0;
  }

  /** Hears what an answer says of the rate (`Rate-Limit-Remaining`, `Rate-Limit-Reset` in seconds, `Retry-After`). */
  hear(answer: { status: number; headers: Headers }, nowMs: number): void {
    const resetMs = resetMsOf(answer.headers);
    const isSpent = answer.headers.get("rate-limit-remaining")?.trim() === "0";
    if (answer.status === 429) this.#blockedUntilMs = nowMs + (resetMs ?? RATE_RESET_MS_DEFAULT);
    else if (isSpent && resetMs !== null) this.#blockedUntilMs = nowMs + resetMs;
  }
}

/** For how long the provider asks to be left alone, in milliseconds, at most RATE_RESET_MS_MAX; null when it does not say. */
export function resetMsOf(headers: Headers): number | null {
  for (const name of ["rate-limit-reset", "retry-after"]) {
    const text = headers.get(name)?.trim() ?? "";
    if (/^\d{1,9}(\.\d{1,3})?$/.test(text))
      return Math.min(RATE_RESET_MS_MAX, Math.ceil(Number(text) * 1_000));
  }
  return null;
}
