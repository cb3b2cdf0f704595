/** Emptying: tells from one level to the next whether a bin has been emptied. */
import type { Watched } from "./happening.ts";
import type { Pace } from "./pace.ts";
import type { Level } from "./settledness.ts";

/** Least fall of the filled share that is an emptying. */
export const FALL_MIN = 0.3;

/** An emptied bin is filled less than this. */
export const EMPTIED_FILL_MAX = 0.15;

/**
 * What is remembered of a bin: its highest believed fill since the last emptying, and the low windows in a row, believed or
 * doubted, with the fill of the last of them. `poured`: it has been lifted and tipped out, so that any low level is an emptying.
 */
export interface Emptying {
  readonly highest: number;
  readonly lowWindows: number;
  readonly lowFill: number;
  readonly poured: boolean;
}

/** A bin of which nothing is known. */
export const NOT_EMPTIED: Emptying = { highest: 0, lowWindows: 0, lowFill: 0, poured: false };

/**
 * Takes the next level. An emptying is told at a believed level: the last of enough low ones, or one that confirms them though
 * new waste has come meanwhile.
 */
export function watchEmptying(emptying: Emptying, { fill, quality }: Level, pace: Pace): Watched<Emptying> {
  if (fill === null) return { state: emptying, happened: [] };
  const { highest, lowWindows, lowFill, poured } = emptying;
  const believed = quality === "accepted";
  const isLow = fill < EMPTIED_FILL_MAX && (poured || highest - fill >= FALL_MIN);
  const confirms =
    !isLow &&
    lowWindows >= pace.lowWindows &&
    highest - fill >= FALL_MIN &&
    Math.abs(fill - lowFill) <= pace.agreementFill;
  const lowNow = isLow ? lowWindows + 1 : 0;
  if (believed && (confirms || lowNow >= pace.lowWindows)) {
    const fillAfter = isLow ? fill : lowFill;
    return {
      state: { ...NOT_EMPTIED, highest: fill },
      // A bin that is tipped out may have held nothing that could fall.
      happened: [{ event: "emptied", fill_before: Math.max(highest, fillAfter), fill_after: fillAfter }],
    };
  }
  return {
    state: {
      highest: believed ? Math.max(highest, fill) : highest,
      lowWindows: lowNow,
      lowFill: isLow ? fill : lowFill,
      // A believed level that is not low says that it was lifted, but kept its waste.
      poured: poured && (isLow || !believed),
    },
    happened: [],
  };
}
