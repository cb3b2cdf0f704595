/** Latencies in bounded memory: a histogram of milliseconds, three digits exact (HDR, of Node itself). */
import { createHistogram } from "node:perf_hooks";

/** Longest latency that is told apart: one hour. A longer one counts as this. */
const LATENCY_MS_MAX = 3_600_000;

/** Collects latencies. */
export interface Latencies {
  /** Counts one, rounded up to whole milliseconds, at least 1. */
  add(latencyMs: number): void;
  /** The latency in milliseconds that this share (0 to 100) of all does not exceed; null when there is none. */
  percentile(percent: number): number | null;
}

/** A new, empty collection. */
export function createLatencies(): Latencies {
  const histogram = createHistogram({ lowest: 1, highest: LATENCY_MS_MAX, figures: 3 });
  return {
    add: (latencyMs) => histogram.record(Math.min(LATENCY_MS_MAX, Math.max(1, Math.ceil(latencyMs)))),
    percentile: (percent) => (histogram.count === 0 ? null : histogram.percentile(percent)),
  };
}
