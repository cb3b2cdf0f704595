/** Fault burst: turns faults that come many times a second into two lines of a log, the first and the last. */

/** A burst is over when no fault has come for so long. */
export const QUIET_MS_MIN = 5_000;

/** A burst that is over. */
export interface EndedBurst {
  readonly faults: number;
  readonly lastedMs: number;
}

/** Groups the faults of one device. Times are monotonic. */
export interface FaultBurst {
  /** Takes a fault; true when it is the first of a burst. */
  take(nowMs: number): boolean;
  /** Tells of a burst that is over by now; once for each burst. */
  ended(nowMs: number): EndedBurst | null;
}

/** Starts grouping. */
export function faultBurst(): FaultBurst {
  let faults = 0;
  let firstAtMs = 0;
  let lastAtMs = 0;
  return {
    take(nowMs) {
      lastAtMs = nowMs;
      faults += 1;
      if (faults === 1) firstAtMs = nowMs;
      return faults === 1;
    },
    ended(nowMs) {
      if (faults === 0 || nowMs - lastAtMs < QUIET_MS_MIN) return null;
      const ended = { faults, lastedMs: lastAtMs - firstAtMs };
      faults = 0;
      return ended;
    },
  };
}
