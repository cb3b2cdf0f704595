/** Tells what may be logged again, so that what goes on all day is said now and then. */

/** Keys that are known. Beyond, the one told of longest ago is forgotten, and may be told of early. */
export const SELDOM_KEYS_MAX = 10_000;

export class Seldom {
  readonly #everyMs: number;
  /** When each key was told of, the longest ago first. */
  readonly #toldMs = new Map<string, number>();

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** True when the key was not told of within the time; it then is told of now. */
  isDue(key: string, nowMs: number): boolean {
    const toldMs = this.#toldMs.get(key);
    if (toldMs !== undefined && nowMs - toldMs < this.#everyMs) return false;
    this.#toldMs.delete(key);
    this.#toldMs.set(key, nowMs);
    const [oldest] = this.#toldMs.keys();
    if (this.#toldMs.size > SELDOM_KEYS_MAX && oldest !== undefined) this.#toldMs.delete(oldest);
    return true;
  }
}
