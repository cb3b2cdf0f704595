/** Settledness: how far the level of a bin can be believed, in the words of the contract. */
import type { Quality } from "@jumpa-madu/contracts/readings";
import { type Calibration, fillOf } from "./calibration.ts";
import type { Middle } from "./median.ts";
import type { Place } from "./range-gate.ts";

/** Widest spread of a settled window, as a share of the distance to the bottom. */
export const SPREAD_SHARE_MAX = 0.05;

/** Change of the filled share between two windows that is not believed until the next window agrees. */
export const JUMP_FILL_MAX = 0.3;

/** Windows agree when their filled shares differ by no more than this. */
export const AGREEMENT_FILL_MAX = 0.1;

/** Filled share above which an object in the blind zone means a full bin, not a fault. */
export const BLIND_FULL_FILL_MIN = 0.8;

/** A judged window. `fill` is null when the bin has no calibration or the window is rejected. */
export interface Level {
  readonly distanceMm: number;
  readonly fill: number | null;
  readonly quality: Quality;
}

/** Judges windows of one bin, one after the other. */
export interface Settledness {
  judge(middle: Middle, place: Place): Level;
}

/** Starts judging a bin. */
export function settledness(calibration: Calibration | null): Settledness {
  let believed: number | null = null;
  let doubted: number | null = null;

  function fillAt(distanceMm: number, place: Place): number | null {
    if (calibration === null || place === "beyond_bin" || place === "beyond_sensor") return null;
    if (place === "within") return fillOf(calibration, distanceMm);
    return believed !== null && believed > BLIND_FULL_FILL_MIN ? 1 : null;
  }

  /** Believes a fill that is near the last believed one, or that two windows in a row agree on. */
  function believe(fill: number): boolean {
    const near = believed === null || Math.abs(fill - believed) <= JUMP_FILL_MAX;
    const agreed = doubted !== null && Math.abs(fill - doubted) <= AGREEMENT_FILL_MAX;
    doubted = near || agreed ? null : fill;
    if (near || agreed) believed = fill;
    return near || agreed;
  }

  return {
    judge({ medianMm, spreadMm }, place) {
      const distanceMm = Math.round(medianMm);
      if (calibration === null) return { distanceMm, fill: null, quality: "unchecked" };
      const fill = fillAt(distanceMm, place);
      if (fill === null) return { distanceMm, fill, quality: "rejected" };
      if (spreadMm > SPREAD_SHARE_MAX * calibration.emptyMm)
        return { distanceMm, fill, quality: "suspicious" };
      return { distanceMm, fill, quality: believe(fill) ? "accepted" : "suspicious" };
    },
  };
}
