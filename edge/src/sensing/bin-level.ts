/**
 * Bin level: from a sensor's distances to what a bin reports.
 *
 * distance -> range gate -> median window -> settledness -> emptying. Levels are judged at least every LEVEL_EVERY_MS_MAX, so
 * that an emptying is seen soon; of them one is reported every `reportEveryMs`, the first as soon as the window is full.
 */
import type { BinEvent, BinLevel } from "@jumpa-madu/contracts/readings";
import type { Reach } from "../protocols/protocol.ts";
import type { Calibration } from "./calibration.ts";
import type { Instant } from "./clock.ts";
import { emptying } from "./emptying.ts";
import { medianWindow } from "./median.ts";
import { type Place, rangeGate } from "./range-gate.ts";
import { type Level, settledness } from "./settledness.ts";
import { uniqueTime } from "./unique-time.ts";

/** Pause between two reported levels unless configured otherwise. */
export const REPORT_EVERY_MS_DEFAULT = 60_000;

/** Longest pause between two judged levels. Also how long a lid must stand open to pass for an emptying. */
export const LEVEL_EVERY_MS_MAX = 10_000;

/** Time without a usable distance after which a sensor counts as silent; one that finds no echo is silent too. */
export const SILENT_AFTER_MS = 30_000;

/** What a bin needs to be read. */
export interface BinSettings {
  readonly bin: string;
  readonly reach: Reach;
  readonly calibration: Calibration | null;
  readonly reportEveryMs?: number;
  readonly silentAfterMs?: number;
}

/** The reading side of one bin. Pure: time comes in with each call. */
export interface BinLevels {
  /** Takes a distance from the sensor; returns what the bin has to report. */
  take(distanceMm: number, at: Instant): (BinLevel | BinEvent)[];
  /** Looks at the time; to be called every second or so, because a silent sensor calls nothing. */
  tick(at: Instant): BinEvent[];
  /** Distances so far, by where they lie. */
  readonly counts: Readonly<Record<Place, number>>;
  /** Readings that were not made because the node's clock was never set. */
  readonly timeless: number;
}

/** Starts reading a bin at `start`. */
export function binLevels(settings: BinSettings, start: Instant): BinLevels {
  const {
    bin,
    calibration,
    reportEveryMs = REPORT_EVERY_MS_DEFAULT,
    silentAfterMs = SILENT_AFTER_MS,
  } = settings;
  const levelsPerReport = Math.ceil(reportEveryMs / LEVEL_EVERY_MS_MAX);
  const levelEveryMs = reportEveryMs / levelsPerReport;
  const gate = rangeGate(settings.reach, calibration);
  const window = medianWindow();
  const judge = settledness(calibration);
  const emptyings = emptying();
  const levelTime = uniqueTime();
  const eventTime = uniqueTime();
  let heardAtMs = start.monotonicMs;
  let silent = false;
  let nextLevelAtMs = Number.NEGATIVE_INFINITY;
  let levelsUntilReport = 1;
  let timeless = 0;

  function timed<T>(t: number | null, make: (t: number) => T): T[] {
    if (t !== null) return [make(t)];
    timeless += 1;
    return [];
  }

  function event(name: BinEvent["event"], at: Instant, fills: Partial<BinEvent> = {}): BinEvent[] {
    return timed(eventTime.at(at.epochMs), (t) => ({ kind: "bin_event", bin, t, event: name, ...fills }));
  }

  function report(level: Level, at: Instant): BinLevel[] {
    const { distanceMm: distance_mm, fill, quality } = level;
    return timed(levelTime.at(at.epochMs), (t) => ({
      kind: "bin_level",
      bin,
      t,
      distance_mm,
      fill,
      quality,
    }));
  }

  /** True when a level is due; a late level does not make the next ones hurry. */
  function isDue(nowMs: number): boolean {
    if (nowMs < nextLevelAtMs) return false;
    const plannedMs = nextLevelAtMs + levelEveryMs;
    nextLevelAtMs = plannedMs > nowMs ? plannedMs : nowMs + levelEveryMs;
    return true;
  }

  return {
    take(distanceMm, at) {
      if (gate.admit(distanceMm) === "beyond_sensor") return [];
      if (at.monotonicMs - heardAtMs > silentAfterMs) window.clear();
      heardAtMs = at.monotonicMs;
      const middle = window.push(distanceMm);
      if (middle === null) return [];
      const back = silent ? event("sensor_back", at) : [];
      silent = false;
      if (!isDue(at.monotonicMs)) return back;

      const level = judge.judge(middle, gate.placeOf(middle.medianMm));
      const emptied = emptyings.take(level);
      const events =
        emptied === null
          ? []
          : event("emptied", at, { fill_before: emptied.fillBefore, fill_after: emptied.fillAfter });
      levelsUntilReport -= 1;
      if (levelsUntilReport > 0) return [...back, ...events];
      levelsUntilReport = levelsPerReport;
      return [...back, ...report(level, at), ...events];
    },
    tick(at) {
      if (silent || at.monotonicMs - heardAtMs <= silentAfterMs) return [];
      silent = true;
      window.clear();
      return event("sensor_silent", at);
    },
    counts: gate.counts,
    get timeless() {
      return timeless;
    },
  };
}
