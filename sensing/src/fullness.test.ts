import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fullness, NOT_FULL, watchFullness } from "./fullness.ts";
import { DENSE, type Pace, SPARSE } from "./pace.ts";
import type { Level } from "./settledness.ts";

const thresholds = { fullAt: 0.85, fullUntil: 0.75 };

const level = (fill: number | null, quality: Level["quality"] = "accepted"): Level => ({
  distanceMm: 500,
  fill,
  quality,
});

/** The events of one level after the other, each with the number of its level from 1. */
function told(pace: Pace, levels: readonly Level[], start: Fullness = NOT_FULL): string[] {
  let state = start;
  return levels.flatMap((one, index) => {
    const watched = watchFullness(state, one, { ...thresholds, pace });
    state = watched.state;
    return watched.happened.map(({ event }) => `${event} ${index + 1}`);
  });
}

const fills = (...values: number[]) => values.map((fill) => level(fill));

describe("a bin whose sensor speaks all the time", () => {
  it("is full at the third window, and no longer at the third below the lower threshold", () => {
    expect(told(DENSE, fills(0.85, 0.9, 0.9, 0.9, 0.74, 0.7, 0.7, 0.7))).toEqual(["full 3", "full_over 7"]);
  });

  it("is not made full by a hand that stays for two windows", () => {
    expect(told(DENSE, fills(0.5, 1, 1, 0.5, 1, 1, 0.5))).toEqual([]);
  });

  it("is full only at a window that is believed", () => {
    const doubted = level(0.9, "suspicious");
    expect(told(DENSE, [doubted, doubted, doubted, doubted])).toEqual([]);
    expect(told(DENSE, [doubted, level(0.9), level(0.9)])).toEqual(["full 3"]);
  });

  it("is told nothing by a window without a fill", () => {
    expect(told(DENSE, [level(0.9), level(null, "rejected"), level(0.9), level(0.9)])).toEqual(["full 4"]);
  });

  it("tells how full it is", () => {
    const state = { full: false, windows: 2 };
    expect(watchFullness(state, level(0.9), { ...thresholds, pace: DENSE }).happened).toEqual([
      { event: "full", fill_after: 0.9 },
    ]);
  });
});

describe("a bin of sparse uplinks", () => {
  it("is full at the second uplink, or at one that is certain", () => {
    expect(told(SPARSE, fills(0.86, 0.86))).toEqual(["full 2"]);
    expect(told(SPARSE, fills(0.96))).toEqual(["full 1"]);
    expect(told(SPARSE, [level(0.96, "suspicious")])).toEqual([]);
  });

  it("is no longer full at the second uplink below", () => {
    expect(told(SPARSE, fills(0.96, 0.5, 0.5))).toEqual(["full 1", "full_over 3"]);
  });
});

it("never changes while the fill stays between the thresholds, and never tells the same twice in a row", () => {
  const between = fc.double({ min: 0.75, max: 0.85, maxExcluded: true, noNaN: true });
  const anyFill = fc.double({ min: 0, max: 1, noNaN: true });
  const pace = fc.constantFrom(DENSE, SPARSE);
  fc.assert(
    fc.property(pace, fc.boolean(), fc.array(between, { maxLength: 40 }), (speed, full, values) => {
      expect(told(speed, fills(...values), { full, windows: 0 })).toEqual([]);
    }),
  );
  fc.assert(
    fc.property(pace, fc.array(anyFill, { maxLength: 80 }), (speed, values) => {
      const events = told(speed, fills(...values)).map((one) => one.split(" ")[0]);
      expect(events).toEqual(events.map((_, index) => (index % 2 === 0 ? "full" : "full_over")));
    }),
  );
});
