import { expect, test } from "vitest";
import { createLatencies } from "./latencies.ts";

test("percentiles of 1 to 1000 ms are those values, to three digits", () => {
  const latencies = createLatencies();
  for (let latencyMs = 1; latencyMs <= 1_000; latencyMs++) latencies.add(latencyMs);
  expect(latencies.percentile(50)).toBe(500);
  expect(latencies.percentile(99)).toBe(990);
  expect(latencies.percentile(100)).toBe(1_000);
});

test("an empty collection has no percentile; what is out of range counts at its edge", () => {
  const latencies = createLatencies();
  expect(latencies.percentile(50)).toBeNull();
  latencies.add(-5);
  expect(latencies.percentile(50)).toBe(1);
  latencies.add(1e12);
  // Three digits: the edge of an hour is told as the upper end of its bucket.
  expect(latencies.percentile(100)).toBeGreaterThanOrEqual(3_600_000);
  expect(latencies.percentile(100)).toBeLessThan(3_605_000);
});
