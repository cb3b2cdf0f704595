import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COOL, type Warmth, watchHeat } from "./heat.ts";
import { DENSE, type Pace, SPARSE } from "./pace.ts";

/** What happened, each with its second, of what is felt at those seconds. */
function told(pace: Pace, felt: readonly (readonly [atS: number, warmth: Partial<Warmth>])[]) {
  let state = COOL;
  const happened = felt.flatMap(([atS, warmth]) => {
    const watched = watchHeat(
      state,
      { tempC: null, distanceMm: 800, ...warmth },
      { nowMs: atS * 1000, pace },
    );
    state = watched.state;
    return watched.happened.map((one) => ({ atS, ...one }));
  });
  return { happened, state };
}

const seconds = (fromS: number, toS: number) => Array.from({ length: toS - fromS }, (_, s) => fromS + s);

describe("a fire", () => {
  it("is told at once above 60 °C, once", () => {
    const { happened } = told(DENSE, [
      [0, { tempC: 60 }],
      [1, { tempC: 60.1 }],
      [2, { tempC: 90 }],
    ]);
    expect(happened).toEqual([{ atS: 1, event: "fire", temp_c: 60.1 }]);
  });

  it("is told of a fast rise while the waste sinks", () => {
    const rising = seconds(0, 60).map(
      (atS) => [atS, { tempC: 30 + atS / 6, distanceMm: 800 + atS * 2 }] as const,
    );
    expect(told(DENSE, rising).happened).toMatchObject([{ event: "fire" }]);
  });

  it("is not told of the same rise over waste that stays, nor of waste that sinks in steady air", () => {
    const rising = seconds(0, 60).map((atS) => [atS, { tempC: 30 + atS / 6 }] as const);
    expect(told(DENSE, rising).happened).toEqual([]);
    const sinking = seconds(0, 60).map((atS) => [atS, { tempC: 30, distanceMm: 800 + atS * 10 }] as const);
    expect(told(DENSE, sinking).happened).toEqual([]);
  });

  it("is not told of a morning in the sun beside an emptying", () => {
    const morning = seconds(0, 3600).map(
      (atS) => [atS, { tempC: 24 + atS / 200, distanceMm: atS < 1800 ? 300 : 1100 }] as const,
    );
    expect(told(DENSE, morning).happened).toEqual([]);
  });

  it("is over when it has been cool for a minute, and not while it flickers around 50 °C", () => {
    const flickering = seconds(1, 200).map((atS) => [atS, { tempC: atS % 2 === 0 ? 55 : 45 }] as const);
    expect(told(DENSE, [[0, { tempC: 70 }], ...flickering]).happened).toHaveLength(1);
    const cooling = seconds(1, 200).map((atS) => [atS, { tempC: 40 }] as const);
    expect(told(DENSE, [[0, { tempC: 70 }], ...cooling]).happened).toEqual([
      { atS: 0, event: "fire", temp_c: 70 },
      { atS: 61, event: "fire_over", temp_c: 40 },
    ]);
  });

  it("is told by the sensor's own alarm, and over at the first uplink that takes it back", () => {
    const { happened } = told(SPARSE, [
      [0, { alarm: true }],
      [600, { alarm: true }],
      [1200, {}],
      [1800, { alarm: false }],
    ]);
    expect(happened).toEqual([
      { atS: 0, event: "fire" },
      { atS: 1800, event: "fire_over" },
    ]);
  });

  it("is seen by a rise from one uplink to the next", () => {
    const { happened } = told(SPARSE, [
      [0, { tempC: 30, distanceMm: 800 }],
      [240, { tempC: 55, distanceMm: 900 }],
    ]);
    expect(happened).toMatchObject([{ atS: 240, event: "fire" }]);
  });
});

it("remembers a temperature each five seconds, though it feels one each second", () => {
  const steady = seconds(0, 300).map((atS) => [atS, { tempC: 30 }] as const);
  expect(told(DENSE, steady).state.felt).toHaveLength(14);
});

it("remembers no more than a minute, however often it looks", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30_000 }), { maxLength: 300 }), (pausesMs) => {
      let state = COOL;
      let nowMs = 0;
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs;
        state = watchHeat(state, { tempC: 30, distanceMm: null }, { nowMs, pace: DENSE }).state;
        expect(state.felt.length).toBeLessThanOrEqual(14);
      }
    }),
  );
});
