/** Counts the requests to each endpoint of an account in windows of a fixed length. */

/** What the counter says of one request. */
export interface RateState {
  isOver: boolean;
  limit: number;
  remaining: number;
  /** Seconds until the window ends, rounded up. */
  resetS: number;
}

interface Window {
  startMs: number;
  count: number;
}

/** Request counters; as many as there are endpoints, which are fixed. */
export class RateCounter {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #windows = new Map<string, Window>();

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Counts one request. A refused one counts too. */
  count(endpoint: string, nowMs: number): RateState {
    const known = this.#windows.get(endpoint);
    const isRunning = known !== undefined && nowMs < known.startMs + this.#windowMs;
    const window = isRunning ? known : { startMs: nowMs, count: 0 };
    window.count += 1;
    this.#windows.set(endpoint, window);
    return {
      isOver: window.count > this.#limit,
      limit: this.#limit,
      remaining: Math.max(0, this.#limit - window.count),
      resetS: Math.ceil((window.startMs + this.#windowMs - nowMs) / 1_000),
    };
  }
}
