import type { Status } from "@jumpa-madu/contracts/status";
import { expect, onTestFinished, test, vi } from "vitest";
import { statusReporterOf } from "./status-reporter.ts";

test("changes are told at most every pauseMs, and nothing is said without a connection", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const published: Status[] = [];
  const status = { online: true, version: "1", outbox: { readings: 0, records: 0 }, clock_ms: 1 };
  const reporter = statusReporterOf({
    publish: (one) => published.push(one),
    current: () => status,
    pauseMs: 5_000,
    everyMs: 45_000,
  });
  reporter.changed();
  vi.advanceTimersByTime(100_000);
  expect(published).toHaveLength(0);
  reporter.connected();
  expect(published).toHaveLength(1);
  for (let change = 0; change < 10; change++) reporter.changed();
  vi.advanceTimersByTime(4_999);
  expect(published).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(published).toHaveLength(2);
  // Every 45 s, a quarter sooner or later.
  vi.advanceTimersByTime(45_000 * 1.25);
  expect(published.length).toBeGreaterThanOrEqual(3);
  const { length } = published;
  reporter.disconnected();
  vi.advanceTimersByTime(100_000);
  expect(published).toHaveLength(length);
});
