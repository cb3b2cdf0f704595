/**
 * Bin history: what is remembered of the place of a bin, from one level to the next.
 *
 * It belongs to the place and not to its hardware. When a sensor or a container is exchanged, fills that were measured by the
 * old ones are forgotten, because the new ones cannot be compared with them and no fall between the two is an emptying; but
 * whether the bin was full, lay, burned or had a blocked sensor stays until the new ones say otherwise.
 */
import type { ContainerShape } from "@jumpa-madu/contracts/container-shape";
import type { Calibration } from "./calibration.ts";
import { type Emptying, NOT_EMPTIED, watchEmptying } from "./emptying.ts";
import { type Fullness, NOT_FULL, type Thresholds, watchFullness } from "./fullness.ts";
import type { Happening, Watched } from "./happening.ts";
import { COOL, type Heat } from "./heat.ts";
import type { Pace } from "./pace.ts";
import type { Reach } from "./reach.ts";
import { type Belief, type Level, NO_BELIEF } from "./settledness.ts";
import { freeSince, type Stuckness, watchStuckness } from "./stuckness.ts";
import { STANDING, type Tipping, watchTipping } from "./tipping.ts";

/** What is remembered. Plain JSON; `measure` names the sensor and container that the fills were measured by. */
export interface BinHistory {
  readonly measure: string;
  readonly belief: Belief;
  readonly emptying: Emptying;
  readonly fullness: Fullness;
  readonly tipping: Tipping;
  readonly heat: Heat;
  readonly stuckness: Stuckness;
  /** True when the sensor has been told to be silent. */
  readonly silent: boolean;
}

/** What fills are measured by. */
export interface MeasuredBy {
  readonly reach: Reach;
  readonly calibration: Calibration | null;
  readonly shape: ContainerShape;
}

/** Goes on with a history, or begins one, when a bin is read from `nowMs` on. */
export function resumeHistory(
  { reach, calibration, shape }: MeasuredBy,
  nowMs: number,
  history: BinHistory | null,
): BinHistory {
  const measure = JSON.stringify([reach.minMm, reach.maxMm, calibration, shape]);
  if (history?.measure === measure) return history;
  return {
    tipping: STANDING,
    heat: COOL,
    silent: false,
    ...history,
    measure,
    belief: NO_BELIEF,
    emptying: NOT_EMPTIED,
    fullness: { ...NOT_FULL, full: history?.fullness.full ?? false },
    stuckness: freeSince(nowMs, history?.stuckness.blocked),
  };
}

/** Takes the angle of a bin. */
export function followTilt(history: BinHistory, tiltDeg: number, nowMs: number): Watched<BinHistory> {
  const { state: tipping, happened, poured } = watchTipping(history.tipping, tiltDeg, nowMs);
  const emptying = poured ? { ...history.emptying, poured } : history.emptying;
  return { state: { ...history, tipping, emptying }, happened };
}

/** Takes a level of a bin that stands. */
export function followLevel(
  history: BinHistory,
  level: Level,
  { nowMs, pace, ...thresholds }: Thresholds & { nowMs: number; pace: Pace },
): Watched<BinHistory> {
  const emptying = watchEmptying(history.emptying, level, pace);
  const isEmptied = emptying.happened.length > 0;
  // An emptying is proof enough by itself that the bin is full no longer.
  const fullPace = isEmptied ? { ...pace, fullWindows: 1 } : pace;
  const fullness = watchFullness(history.fullness, level, { ...thresholds, pace: fullPace });
  const happened: Happening[] = [...emptying.happened, ...fullness.happened];
  const { stuckness: before } = history;
  const stuck = watchStuckness(
    happened.length > 0 ? freeSince(nowMs, before.blocked) : before,
    level.distanceMm,
    nowMs,
  );
  return {
    state: { ...history, emptying: emptying.state, fullness: fullness.state, stuckness: stuck.state },
    happened: [...happened, ...stuck.happened],
  };
}
