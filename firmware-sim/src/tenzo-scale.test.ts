import { expect, test } from "vitest";
import { Talk, textOf } from "./talk-fixture.ts";
import { encodeTenzo, TenzoScale } from "./tenzo-scale.ts";

test.for([
  { name: "a weight without a plus", weightG: 3_015_000, showsPlus: false, expected: "=  3015\r\n" },
  { name: "a weight with a plus", weightG: 2_380_000, showsPlus: true, expected: "= +2380\r\n" },
  { name: "a weight below zero", weightG: -20_000, showsPlus: false, expected: "=   -20\r\n" },
])("encodes $name", ({ weightG, showsPlus, expected }) => {
  expect(textOf(encodeTenzo(weightG, { unit: "kg", decimals: 0, showsPlus }))).toBe(expected);
});

test("a stream tells the weight, swinging or not, and dashes out of range", () => {
  const talk = new Talk(new TenzoScale({ seed: 2 }));
  talk.wait(1000);
  talk.disturb(1_500_000);
  expect(talk.wait(300).every((line) => /^= *\d+\r\n$/.test(line))).toBe(true);
  expect(talk.load(2_380_000)).toBe("=  2380\r\n");
  expect(talk.load(4_000_000)).toBe("=------\r\n");
});

test("it takes no commands", () => {
  const talk = new Talk(new TenzoScale({ seed: 2, showsPlus: true }));
  talk.load(15_000);
  expect(talk.ask("R\r\nT\r\n")).toEqual([]);
  expect(talk.load(15_000)).toBe("=   +15\r\n");
});
