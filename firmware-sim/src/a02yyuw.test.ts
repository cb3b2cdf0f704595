import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { A02yyuw } from "./a02yyuw.ts";
import { Bin } from "./bin.ts";
import { encodeDistance } from "./ultrasonic-sensor.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function newSensor(
  fill: number,
  options: { output?: "raw"; emptyMm?: number; fullMm?: number } = {},
): A02yyuw {
  const { emptyMm = 1953, fullMm = 100, output } = options;
  const bin = new Bin({ seed: 1, fill, emptyMm, fullMm, fillPerDay: 0 });
  return new A02yyuw({ seed: 1, bin, output, noiseMm: 0 });
}

const distanceOf = (frame: Uint8Array) => (frame[1] ?? 0) * 256 + (frame[2] ?? 0);

test.for([
  { name: "the example of the sensor's page", distanceMm: 1953, expected: "ff07a1a7" },
  { name: "a sum that overflows twice", distanceMm: 511, expected: "ff01ffff" },
  { name: "the shortest distance", distanceMm: 30, expected: "ff001e1d" },
  { name: "the longest distance", distanceMm: 4500, expected: "ff1194a4" },
  { name: "the high bit alone, far out of range", distanceMm: 32_768, expected: "ff80007f" },
  { name: "no echo", distanceMm: 65_535, expected: "fffffffd" },
])("encodes $name", ({ distanceMm, expected }) => {
  expect(hex(encodeDistance(distanceMm))).toBe(expected);
});

test("an empty bin gives the distance to its bottom", () => {
  expect(newSensor(0).tick(300).map(hex)[0]).toBe("ff07a1a7");
});

test("processed values come every 100 to 300 ms", () => {
  const sensor = newSensor(0.5);
  const timesMs: number[] = [];
  for (let ms = 0; ms < 60_000; ms += 1) for (const _ of sensor.tick(ms)) timesMs.push(ms);
  const pauses = timesMs.slice(1).map((time, index) => time - (timesMs[index] ?? 0));
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(99);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(301);
  expect(timesMs.length).toBeGreaterThan(250);
});

test("raw values come every 100 ms", () => {
  const sensor = newSensor(0.5, { output: "raw" });
  let count = 0;
  for (let ms = 0; ms <= 10_000; ms += 10) count += sensor.tick(ms).length;
  expect(count).toBe(100);
});

test("in the blind zone the values say nothing but that it is the blind zone", () => {
  const sensor = newSensor(1, { fullMm: 10 });
  const frames = Array.from({ length: 100 }, (_, index) => sensor.tick(index * 100)).flat();
  expect(frames.length).toBeGreaterThan(30);
  expect(Math.max(...frames.map(distanceOf))).toBeLessThanOrEqual(30);
  expect(new Set(frames.map(distanceOf)).size).toBeGreaterThan(10);
});

test("out of reach no echo returns", () => {
  expect(newSensor(0, { emptyMm: 5000 }).tick(300).map(hex)[0]).toBe("fffffffd");
});

test("noise scatters the values about the distance", () => {
  const bin = new Bin({ seed: 1, emptyMm: 1000, fillPerDay: 0 });
  const sensor = new A02yyuw({ seed: 1, bin, noiseMm: 5 });
  const distances = Array.from({ length: 600 }, (_, index) => sensor.tick(index * 100))
    .flat()
    .map(distanceOf);
  expect(distances.reduce((sum, mm) => sum + mm, 0) / distances.length).toBeCloseTo(1000, -1);
  expect(new Set(distances).size).toBeGreaterThan(10);
});

test("a stalled process does not make the sensor send a backlog", () => {
  expect(newSensor(0).tick(3_600_000).length).toBeLessThanOrEqual(11);
});

test("a spoilt frame differs in the sum alone", () => {
  const random = new Random(1);
  for (let turn = 0; turn < 100; turn += 1) {
    const spoilt = newSensor(0).spoil(encodeDistance(1953), random);
    expect(hex(spoilt.subarray(0, 3))).toBe("ff07a1");
    expect(spoilt[3]).not.toBe(0xa7);
  }
});
