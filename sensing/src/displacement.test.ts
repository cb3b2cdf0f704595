import { expect, it } from "vitest";
import { AT_PLACE, distanceMBetween, watchDisplacement } from "./displacement.ts";

/** Events of distances from the place; `alarms` holds the indices at which the sensor itself raises one. */
function told(distancesM: readonly (number | null)[], alarms: readonly number[] = []) {
  let state = AT_PLACE;
  return distancesM.flatMap((distanceM, index) => {
    const watched = watchDisplacement(state, distanceM, alarms.includes(index));
    state = watched.state;
    return watched.happened.map((one) => ({ index, ...one }));
  });
}

it("measures along the earth's surface", () => {
  const medan = { lat: 3.595, lon: 98.672 };
  expect(distanceMBetween(medan, medan)).toBe(0);
  // One minute of latitude is a nautical mile, 1852 m, but for the earth's flattening.
  expect(distanceMBetween(medan, { ...medan, lat: medan.lat + 1 / 60 })).toBeCloseTo(1853, 0);
  expect(distanceMBetween({ lat: 0, lon: 0 }, { lat: 0, lon: 180 })).toBeCloseTo(20_015_115, -2);
});

it("is told once of a bin that is far away at two positions in a row", () => {
  expect(told([10, 150, 160, 3000, null, 3000])).toEqual([{ index: 2, event: "moved", distance_m: 160 }]);
});

it("is not told of a receiver that errs", () => {
  expect(told([10, 900, 30, 80, 95, 99, 900, 10])).toEqual([]);
});

it("is told again after a return", () => {
  expect(told([200, 200, 70, 200, 200, 20, 200, 200]).map(({ index }) => index)).toEqual([1, 7]);
});

it("is told at once when the sensor says so too, or has no position at all", () => {
  expect(told([400], [0])).toEqual([{ index: 0, event: "moved", distance_m: 400 }]);
  expect(told([null, null, null], [1])).toEqual([{ index: 1, event: "moved" }]);
});

it("believes a position more than the alarm", () => {
  expect(told([10, 20, 10], [0, 1, 2])).toEqual([]);
});
