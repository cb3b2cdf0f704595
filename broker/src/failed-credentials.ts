/**
 * Remembers credentials that failed, so that trying them costs the store nothing.
 *
 * A secret has 256 random bits and cannot be guessed; what guessing can do is keep the store busy. Thus nobody
 * is shut out for what others do behind the same carrier's or proxy's address; an address over its budget only waits
 * longer for each no. Only different credentials count: a node with an old secret that comes back every second tells
 * nothing new.
 */
import { createHash } from "node:crypto";

export interface FailureLimits {
  /** How long the same credentials are refused without asking, in milliseconds. */
  rememberedMs: number;
  /** Over which failures of one address are counted, in milliseconds. */
  windowMs: number;
  perAddressMax: number;
  /** Entries of each of the two maps; at the limit the oldest is forgotten. */
  entriesMax: number;
}

export class FailedCredentials {
  readonly #limits: FailureLimits;
  readonly #now: () => number;
  readonly #untilMs = new Map<string, number>();
  readonly #windows = new Map<string, { startMs: number; count: number }>();

  constructor(limits: FailureLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** True when these very credentials failed a moment ago. */
  hasFailed(id: string, secret: string): boolean {
    const untilMs = this.#untilMs.get(fingerprint(id, secret));
    return untilMs !== undefined && this.#now() < untilMs;
  }

  /** True when an address has sent too many wrong credentials in the present window. */
  isOverBudget(address: string): boolean {
    const window = this.#windows.get(address);
    return (
      window !== undefined &&
      this.#now() - window.startMs < this.#limits.windowMs &&
      window.count >= this.#limits.perAddressMax
    );
  }

  /** Notes that these credentials failed. */
  note(address: string, id: string, secret: string): void {
    const nowMs = this.#now();
    putBounded(
      this.#untilMs,
      [fingerprint(id, secret), nowMs + this.#limits.rememberedMs],
      this.#limits.entriesMax,
    );
    const window = this.#windows.get(address);
    if (window !== undefined && nowMs - window.startMs < this.#limits.windowMs) window.count++;
    else putBounded(this.#windows, [address, { startMs: nowMs, count: 1 }], this.#limits.entriesMax);
  }

  /** Entries that are held, for tests of the bound. */
  get size(): number {
    return Math.max(this.#untilMs.size, this.#windows.size);
  }
}

/** A hash, so that the wrong secret, which may be a right one elsewhere, is not kept. */
function fingerprint(id: string, secret: string): string {
  return createHash("sha256").update(`${id}\0${secret}`).digest("base64");
}

function putBounded<V>(map: Map<string, V>, [key, value]: [string, V], entriesMax: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= entriesMax) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
