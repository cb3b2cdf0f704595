/** Waiting between attempts: doubled from try to try up to a limit, and spread so that many nodes do not act as one. */

/** First and longest wait, in milliseconds. */
export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/** How far a wait is spread to either side, as a share of it. */
const SPREAD = 0.25;

/** Wait before attempt `attempt` (0: the first repeat), in milliseconds: the doubled wait, ±25 %. */
export function backoffMs({ firstMs, maxMs }: Backoff, attempt: number): number {
  // Above 2^30 the doubling has long passed any limit.
  return spreadMs(Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30)));
}

/** A wait of `ms`, ±25 %. */
export function spreadMs(ms: number): number {
  return ms * (1 - SPREAD + 2 * SPREAD * Math.random());
}
