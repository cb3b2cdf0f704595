import { expect, it } from "vitest";
import { UPRIGHT } from "./container-volume.ts";
import { DENSE, type Pace, SPARSE } from "./pace.ts";
import { type Belief, judgeWindow, type Level, NO_BELIEF } from "./settledness.ts";

const calibration = { emptyMm: 1100, fullMm: 100 };

/** Judges one window after the other; "blind" stands for something right before the sensor. */
function judged(pace: Pace, distances: readonly (number | "blind")[], start: Belief = NO_BELIEF): Level[] {
  let belief = start;
  return distances.map((distance) => {
    const [distanceMm, place] = distance === "blind" ? [20, "blind" as const] : [distance, "within" as const];
    const outcome = judgeWindow(
      belief,
      { distanceMm, spreadMm: 0, place },
      { calibration, shape: UPRIGHT, pace },
    );
    belief = outcome.belief;
    return outcome.level;
  });
}

const told = (levels: readonly Level[]) => levels.map(({ fill, quality }) => [fill, quality]);
const blind = (times: number) => Array.from({ length: times }, () => "blind" as const);

it("takes what is before the sensor for a full bin after a high fill, at once", () => {
  expect(told(judged(DENSE, [200, ...blind(2)])).slice(1)).toEqual([
    [1, "accepted"],
    [1, "accepted"],
  ]);
});

it("rejects what is before the sensor of a bin that was not full, until it has come to stay", () => {
  const levels = told(judged(DENSE, [600, ...blind(DENSE.blindWindows + 1)])).slice(1);
  expect(levels.slice(0, DENSE.blindWindows - 1)).toEqual(
    blind(DENSE.blindWindows - 1).map(() => [null, "rejected"]),
  );
  expect(levels.slice(DENSE.blindWindows - 1)).toEqual([
    [1, "suspicious"],
    [1, "accepted"],
  ]);
});

it("starts counting anew when the sensor sees far again", () => {
  const levels = judged(DENSE, [600, ...blind(DENSE.blindWindows - 1), 600, "blind"]);
  expect(levels.at(-1)).toMatchObject({ quality: "rejected" });
});

it("suspects a bin without a past to be full, and believes it when it stays", () => {
  const levels = told(judged(DENSE, blind(DENSE.blindWindows + 1)));
  expect(levels[0]).toEqual([1, "suspicious"]);
  expect(levels.slice(-2)).toEqual([
    [1, "suspicious"],
    [1, "accepted"],
  ]);
});

it("suspects at the first uplink that is blind, and believes the second", () => {
  expect(told(judged(SPARSE, [600, ...blind(2)])).slice(1)).toEqual([
    [1, "suspicious"],
    [1, "accepted"],
  ]);
  expect(told(judged(SPARSE, blind(2)))).toEqual([
    [1, "suspicious"],
    [1, "accepted"],
  ]);
});

it("lets the uplink after a jump differ by what a bin fills meanwhile, but not the window after one", () => {
  const twice = [200, 1090, 900] as const;
  expect(judged(SPARSE, twice).at(-1)).toMatchObject({ quality: "accepted" });
  expect(judged(DENSE, twice).at(-1)).toMatchObject({ quality: "suspicious" });
});
