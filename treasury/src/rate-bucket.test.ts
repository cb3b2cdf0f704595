import { describe, expect, it } from "vitest";
import { RATE_RESET_MS_DEFAULT, RATE_RESET_MS_MAX, RateBucket, resetMsOf } from "./rate-bucket.ts";

const answer = (status: number, headers: Record<string, string>) => ({
  status,
  headers: new Headers(headers),
});

describe("the rate bucket", () => {
  it("lets a tenth of a minute's requests go at once and the rest in time", () => {
    const bucket = new RateBucket(60, 0);
    for (let request = 0; request < 6; request++) expect(bucket.take(0)).toBe(0);
    expect(bucket.take(0)).toBe(1_000);
    expect(bucket.take(999)).toBeGreaterThan(0);
    expect(bucket.take(1_000)).toBe(0);
    expect(bucket.take(1_000)).toBe(1_000);
  });

  it("saves up no more than that, however long nothing is sent", () => {
    const bucket = new RateBucket(60, 0);
    for (let request = 0; request < 6; request++) expect(bucket.take(3_600_000)).toBe(0);
    expect(bucket.take(3_600_000)).toBeGreaterThan(0);
  });

  it("never lets more than the rate and what was saved go, in any minute", () => {
    const bucket = new RateBucket(120, 0);
    let gone = 0;
    for (let nowMs = 0; nowMs <= 60_000; nowMs += 7) if (bucket.take(nowMs) === 0) gone++;
    expect(gone).toBeLessThanOrEqual(120 + 12);
    expect(gone).toBeGreaterThan(110);
  });

  it("stays away for as long as a refusal or a spent allowance says", () => {
    const bucket = new RateBucket(600, 0);
    bucket.hear(answer(429, { "rate-limit-reset": "7" }), 1_000);
    expect(bucket.take(1_000)).toBe(7_000);
    expect(bucket.take(8_000)).toBe(0);
    bucket.hear(answer(200, { "rate-limit-remaining": "0", "rate-limit-reset": "2.5" }), 8_000);
    expect(bucket.take(8_001)).toBe(2_499);
    bucket.hear(answer(200, { "rate-limit-remaining": "5", "rate-limit-reset": "60" }), 11_000);
    expect(bucket.take(11_000)).toBe(0);
  });

  it(`stays away for ${RATE_RESET_MS_DEFAULT} ms when a refusal does not say for how long`, () => {
    const bucket = new RateBucket(600, 0);
    bucket.hear(answer(429, { "rate-limit-reset": "soon" }), 0);
    expect(bucket.take(0)).toBe(RATE_RESET_MS_DEFAULT);
  });

  it(`believes no more than ${RATE_RESET_MS_MAX} ms`, () => {
    expect(resetMsOf(new Headers({ "retry-after": "86400" }))).toBe(RATE_RESET_MS_MAX);
    expect(resetMsOf(new Headers({ "rate-limit-reset": "-1" }))).toBeNull();
    expect(resetMsOf(new Headers())).toBeNull();
  });
});
