import { expect, test } from "vitest";
import { Bin } from "./bin.ts";
import { A01nyub, Me007ys } from "./me007ys.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function binOf(distanceMm: number): Bin {
  return new Bin({ seed: 1, emptyMm: distanceMm, fullMm: 0, fillPerDay: 0 });
}

const firstOf = (sensor: Me007ys) => sensor.tick(300).map(hex)[0];

test.for([
  { name: "a bin within its range", distanceMm: 1953, expected: "ff07a1a7" },
  { name: "a load in the blind zone", distanceMm: 10, expected: "ff001e1d" },
  { name: "a bottom out of reach", distanceMm: 4600, expected: "ff0000ff" },
])("an ME007YS over $name", ({ distanceMm, expected }) => {
  expect(firstOf(new Me007ys({ seed: 1, bin: binOf(distanceMm), noiseMm: 0 }))).toBe(expected);
});

test.for([
  { name: "a bin within its range", distanceMm: 7000, expected: "ff1b5872" },
  { name: "a load in the blind zone", distanceMm: 150, expected: "ff011818" },
  { name: "a bottom out of reach", distanceMm: 7600, expected: "ff0000ff" },
])("an A01NYUB over $name", ({ distanceMm, expected }) => {
  expect(firstOf(new A01nyub({ seed: 1, bin: binOf(distanceMm), noiseMm: 0 }))).toBe(expected);
});

test.for([
  { output: "raw", least: 100, most: 100 },
  { output: "processed", least: 40, most: 65 },
] as const)("between $least and $most $output values come in 10 s", ({ output, least, most }) => {
  const sensor = new Me007ys({ seed: 1, bin: binOf(900), output });
  let count = 0;
  for (let ms = 0; ms <= 10_000; ms += 10) count += sensor.tick(ms).length;
  expect(count).toBeGreaterThanOrEqual(least);
  expect(count).toBeLessThanOrEqual(most);
});
