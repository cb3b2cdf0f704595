/** Keys that were unwrapped a short while ago. */

/** Most keys that are kept; the one longest unused goes first. As many members as a large waste bank's catalogue names. */
export const KEYS_CACHED_MAX = 10_000;

/** How long an unwrapped key is kept, in milliseconds: for so long another process may still use one that was destroyed. */
export const KEY_CACHED_MS_MAX = 60_000;

/** A bounded memory of keys by the person. */
export class KeyCache {
  readonly #kept = new Map<string, { key: Uint8Array; sinceMs: number }>();
  readonly #nowMs: () => number;
  readonly #keysMax: number;

  /** The clock need only move forward, such as `performance.now`. */
  constructor(nowMs: () => number, keysMax = KEYS_CACHED_MAX) {
    this.#nowMs = nowMs;
    this.#keysMax = keysMax;
  }

  get(member: string): Uint8Array | undefined {
    const entry = this.#kept.get(member);
    if (entry === undefined) return undefined;
    this.#kept.delete(member);
    if (this.#nowMs() - entry.sinceMs >= KEY_CACHED_MS_MAX) return undefined;
    this.#kept.set(member, entry);
    return entry.key;
  }

  set(member: string, key: Uint8Array): void {
    this.#kept.delete(member);
    this.#kept.set(member, { key, sinceMs: this.#nowMs() });
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > this.#keysMax && oldest !== undefined) this.#kept.delete(oldest);
  }

  delete(member: string): void {
    this.#kept.delete(member);
  }

  clear(): void {
    this.#kept.clear();
  }
}
