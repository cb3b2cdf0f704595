import { expect, it } from "vitest";
import { freeSince, STILL_MM, STUCK_MS, STUCK_WINDOWS_MIN, watchStuckness } from "./stuckness.ts";

/** What happened, with its hour, of a distance for each hour; uplinks come `everyMs`. */
function told(distances: readonly number[], everyMs = 3_600_000): string[] {
  let state = freeSince(0);
  return distances.flatMap((distanceMm, index) => {
    const watched = watchStuckness(state, distanceMm, index * everyMs);
    state = watched.state;
    return watched.happened.map(({ event }) => `${event} ${index}`);
  });
}

const still = (windows: number, distanceMm = 500) => Array.from({ length: windows }, () => distanceMm);

it("is told once after a day without a change, and taken back when it moves", () => {
  expect(told([...still(48), 500 + STILL_MM + 1])).toEqual(["sensor_blocked 24", "sensor_clear 48"]);
});

it("takes a trembling within the sensor's resolution for stillness", () => {
  expect(told(still(26).map((distanceMm, index) => distanceMm + (index % 2) * STILL_MM))).toEqual([
    "sensor_blocked 24",
  ]);
});

it("is not told while the distance creeps, however slowly", () => {
  expect(told(still(200).map((distanceMm, index) => distanceMm - index / 5))).toEqual([]);
});

it("is not told of a sensor that speaks too rarely to know", () => {
  expect(told(still(STUCK_WINDOWS_MIN - 1), STUCK_MS)).toEqual([]);
});

it("counts the day from the first window, not from when nobody looked", () => {
  let state = freeSince(0);
  for (let window = 0; window < STUCK_WINDOWS_MIN; window += 1) {
    const watched = watchStuckness(state, 500, 10 * STUCK_MS + window);
    expect(watched.happened).toEqual([]);
    state = watched.state;
  }
});
