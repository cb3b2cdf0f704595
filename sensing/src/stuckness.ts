/** Stuckness: tells when a sensor sees something that never changes, such as a bag that hangs before it. */
import type { Watched } from "./happening.ts";

/** Distances that differ by no more than this are the same. A sensor that looks at waste wanders more from day to night. */
export const STILL_MM = 2;

/** Time without a change, and least windows within it, after which a sensor counts as blocked. */
export const STUCK_MS = 24 * 3_600_000;
export const STUCK_WINDOWS_MIN = 12;

/** What is remembered of a sensor: the nearest and farthest distance of the present stillness, null before the first, and when it began. */
export interface Stuckness {
  readonly nearestMm: number | null;
  readonly farthestMm: number | null;
  readonly sinceMs: number;
  readonly windows: number;
  readonly blocked: boolean;
}

/** A sensor that has just begun; `blocked` is what was told of the place before. */
export function freeSince(nowMs: number, blocked = false): Stuckness {
  return { nearestMm: null, farthestMm: null, sinceMs: nowMs, windows: 0, blocked };
}

/** Takes the distance of the next window. */
export function watchStuckness(stuck: Stuckness, distanceMm: number, nowMs: number): Watched<Stuckness> {
  const nearestMm = Math.min(stuck.nearestMm ?? distanceMm, distanceMm);
  const farthestMm = Math.max(stuck.farthestMm ?? distanceMm, distanceMm);
  if (farthestMm - nearestMm > STILL_MM) {
    const state = {
      nearestMm: distanceMm,
      farthestMm: distanceMm,
      sinceMs: nowMs,
      windows: 1,
      blocked: false,
    };
    return { state, happened: stuck.blocked ? [{ event: "sensor_clear" }] : [] };
  }
  const sinceMs = stuck.windows === 0 ? nowMs : stuck.sinceMs;
  const windows = stuck.windows + 1;
  const still = nowMs - sinceMs >= STUCK_MS && windows >= STUCK_WINDOWS_MIN;
  return {
    state: { nearestMm, farthestMm, sinceMs, windows, blocked: stuck.blocked || still },
    happened: still && !stuck.blocked ? [{ event: "sensor_blocked" }] : [],
  };
}
