/** How long to wait before something is tried again. */

/** First wait, in milliseconds. */
export const BACKOFF_MS_MIN = 250;

/** Longest wait, in milliseconds. */
export const BACKOFF_MS_MAX = 30_000;

/**
 * Wait before try number `attempt` + 1, in milliseconds: doubles from BACKOFF_MS_MIN to BACKOFF_MS_MAX, of which a
 * random half is taken off, so that many processes that lost one server do not return in step.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const wholeMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(attempt - 1, 30));
  return wholeMs / 2 + (random() * wholeMs) / 2;
}
