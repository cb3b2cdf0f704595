import { expect, test } from "vitest";
import { BACKOFF_MS_MAX, BACKOFF_MS_MIN, backoffMs } from "./backoff.ts";

test("the wait doubles from the least to the most", () => {
  const longest = () => 1;
  expect([1, 2, 3].map((attempt) => backoffMs(attempt, longest))).toEqual([
    BACKOFF_MS_MIN,
    2 * BACKOFF_MS_MIN,
    4 * BACKOFF_MS_MIN,
  ]);
  expect(backoffMs(50, longest)).toBe(BACKOFF_MS_MAX);
  expect(backoffMs(1_000_000, longest)).toBe(BACKOFF_MS_MAX);
});

test("up to half of the wait is taken off at random", () => {
  expect(backoffMs(3, () => 0)).toBe(2 * BACKOFF_MS_MIN);
});
