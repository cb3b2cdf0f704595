/**
 * Bin level: from a sensor's observations to what a bin reports.
 *
 * distance -> range gate -> median window -> speed of sound -> settledness -> emptying, fullness, stuckness. Angle and
 * temperature are looked at as they come. Levels are judged at least every LEVEL_EVERY_MS_MAX, so that an emptying is seen soon;
 * of them one is reported every `reportEveryMs`, the first as soon as the window is full. While the bin leans, its levels are
 * rejected and change nothing.
 */
import type { ContainerShape } from "@jumpa-madu/contracts/container-shape";
import { FULL_AT, FULL_UNTIL } from "@jumpa-madu/contracts/node-config";
import type { BinEvent, BinLevel } from "@jumpa-madu/contracts/readings";
import { type BinHistory, followLevel, followTilt, resumeHistory } from "./bin-history.ts";
import type { Calibration } from "./calibration.ts";
import { UPRIGHT } from "./container-volume.ts";
import type { Happening, Watched } from "./happening.ts";
import { watchHeat } from "./heat.ts";
import type { Instant } from "./instant.ts";
import { type Middle, medianWindow } from "./median.ts";
import { type Observation, plausible, reportedMm } from "./observation.ts";
import { DENSE } from "./pace.ts";
import { type Place, rangeGate } from "./range-gate.ts";
import type { Reach } from "./reach.ts";
import { judgeWindow, type Level } from "./settledness.ts";
import { AIR_TEMP_C_DEFAULT, correctedMm } from "./sound-speed.ts";
import { isFrozen } from "./tipping.ts";
import { isDated, uniqueTime } from "./unique-time.ts";

export type { Observation } from "./observation.ts";

/** Pause between two reported levels unless configured otherwise. */
export const REPORT_EVERY_MS_DEFAULT = 60_000;

/** Longest pause between two judged levels. Also how long a lid must stand open to pass for an emptying. */
export const LEVEL_EVERY_MS_MAX = 10_000;

/** Time without a usable distance after which a sensor counts as silent; one that finds no echo is silent too. */
export const SILENT_AFTER_MS = 30_000;

/** Age beyond which a temperature says nothing of the air any more. */
const TEMP_FRESH_MS = 600_000;

/** What a bin needs to be read. */
export interface BinSettings {
  readonly bin: string;
  readonly reach: Reach;
  readonly calibration: Calibration | null;
  readonly shape?: ContainerShape;
  readonly fullAt?: number;
  readonly fullUntil?: number;
  /** True when the sensor takes the speed of sound at 20 °C for granted. */
  readonly lacksTemperature?: boolean;
  /** Usual temperature of the air, when none is measured. */
  readonly airTempC?: number;
  readonly reportEveryMs?: number;
  readonly silentAfterMs?: number;
}

/** The reading side of one bin. Pure: time comes in with each call. */
export interface BinLevels {
  /** Takes what the sensor observes; returns what the bin has to report. */
  take(observation: Observation, at: Instant): (BinLevel | BinEvent)[];
  /** Looks at the time; to be called every second or so, because a silent sensor calls nothing. */
  tick(at: Instant): BinEvent[];
  /** Distances so far, by where they lie. */
  readonly counts: Readonly<Record<Place, number>>;
  /** Readings that were not made because the node's clock was never set. */
  readonly timeless: number;
  /** What is remembered of the place by now. Its times are monotonic: it is worth nothing to another process. */
  readonly history: BinHistory;
}

