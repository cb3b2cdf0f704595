import type { Bin } from "@jumpa-madu/contracts/http/places";
import { expect, test } from "vitest";
import { bandOf, inOrder, isSilent, SILENT_MS } from "./fill-level.ts";

function bin(id: string, fill: number | null, measuredMs: number | null = 0): Bin {
  const level =
    measuredMs === null
      ? null
      : {
          fill,
          quality: "accepted" as const,
          distance_mm: 1,
          measured_at: new Date(measuredMs).toISOString(),
        };
  return { id, name: id, zone: "z", lat: 0, lon: 0, capacity_l: 1, node: "n", level, created_at: "" };
}

test.each([
  [null, "none"],
  [0, "low"],
  [0.5, "mid"],
  [0.8, "high"],
  [0.95, "full"],
] as const)("a fill of %s is %s", (fill, band) => {
  expect(bandOf(bin("a", fill))).toBe(band);
});

test("a bin without a reading, and one with an old one, is silent", () => {
  expect(isSilent(bin("a", 0.1, null), 0)).toBe(true);
  expect(isSilent(bin("a", 0.1, 0), SILENT_MS)).toBe(false);
  expect(isSilent(bin("a", 0.1, 0), SILENT_MS + 1)).toBe(true);
});

test("a bin without a sensor is not silent", () => {
  expect(isSilent({ ...bin("a", null, null), node: null }, 0)).toBe(false);
});

test("orders leave the given list alone, and put bins without a level last or first", () => {
  const bins = [bin("b2", 0.2, 5), bin("b10", null, null), bin("b1", 0.9, 9)];
  const ids = (list: Bin[]) => list.map(({ id }) => id);
  expect(ids(inOrder(bins, "full"))).toEqual(["b1", "b2", "b10"]);
  expect(ids(inOrder(bins, "name"))).toEqual(["b1", "b2", "b10"]);
  expect(ids(inOrder(bins, "old"))).toEqual(["b10", "b2", "b1"]);
  expect(ids(bins)).toEqual(["b2", "b10", "b1"]);
});
