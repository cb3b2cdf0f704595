import { BinLevel } from "@jumpa-madu/contracts/readings";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { expect, test } from "vitest";
import { readingMakerOf } from "./reading-maker.ts";

test("readings fit the wire, go through the bins in turn, and no two of one bin share a millisecond", () => {
  const checker = checkerOf(BinLevel);
  const make = readingMakerOf(["bin-1", "bin-2", "bin-3"]);
  const readings = Array.from({ length: 3_000 }, () => JSON.parse(make(1_790_000_000_000)));
  expect(readings.filter((reading) => !checker.fits(reading))).toEqual([]);
  expect(readings.slice(0, 4).map(({ bin }) => bin)).toEqual(["bin-1", "bin-2", "bin-3", "bin-1"]);
  expect(new Set(readings.map(({ bin, t }) => `${bin}/${t}`)).size).toBe(3_000);
});

test("a node without bins makes none", () => {
  expect(() => readingMakerOf([])(0)).toThrow(RangeError);
});
