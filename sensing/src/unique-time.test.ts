import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import fc from "fast-check";
import { expect, it } from "vitest";
import { STEP_BACK_MS_MAX, uniqueTime } from "./unique-time.ts";

const noon = 1_795_521_600_000;

it("bumps a second reading of the same millisecond by one", () => {
  const times = uniqueTime();
  expect([times.at(noon), times.at(noon), times.at(noon + 0.9), times.at(noon + 10)]).toEqual([
    noon,
    noon + 1,
    noon + 2,
    noon + 10,
  ]);
});

const READINGS_MAX = 100;

it("rises strictly while the clock falls back by no more than the limit", () => {
  fc.assert(
    // Each reading may bump the last time by one, which adds to the step back.
    fc.property(
      fc.array(fc.integer({ min: 0, max: STEP_BACK_MS_MAX - READINGS_MAX }), { maxLength: READINGS_MAX }),
      (offsets) => {
        const times = uniqueTime();
        let last = 0;
        for (const offset of offsets) {
          const t = times.at(noon + offset) ?? 0;
          expect(t).toBeGreaterThan(last);
          last = t;
        }
      },
    ),
  );
});

it("follows a clock that is set back from a wrong future", () => {
  const times = uniqueTime();
  times.at(noon + STEP_BACK_MS_MAX + 1);
  expect(times.at(noon)).toBe(noon);
});

it("gives no time while the clock was never set, nor beyond what the contract can say", () => {
  const times = uniqueTime();
  expect([times.at(0), times.at(EPOCH_MS_MIN - 1), times.at(EPOCH_MS_MAX + 1), times.at(Number.NaN)]).toEqual(
    [null, null, null, null],
  );
  expect([times.at(EPOCH_MS_MIN), times.at(EPOCH_MS_MAX), times.at(EPOCH_MS_MAX)]).toEqual([
    EPOCH_MS_MIN,
    EPOCH_MS_MAX,
    null,
  ]);
});
