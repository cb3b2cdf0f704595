/** Rate limit by delay: what comes too fast waits its turn, and what would wait too long is refused. */

export class TokenBucket {
  readonly #ratePerMs: number;
  readonly #burst: number;
  readonly #delayMsMax: number;
  /** Below zero while delayed ones are under way. */
  #tokens: number;
  #atMs: number;

  constructor(limits: { ratePerS: number; burst: number; delayMsMax: number }, nowMs: number) {
    this.#ratePerMs = limits.ratePerS / 1000;
    this.#burst = limits.burst;
    this.#delayMsMax = limits.delayMsMax;
    this.#tokens = limits.burst;
    this.#atMs = nowMs;
  }

  /** Milliseconds that the caller must wait, 0 within the burst; null when it would be more than the longest delay. */
  take(nowMs: number): number | null {
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsedMs * this.#ratePerMs);
    this.#atMs = nowMs;
    const delayMs = this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) / this.#ratePerMs);
    if (delayMs > this.#delayMsMax) return null;
    this.#tokens -= 1;
    return delayMs;
  }
}
