import { READING_SCHEMAS } from "@jumpa-madu/contracts/readings";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { expect, test } from "vitest";
import { SimBin } from "./sim-bin.ts";

const START_MS = Date.UTC(2026, 6, 1, 1);
const HOUR_MS = 3_600_000;
const levels = checkerOf(READING_SCHEMAS.bin_level);
const events = checkerOf(READING_SCHEMAS.bin_event);

/** Readings of four days, one an hour. */
function readings(seed: number) {
  const bin = new SimBin({ id: "sim-bin-00001", seed, nowMs: START_MS });
  return Array.from({ length: 96 }, (_, hour) => bin.readingsAt(START_MS + hour * HOUR_MS)).flat();
}

test("readings fit the wire, levels rise, and the truck comes", () => {
  const all = readings(7);
  for (const reading of all)
    expect((reading.kind === "bin_level" ? levels : events).check(reading)).toMatchObject({ ok: true });
  const emptied = all.filter((reading) => reading.kind === "bin_event");
  expect(emptied.length).toBeGreaterThanOrEqual(1);
  expect(emptied.length).toBeLessThanOrEqual(4);
  const fills = all.flatMap((reading) => (reading.kind === "bin_level" ? [reading.fill ?? 0] : []));
  expect(Math.max(...fills) - Math.min(...fills)).toBeGreaterThan(0.3);
});

test("the same seed gives the same bin, another one another", () => {
  expect(readings(7)).toEqual(readings(7));
  expect(readings(8)).not.toEqual(readings(7));
});

test("two readings of one bin never share a millisecond", () => {
  const bin = new SimBin({ id: "sim-bin-00001", seed: 1, nowMs: START_MS });
  const times = [1, 2, 3].flatMap(() => bin.readingsAt(START_MS).map(({ t }) => t));
  expect(new Set(times).size).toBe(3);
});
