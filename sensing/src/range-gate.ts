/** Range gate: which distances a sensor can measure, and which of them its bin can hold. */

import type { Calibration } from "./calibration.ts";
import type { Reach } from "./reach.ts";

/** A bin may read this much deeper than empty before it is taken for an echo from elsewhere: 10 %. */
const BEYOND_EMPTY_MAX = 1.1;

/**
 * Where a distance lies. `blind`: at or below what the sensor can tell apart, so something is right in front of it.
 * `within`: what the bin can hold. `beyond_bin`: deeper than the bin. `beyond_sensor`: no distance but a sign that there was no
 * echo, such as 32768.
 */
export const PLACES = ["blind", "within", "beyond_bin", "beyond_sensor"] as const;
export type Place = (typeof PLACES)[number];

/** Judges distances and counts where they lie. */
export interface RangeGate {
  /**
   * Where a distance lies; without a calibration the bin is as deep as the sensor reaches. `trueMm` is the distance corrected
   * for the air: the sensor is judged by what it says, the bin by what is so.
   */
  placeOf(distanceMm: number, trueMm: number): Place;
  /** Judges one distance from the sensor and counts it. */
  admit(distanceMm: number, trueMm: number): Place;
  /** Distances that were admitted, by place. */
  readonly counts: Readonly<Record<Place, number>>;
}

/** Makes the gate of one sensor in one bin. */
export function rangeGate({ minMm, maxMm }: Reach, calibration: Calibration | null): RangeGate {
  const deepestMm = calibration === null ? maxMm : Math.min(maxMm, calibration.emptyMm * BEYOND_EMPTY_MAX);
  const counts: Record<Place, number> = { blind: 0, within: 0, beyond_bin: 0, beyond_sensor: 0 };

  function placeOf(distanceMm: number, trueMm: number): Place {
    if (distanceMm > maxMm) return "beyond_sensor";
    if (distanceMm <= minMm) return "blind";
    return trueMm > deepestMm ? "beyond_bin" : "within";
  }

  return {
    placeOf,
    admit(distanceMm, trueMm) {
      const place = placeOf(distanceMm, trueMm);
      counts[place] += 1;
      return place;
    },
    counts,
  };
}
