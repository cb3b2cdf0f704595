/** Tipping: tells whether a bin stands, lies, or was lifted and tipped out. */
import type { Watched } from "./happening.ts";

/** A bin that leans more than this for longer than LEANING_MS has been tipped over; meanwhile its level means nothing. */
export const LEANING_DEG_MIN = 45;
export const LEANING_MS = 60_000;

/** A bin that lay stands again when it leans less than this. */
export const UPRIGHT_BELOW_DEG = 30;

/** A lift holds a bin over its truck, bottom up, at more than this for longer than POURING_MS. */
export const POURING_DEG_MIN = 100;
export const POURING_MS = 2_000;

/** What is remembered of a bin. Times are those given to `watchTipping`; null when it does not lean, or not that far. */
export interface Tipping {
  readonly leaningSinceMs: number | null;
  readonly pouringSinceMs: number | null;
  readonly lies: boolean;
}

/** A bin that stands. */
export const STANDING: Tipping = { leaningSinceMs: null, pouringSinceMs: null, lies: false };

/** True when the level of a bin means nothing, because it leans or lies. */
export function isFrozen({ leaningSinceMs, lies }: Tipping): boolean {
  return lies || leaningSinceMs !== null;
}

/** Takes the next angle, in degrees from upright. `poured`: the bin has been held bottom up long enough to be emptied. */
export function watchTipping(
  tipping: Tipping,
  tiltDeg: number,
  nowMs: number,
): Watched<Tipping> & { readonly poured: boolean } {
  const leaningSinceMs = tiltDeg > LEANING_DEG_MIN ? (tipping.leaningSinceMs ?? nowMs) : null;
  const pouringSinceMs = tiltDeg > POURING_DEG_MIN ? (tipping.pouringSinceMs ?? nowMs) : null;
  const poured = pouringSinceMs !== null && nowMs - pouringSinceMs > POURING_MS;
  const falls = !tipping.lies && leaningSinceMs !== null && nowMs - leaningSinceMs > LEANING_MS;
  const rises = tipping.lies && tiltDeg < UPRIGHT_BELOW_DEG;
  return {
    state: { leaningSinceMs, pouringSinceMs, lies: falls || (tipping.lies && !rises) },
    happened: falls ? [{ event: "tipped" }] : rises ? [{ event: "upright" }] : [],
    poured,
  };
}
