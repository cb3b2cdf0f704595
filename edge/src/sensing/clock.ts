/** The two clocks of a node, passed to whatever needs the time. */

/**
 * One moment on both clocks. `monotonicMs` never jumps and measures pauses; its zero means nothing. `epochMs` is the time of
 * day, in whole milliseconds since 1970, and may jump when the node's clock is set.
 */
export interface Instant {
  readonly monotonicMs: number;
  readonly epochMs: number;
}

/** Tells the moment. */
export type Clock = () => Instant;

/** The clocks of this machine. */
export const systemClock: Clock = () => ({ monotonicMs: performance.now(), epochMs: Date.now() });
