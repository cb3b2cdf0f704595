/**
 * Unique time: device time for one series of readings, no two of which may share a millisecond, because the telemetry
 * store would keep only the later one.
 */
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";

/**
 * Furthest that a clock may fall behind the last reading and still be bumped past it. A larger step back means that the clock
 * was wrong before and has been set since: to go on from the wrong time would carry the error on for ever.
 */
export const STEP_BACK_MS_MAX = 60_000;

/** True when a clock that says so has been set: from 2020 on, when it never was as on a Raspberry Pi without a network, to 2100. */
export function isDated(epochMs: number): boolean {
  return epochMs >= EPOCH_MS_MIN && epochMs <= EPOCH_MS_MAX;
}

/** Gives out device times of one series. */
export interface UniqueTime {
  /**
   * Time for a reading made at `epochMs`: the same, or the next millisecond that is still free. Null while the clock has
   * never been set (before 2020, as on a Raspberry Pi without a network) or is beyond 2100: such a reading has no time.
   */
  at(epochMs: number): number | null;
}

/** Starts a series. */
export function uniqueTime(): UniqueTime {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    at(epochMs) {
      const nowMs = Math.floor(epochMs);
      if (!isDated(nowMs)) return null;
      const timeMs = lastMs - nowMs > STEP_BACK_MS_MAX ? nowMs : Math.max(nowMs, lastMs + 1);
      if (timeMs > EPOCH_MS_MAX) return null;
      lastMs = timeMs;
      return timeMs;
    },
  };
}
