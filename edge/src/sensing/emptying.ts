/** Emptying: tells from one level to the next whether a bin has been emptied. */
import type { Level } from "./settledness.ts";

/** Least fall of the filled share that is an emptying. */
export const FALL_MIN = 0.3;

/** An emptied bin is filled less than this. */
export const EMPTIED_FILL_MAX = 0.15;

/** Accepted or doubted levels in a row that must be so low: a lid that stands open for seconds passes for one. */
export const LOW_LEVELS_MIN = 2;

/** An emptying: the highest believed fill since the last one, and the fill now. */
export interface Emptied {
  readonly fillBefore: number;
  readonly fillAfter: number;
}

/** Watches one bin. */
export interface Emptying {
  /** Takes the next level; the emptying when this level completes one, else null. */
  take(level: Level): Emptied | null;
}

/** Starts watching a bin. */
export function emptying(): Emptying {
  let highest = 0;
  let lowLevels = 0;
  return {
    take({ fill, quality }) {
      if (fill === null) return null;
      const low = fill < EMPTIED_FILL_MAX && highest - fill >= FALL_MIN;
      lowLevels = low ? lowLevels + 1 : 0;
      if (lowLevels >= LOW_LEVELS_MIN && quality === "accepted") {
        const emptied = { fillBefore: highest, fillAfter: fill };
        highest = fill;
        lowLevels = 0;
        return emptied;
      }
      if (quality === "accepted") highest = Math.max(highest, fill);
      return null;
    },
  };
}
