import { expect, test } from "vitest";
import { Random } from "./random.ts";

const draw = <T>(count: number, one: () => T) => Array.from({ length: count }, one);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("the numbers are those of mulberry32", () => {
  const random = new Random(1);
  // The first outputs of the reference code for seed 1, times 2^32.
  expect(draw(3, () => random.next() * 2 ** 32)).toEqual([2693262067, 11749833, 2265367787]);
});

test("the same seed gives the same stream, and another seed another", () => {
  const stream = (seed: number) => {
    const random = new Random(seed);
    return draw(20, () => random.next());
  };
  expect(stream(7)).toEqual(stream(7));
  expect(stream(7)).not.toEqual(stream(8));
});

test("deviates have the mean and range that they promise", () => {
  const random = new Random(3);
  const integers = draw(4000, () => random.integer(2, 5));
  expect([Math.min(...integers), Math.max(...integers)]).toEqual([2, 5]);
  expect(mean(draw(4000, () => random.gaussian()))).toBeCloseTo(0, 1);
  expect(mean(draw(4000, () => random.gaussian() ** 2))).toBeCloseTo(1, 0);
  expect(mean(draw(4000, () => random.exponential(2)))).toBeCloseTo(2, 0);
  expect(mean(draw(4000, () => random.poisson(0.5)))).toBeCloseTo(0.5, 1);
});
