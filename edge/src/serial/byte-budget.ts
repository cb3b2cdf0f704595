/**
 * Byte budget: how much of what a port sends is read at all.
 *
 * The fastest configurable line carries 92,160 bytes a second. More comes only from a broken or hostile device on USB, which
 * ignores the baud rate. The surplus is dropped and counted, so that it costs neither memory nor the time of other ports.
 */

/** Most bytes of one port that are read within one second. */
export const BYTES_PER_S_MAX = 100_000;

const WINDOW_MS = 1_000;

/** Budget of one port. */
export interface ByteBudget {
  /** Of `length` bytes, how many may be read at `nowMs` (monotonic). */
  grant(length: number, nowMs: number): number;
}

/** Makes a full budget. */
export function byteBudget(): ByteBudget {
  let windowFromMs = Number.NEGATIVE_INFINITY;
  let left = 0;
  return {
    grant(length, nowMs) {
      if (nowMs - windowFromMs >= WINDOW_MS) {
        windowFromMs = nowMs;
        left = BYTES_PER_S_MAX;
      }
      const granted = Math.min(length, left);
      left -= granted;
      return granted;
    },
  };
}
