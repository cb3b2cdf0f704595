/** How long things take at the providers, and how much faster the simulator lives. */
import type { PerProvider } from "./provider-name.ts";

/** Durations in milliseconds of the simulator's clock. */
export interface Durations {
  /** From ACCEPTED until the money is on its way to the channel. */
  requestedMs: number;
  /** From then until the channel has taken or refused it. */
  finishedMs: number;
  /** From SUCCEEDED until a destination that gives money back has done so. */
  reversedMs: number;
  /** Window of the request counters. */
  rateWindowMs: number;
  /** Longest that a webhook waits for another to overtake it. */
  overtakenMs: number;
  /** Waits before the second and each further delivery of a webhook; then it is given up. */
  webhookRetriesMs: PerProvider<readonly number[]>;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/**
 * Durations in the providers' time, divided by `speed`.
 *
 * A payout in Xendit's test mode succeeds after about 80 s. Xendit delivers a webhook again up to six times within 24 h, the first
 * two after 15 and 45 min (docs.xendit.co, webhook delivery); Flip five times, every 2 min. How long a channel takes to give money
 * back is nowhere said: 10 min is ours.
 */
export function durationsAt(speed: number): Durations {
  return {
    requestedMs: (20 * SECOND_MS) / speed,
    finishedMs: (60 * SECOND_MS) / speed,
    reversedMs: (10 * MINUTE_MS) / speed,
    rateWindowMs: MINUTE_MS / speed,
    overtakenMs: (60 * MINUTE_MS) / speed,
    webhookRetriesMs: {
      xendit: [15, 45, 120, 180, 360, 720].map((minutes) => (minutes * MINUTE_MS) / speed),
      flip: [2, 2, 2, 2, 2].map((minutes) => (minutes * MINUTE_MS) / speed),
    },
  };
}
