import { expect, test } from "vitest";
import { Pan, SWING_MS_MAX } from "./pan.ts";
import { Person } from "./person.ts";

test("a load overshoots, swings out and comes to rest at its weight", () => {
  const pan = new Pan({ seed: 1, noiseG: 0 });
  pan.place(1000);
  const weights = Array.from({ length: 400 }, (_, index) => pan.weightAtMs(index * 10));
  expect(Math.max(...weights)).toBeGreaterThan(1200);
  expect(Math.max(...weights)).toBeLessThan(1600);
  expect(weights.slice(300).every((weight) => Math.abs(weight - 1000) < 1)).toBe(true);
});

test("loads add up, and all are taken off together", () => {
  const pan = new Pan({ seed: 1, noiseG: 0 });
  pan.place(1000);
  pan.place(500);
  expect(pan.loadG).toBe(1500);
  expect(pan.weightAtMs(SWING_MS_MAX + 1)).toBe(1500);
  pan.remove();
  expect(pan.weightAtMs(2 * SWING_MS_MAX + 2)).toBe(0);
});

test("the swing does not depend on how often one looks", () => {
  const often = new Pan({ seed: 1, noiseG: 0 });
  const seldom = new Pan({ seed: 1, noiseG: 0 });
  often.place(700);
  seldom.place(700);
  for (let ms = 0; ms < 900; ms += 3) often.weightAtMs(ms);
  expect(often.weightAtMs(900)).toBe(seldom.weightAtMs(900));
});

test("a pan at rest has noise of the given size", () => {
  const pan = new Pan({ seed: 1, noiseG: 2 });
  const squares = Array.from({ length: 2000 }, (_, index) => pan.weightAtMs(index) ** 2);
  expect(Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / 2000)).toBeCloseTo(2, 0);
});

function watch(seed: number): number[] {
  const pan = new Pan({ seed });
  const person = new Person({ seed, pan, pauseS: 5 });
  const loads = [0];
  for (let ms = 0; ms < 600_000; ms += 50) {
    person.tick(ms);
    if (pan.loadG !== loads.at(-1)) loads.push(pan.loadG);
  }
  return loads;
}

test("people come one after another, put bags on and take all off", () => {
  const loads = watch(4);
  expect(loads.filter((load) => load === 0).length).toBeGreaterThan(10);
  expect(Math.min(...loads.filter((load) => load > 0))).toBeGreaterThanOrEqual(100);
  expect(Math.max(...loads)).toBeLessThanOrEqual(3 * 20_000);
});

test("the same seed brings the same people", () => {
  expect(watch(4)).toEqual(watch(4));
  expect(watch(4)).not.toEqual(watch(5));
});