/** Starts reading a bin at `start`, going on where a reading of the same place by other settings has ended. */
export function binLevels(settings: BinSettings, start: Instant, past: BinHistory | null = null): BinLevels {
  const {
    bin,
    reach,
    calibration,
    shape = UPRIGHT,
    fullAt = FULL_AT,
    fullUntil = FULL_UNTIL,
    lacksTemperature = false,
    airTempC = AIR_TEMP_C_DEFAULT,
    reportEveryMs = REPORT_EVERY_MS_DEFAULT,
    silentAfterMs = SILENT_AFTER_MS,
  } = settings;
  const levelsPerReport = Math.ceil(reportEveryMs / LEVEL_EVERY_MS_MAX);
  const levelEveryMs = reportEveryMs / levelsPerReport;
  const gate = rangeGate(reach, calibration);
  const window = medianWindow();
  const levelTime = uniqueTime();
  const eventTime = uniqueTime();
  let history = resumeHistory({ reach, calibration, shape }, start.monotonicMs, past);
  let heardAtMs = start.monotonicMs;
  let air: { tempC: number; atMs: number } | null = null;
  let nextLevelAtMs = Number.NEGATIVE_INFINITY;
  let levelsUntilReport = 1;
  let timeless = 0;

  function timed<T>(t: number | null, make: (t: number) => T): T[] {
    if (t !== null) return [make(t)];
    timeless += 1;
    return [];
  }

  /** Remembers what a watch has found; nothing at all while it could not be told, for want of a time. */
  function told(watch: () => Watched<BinHistory>, at: Instant): BinEvent[] {
    if (!isDated(at.epochMs)) return [];
    const { state, happened } = watch();
    history = state;
    return happened.flatMap((one) => event(one, at));
  }

  function event(happening: Happening, at: Instant): BinEvent[] {
    return timed(eventTime.at(at.epochMs), (t) => ({ kind: "bin_event", bin, t, ...happening }));
  }

  function report(
    { distanceMm, fill, quality }: Level,
    tiltDeg: number | undefined,
    at: Instant,
  ): BinLevel[] {
    return timed(levelTime.at(at.epochMs), (t) => ({
      kind: "bin_level",
      bin,
      t,
      distance_mm: distanceMm,
      fill,
      quality,
      ...(air === null ? {} : { temp_c: air.tempC }),
      ...(tiltDeg === undefined ? {} : { tilt_deg: tiltDeg }),
    }));
  }

  /** True when a level is due; a late level does not make the next ones hurry. */
  function isDue(nowMs: number): boolean {
    if (nowMs < nextLevelAtMs) return false;
    const plannedMs = nextLevelAtMs + levelEveryMs;
    nextLevelAtMs = plannedMs > nowMs ? plannedMs : nowMs + levelEveryMs;
    return true;
  }

  function isReportDue(): boolean {
    levelsUntilReport -= 1;
    if (levelsUntilReport > 0) return false;
    levelsUntilReport = levelsPerReport;
    return true;
  }

  function trueMm(distanceMm: number): number {
    return lacksTemperature ? correctedMm(distanceMm, air?.tempC ?? airTempC) : distanceMm;
  }

  function feel(tempC: number | undefined, nowMs: number): void {
    if (tempC !== undefined) air = { tempC, atMs: nowMs };
    else if (air !== null && nowMs - air.atMs > TEMP_FRESH_MS) air = null;
  }

  /** The middle of the window once it is full; null also when the sensor could not measure, or found no echo. */
  function middleOf(distanceMm: number | null, nowMs: number): Middle | null {
    if (distanceMm === null || gate.admit(distanceMm, trueMm(distanceMm)) === "beyond_sensor") return null;
    if (nowMs - heardAtMs > silentAfterMs) window.clear();
    heardAtMs = nowMs;
    return window.push(distanceMm);
  }

  function tilt(tiltDeg: number, at: Instant): BinEvent[] {
    const wasFrozen = isFrozen(history.tipping);
    const events = told(() => followTilt(history, tiltDeg, at.monotonicMs), at);
    // What was measured while it leaned must not be mixed with what it holds now.
    if (wasFrozen && !isFrozen(history.tipping)) window.clear();
    return events;
  }

  function warm(tempC: number, middle: Middle | null, at: Instant): BinEvent[] {
    const warmth = { tempC, distanceMm: middle === null ? null : trueMm(middle.medianMm) };
    return told(() => {
      const { state: heat, happened } = watchHeat(history.heat, warmth, {
        nowMs: at.monotonicMs,
        pace: DENSE,
      });
      return { state: { ...history, heat }, happened };
    }, at);
  }

  /** Judges the window; what a bin that leans holds is anybody's guess. */
  function judge({ medianMm, spreadMm }: Middle, at: Instant): { level: Level; events: BinEvent[] } {
    const distanceMm = trueMm(medianMm);
    const place = gate.placeOf(medianMm, distanceMm);
    if (isFrozen(history.tipping))
      return {
        level: { distanceMm: reportedMm(distanceMm), fill: null, quality: "rejected" },
        events: [],
      };
    const { belief, level } = judgeWindow(
      history.belief,
      { distanceMm, spreadMm, place },
      { calibration, shape, pace: DENSE },
    );
    const events = told(() => {
      const rules = { nowMs: at.monotonicMs, pace: DENSE, fullAt, fullUntil };
      return followLevel({ ...history, belief }, level, rules);
    }, at);
    return { level, events };
  }

  return {
    take(observation, at) {
      const { distanceMm, tempC, tiltDeg } = plausible(observation);
      feel(tempC, at.monotonicMs);
      const tilted = tiltDeg === undefined ? [] : tilt(tiltDeg, at);
      const middle = middleOf(distanceMm, at.monotonicMs);
      const warmed = tempC === undefined ? [] : warm(tempC, middle, at);
      const urgent = [...tilted, ...warmed];
      if (middle === null) return urgent;
      if (history.silent) {
        urgent.push(
          ...told(() => ({ state: { ...history, silent: false }, happened: [{ event: "sensor_back" }] }), at),
        );
      }
      if (!isDue(at.monotonicMs)) return urgent;
      const { level, events } = judge(middle, at);
      return [...urgent, ...(isReportDue() ? report(level, tiltDeg, at) : []), ...events];
    },
    tick(at) {
      if (history.silent || at.monotonicMs - heardAtMs <= silentAfterMs) return [];
      window.clear();
      return told(
        () => ({ state: { ...history, silent: true }, happened: [{ event: "sensor_silent" }] }),
        at,
      );
    },
    counts: gate.counts,
    get timeless() {
      return timeless;
    },
    get history() {
      return history;
    },
  };
}
