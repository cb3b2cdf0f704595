import { describe, expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

const LIMITS = { ratePerS: 10, burst: 3, delayMsMax: 250 };

describe("token bucket", () => {
  test("lets a burst pass, delays what follows at the rate, and refuses what would wait too long", () => {
    const bucket = new TokenBucket(LIMITS, 0);
    expect(Array.from({ length: 6 }, () => bucket.take(0))).toEqual([0, 0, 0, 100, 200, null]);
  });

  test("does not count what it refused", () => {
    const bucket = new TokenBucket(LIMITS, 0);
    for (let i = 0; i < 50; i++) bucket.take(0);
    expect(bucket.take(300)).toBe(0);
  });

  test("fills up to the burst and no further", () => {
    const bucket = new TokenBucket(LIMITS, 0);
    expect(Array.from({ length: 4 }, () => bucket.take(60_000))).toEqual([0, 0, 0, 100]);
  });

  test("stands still when the clock goes back", () => {
    const bucket = new TokenBucket({ ...LIMITS, burst: 1 }, 1_000);
    expect(bucket.take(1_000)).toBe(0);
    expect(bucket.take(0)).toBe(100);
  });
});
