import { expect, test } from "vitest";
import { Bin, FILL_MAX } from "./bin.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test("the level does not depend on how often one looks", () => {
  const often = new Bin({ seed: 5, emptyEveryDays: 0, fillPerDay: 0.3 });
  for (let ms = 0; ms <= 2 * DAY_MS; ms += 7919) often.advanceTo(ms);
  const once = new Bin({ seed: 5, emptyEveryDays: 0, fillPerDay: 0.3 });
  once.advanceTo(2 * DAY_MS);
  often.advanceTo(2 * DAY_MS);
  expect(once.fill).toBeGreaterThan(0.2);
  expect(often.fill).toBe(once.fill);
});

test("on average the level rises by the given amount in a day", () => {
  let sum = 0;
  for (let seed = 0; seed < 200; seed += 1) {
    const bin = new Bin({ seed, emptyEveryDays: 0, fillPerDay: 0.4 });
    bin.advanceTo(DAY_MS);
    sum += bin.fill;
  }
  expect(sum / 200).toBeCloseTo(0.4, 1);
});

test("more is thrown in during the morning than during the night", () => {
  let night = 0;
  let morning = 0;
  for (let seed = 0; seed < 50; seed += 1) {
    const bin = new Bin({ seed, startHour: 0, emptyEveryDays: 0 });
    bin.advanceTo(4 * HOUR_MS);
    night += bin.fill;
    bin.advanceTo(6 * HOUR_MS);
    const before = bin.fill;
    bin.advanceTo(10 * HOUR_MS);
    morning += bin.fill - before;
  }
  expect(morning).toBeGreaterThan(5 * night);
});

test("the truck empties the bin at its hour every so many days", () => {
  const bin = new Bin({ seed: 1, startHour: 6, emptyEveryDays: 2, emptyAtHour: 5, fillPerDay: 0.2 });
  bin.advanceTo(23 * HOUR_MS - 60_000);
  const before = bin.fill;
  bin.advanceTo(23 * HOUR_MS);
  expect(bin.fill).toBeGreaterThanOrEqual(before);
  bin.advanceTo(47 * HOUR_MS - 60_000);
  expect(bin.fill).toBeGreaterThan(0.1);
  bin.advanceTo(47 * HOUR_MS);
  expect(bin.fill).toBeLessThan(0.05);
});

test("a time scale of 288 shows a day in five minutes", () => {
  const bin = new Bin({ seed: 1, startHour: 6, timeScale: 288 });
  bin.advanceTo(150_000);
  expect(bin.hourOfDay).toBe(18);
});

test("the distance runs from the bottom to the full mark, and a heap stands above it", () => {
  const bin = new Bin({ seed: 1, emptyMm: 1000, fullMm: 200 });
  expect(bin.distanceMm).toBe(1000);
  bin.setFill(0.5);
  expect(bin.distanceMm).toBe(600);
  bin.setFill(9);
  expect(bin.fill).toBe(FILL_MAX);
  expect(bin.distanceMm).toBeCloseTo(80);
  bin.empty();
  expect(bin.distanceMm).toBe(1000);
});
