/** Pace: how many windows in a row it takes to believe, for sensors that speak all the time and for those that rarely do. */

/** A window is one median: of a few seconds when the sensor speaks all the time, one uplink otherwise. */
export interface Pace {
  /** Windows agree when their filled shares differ by no more than this. */
  readonly agreementFill: number;
  /** Low windows in a row that are an emptying: a lid that stands open for seconds passes for one. */
  readonly lowWindows: number;
  /** Windows in a row beyond a threshold that make a bin full, or full no longer. */
  readonly fullWindows: number;
  /** A single believed window of this filled share makes a bin full; null when none does. */
  readonly certainFill: number | null;
  /** Windows in a row in the blind zone of a bin that was not full, until what is there has come to stay. */
  readonly blindWindows: number;
  /** Time for which a bin that burned must be cool, in milliseconds. */
  readonly coolMs: number;
}

/** Of a sensor that speaks at least every few seconds; a window is judged every ten seconds or oftener. */
export const DENSE: Pace = {
  agreementFill: 0.1,
  lowWindows: 2,
  fullWindows: 3,
  certainFill: null,
  blindWindows: 30,
  coolMs: 60_000,
};

/**
 * Of a sensor that speaks every few minutes to hours. It has taken its own median, so a single uplink that is no jump counts; a
 * jump waits for the next, which may differ by what a bin fills meanwhile.
 */
export const SPARSE: Pace = {
  agreementFill: 0.3,
  lowWindows: 1,
  fullWindows: 2,
  certainFill: 0.95,
  blindWindows: 1,
  coolMs: 0,
};
