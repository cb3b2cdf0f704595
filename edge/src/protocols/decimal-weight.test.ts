import fc from "fast-check";
import { expect, it } from "vitest";
import { toGrams } from "./decimal-weight.ts";

it("turns any kilograms with three decimals into exactly as many whole grams", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99_999_999 }), (weightG) => {
      const digits = String(weightG).padStart(4, "0");
      expect(toGrams("+", `${digits.slice(0, -3)}.${digits.slice(-3)}`, "kg")).toBe(weightG);
      expect(toGrams("", `${digits.slice(0, -3)},${digits.slice(-3)}`, "KG")).toBe(weightG);
    }),
  );
});

it("turns tenths of a gram into the nearest number, as JSON would", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9_999_999 }), (tenths) => {
      const decimal = `${Math.floor(tenths / 10)}.${tenths % 10}`;
      expect(toGrams("-", decimal, "g")).toBe(-Number(decimal));
    }),
  );
});

it.each([
  ["", "0.1", "kg", 100],
  ["", "1.1", "kg", 1100],
  ["", "0.57", "kg", 570],
  ["", "4.35", "t", 4_350_000],
  ["-", "113.0254", "kg", -113_025.4],
  ["", ".5", "kg", 500],
  ["", "12.", "kg", 12_000],
  ["-", "0.000", "kg", 0],
  ["", "5.00", "lb", 2267.9619],
  ["-", "0.50", "lb", -226.7962],
  ["", "1.25", "lb", 566.9905],
  ["", "100", "t", 100_000_000],
  ["", "100.000001", "t", null],
  ["", "1", "PCS", null],
])("reads %s%s %s as %s g", (sign, decimal, unit, weightG) => {
  expect(toGrams(sign, decimal, unit)).toBe(weightG);
});
