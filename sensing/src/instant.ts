/** One moment on the two clocks of whoever reads a device. */

/**
 * `monotonicMs` never jumps and measures pauses; its zero means nothing. `epochMs` is the time of day, in whole
 * milliseconds since 1970, and may jump when the clock is set.
 */
export interface Instant {
  readonly monotonicMs: number;
  readonly epochMs: number;
}
