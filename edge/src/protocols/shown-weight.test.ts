import { expect, it } from "vitest";
import { LOOSE_UNITS, shownWeight, withPoint } from "./shown-weight.ts";

it("names the unit only of pounds and ounces", () => {
  expect(shownWeight({ decimal: "1.5", unit: "kg" })).toEqual({ ok: true, weightG: 1500, imperial: {} });
  expect(shownWeight({ sign: "-", decimal: "1", unit: "oz" })).toEqual({
    ok: true,
    weightG: -28.3495,
    imperial: { unit: "oz" },
  });
});

it.each(["KG", "t", "mg", "st", ""])("refuses %j as a unit of a bench scale, and repeats it", (unit) => {
  expect(shownWeight({ decimal: "1", unit })).toEqual({ ok: false, fault: { error: "unparseable", unit } });
});

it("takes units in any usual case when a protocol asks for it", () => {
  for (const unit of ["kg", "KG", "Kg"]) {
    expect(shownWeight({ decimal: "1", unit }, LOOSE_UNITS)).toMatchObject({ weightG: 1000 });
  }
  expect(shownWeight({ decimal: "1", unit: "LB" }, LOOSE_UNITS)).toMatchObject({ imperial: { unit: "lb" } });
});

it("repeats no more than eight characters of an unknown unit", () => {
  expect(shownWeight({ decimal: "1", unit: "kilograms" })).toMatchObject({ fault: { unit: "kilogram" } });
});

it("tells a weight beyond all scales from an unknown unit", () => {
  expect(shownWeight({ decimal: "999999", unit: "kg" })).toEqual({
    ok: false,
    fault: { error: "out_of_range" },
  });
});

it.each([
  ["3015", 2, "30.15"],
  ["5", 3, "0.005"],
  ["3015", 0, "3015"],
  ["3015", undefined, "3015"],
  ["30.15", 3, "30.15"],
  ["30,15", 1, "30,15"],
])("sets the point of %s with %s decimals as %s", (decimal, decimals, expected) => {
  expect(withPoint(decimal, decimals)).toBe(expected);
});
