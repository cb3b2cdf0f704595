import fc from "fast-check";
import { expect, test } from "vitest";
import { distanceOnCurve } from "./curve.ts";

/** A sensor whose voltage falls with the distance, and not on a line. */
const CURVE = [
  { reading: 100, distance_mm: 1500 },
  { reading: 300, distance_mm: 700 },
  { reading: 500, distance_mm: 300 },
];

test.for([
  { name: "at a point", reading: 300, distanceMm: 700 },
  { name: "between two points", reading: 200, distanceMm: 1100 },
  { name: "between two others", reading: 450, distanceMm: 400 },
  { name: "at the first point", reading: 100, distanceMm: 1500 },
  { name: "at the last point", reading: 500, distanceMm: 300 },
  { name: "a little below the first", reading: 80, distanceMm: 1500 },
  { name: "a little above the last", reading: 520, distanceMm: 300 },
  { name: "far below, as of an open wire", reading: 79, distanceMm: null },
  { name: "far above", reading: 521, distanceMm: null },
])("$name, $reading is $distanceMm mm", ({ reading, distanceMm }) => {
  expect(distanceOnCurve(CURVE, reading)).toBe(distanceMm);
});

test("a distance lies between those of its curve, whatever the reading", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1023, noNaN: true }), (reading) => {
      const distanceMm = distanceOnCurve(CURVE, reading) ?? 300;
      expect(distanceMm).toBeGreaterThanOrEqual(300);
      expect(distanceMm).toBeLessThanOrEqual(1500);
    }),
  );
});
