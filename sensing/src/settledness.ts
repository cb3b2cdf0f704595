/** Settledness: how far the level of a bin can be believed, in the words of the contract. */
import type { ContainerShape } from "@jumpa-madu/contracts/container-shape";
import type { Quality } from "@jumpa-madu/contracts/readings";
import { type Calibration, fillOf } from "./calibration.ts";
import { reportedMm } from "./observation.ts";
import type { Pace } from "./pace.ts";
import type { Place } from "./range-gate.ts";

/** Widest spread of a settled window, as a share of the distance to the bottom. */
export const SPREAD_SHARE_MAX = 0.05;

/** Change of the filled share between two windows that is not believed until the next window agrees. */
export const JUMP_FILL_MAX = 0.3;

/** Filled share above which an object in the blind zone means a full bin, not a fault. */
export const BLIND_FULL_FILL_MIN = 0.8;

/** A judged window. `fill` is null when the bin has no calibration or the window is rejected. */
export interface Level {
  readonly distanceMm: number;
  readonly fill: number | null;
  readonly quality: Quality;
}

/** A window: its middle, corrected for the air, how far it scatters, and where it lies. */
export interface Window {
  readonly distanceMm: number;
  readonly spreadMm: number;
  readonly place: Place;
}

/** What a window is judged by. */
export interface Measure {
  readonly calibration: Calibration | null;
  readonly shape: ContainerShape;
  readonly pace: Pace;
}

/** What is remembered of a bin: its last believed fill, one that waits for agreement, and the windows in a row that were blind. */
export interface Belief {
  readonly believed: number | null;
  readonly doubted: number | null;
  readonly blindWindows: number;
}

/** A bin of which nothing is known. */
export const NO_BELIEF: Belief = { believed: null, doubted: null, blindWindows: 0 };

/** What came of a window. */
export interface Judged {
  readonly belief: Belief;
  readonly level: Level;
}

/** Judges the next window of a bin. */
export function judgeWindow(before: Belief, window: Window, measure: Measure): Judged {
  const { calibration, shape, pace } = measure;
  const belief = { ...before, blindWindows: window.place === "blind" ? before.blindWindows + 1 : 0 };
  const { distanceMm } = window;
  const judged = (fill: number | null, quality: Quality): Judged => ({
    belief,
    level: { distanceMm: reportedMm(distanceMm), fill, quality },
  });
  if (calibration === null) return judged(null, "unchecked");
  if (window.place === "blind") {
    const doubt = doubtOf(belief, pace);
    if (doubt === "suspicious") return judged(1, doubt);
    if (doubt === "rejected") return judged(null, doubt);
  } else if (window.place !== "within") return judged(null, "rejected");
  if (window.spreadMm > SPREAD_SHARE_MAX * calibration.emptyMm)
    return judged(fillAt(window, calibration, shape), "suspicious");
  return believe(belief, judged(fillAt(window, calibration, shape), "accepted").level, pace);
}

function fillAt({ place, distanceMm }: Window, calibration: Calibration, shape: ContainerShape): number {
  return place === "blind" ? 1 : fillOf(calibration, distanceMm, shape);
}

/**
 * What is wrong with something in the blind zone; null when it is the waste of a full bin.
 *
 * After a fill that was high it is. Otherwise it may be a hand, a bag that was just thrown in or dirt on the sensor: when it
 * stays, it is what fills the bin, for the sensor sees no more than that, and a sensor that never changes is told apart later. Of
 * a bin without a past it is suspected to be full until then, because nothing speaks against it.
 */
function doubtOf({ believed, blindWindows }: Belief, { blindWindows: enough }: Pace): Quality | null {
  if (believed === null) return blindWindows <= enough ? "suspicious" : null;
  return believed > BLIND_FULL_FILL_MIN || blindWindows >= enough ? null : "rejected";
}

/** Believes a fill that is near the last believed one, or that two windows in a row agree on. */
function believe(belief: Belief, level: Level, pace: Pace): Judged {
  const { believed, doubted } = belief;
  const fill = level.fill ?? 0;
  const near = believed === null || Math.abs(fill - believed) <= JUMP_FILL_MAX;
  const agreed = doubted !== null && Math.abs(fill - doubted) <= pace.agreementFill;
  if (near || agreed) return { belief: { ...belief, believed: fill, doubted: null }, level };
  return { belief: { ...belief, doubted: fill }, level: { ...level, quality: "suspicious" } };
}
