import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PAUSE_MS, PAUSE_MS_MAX, pauseMs, poll } from "./poll.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("pauses longer after each failure, up to the limit", () => {
  expect([0, 1, 2, 3, 4, 50].map(pauseMs)).toEqual([
    PAUSE_MS,
    5_000,
    10_000,
    20_000,
    PAUSE_MS_MAX,
    PAUSE_MS_MAX,
  ]);
});

test("asks at a steady pace, slower when nothing answers, at once when woken, and no more when closed", async () => {
  const closing = new AbortController();
  let asked = 0;
  let isThere = true;
  const { wake } = poll(async () => {
    asked++;
    return isThere;
  }, closing.signal);
  await vi.advanceTimersByTimeAsync(PAUSE_MS * 4);
  expect(asked).toBe(5);
  isThere = false;
  await vi.advanceTimersByTimeAsync(60_000);
  const whileLost = asked - 5;
  expect(whileLost).toBeGreaterThan(2);
  expect(whileLost).toBeLessThan(9);
  const before = asked;
  wake();
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toBe(before + 1);
  closing.abort();
  await vi.advanceTimersByTimeAsync(10 * PAUSE_MS_MAX);
  expect(asked).toBe(before + 1);
});
