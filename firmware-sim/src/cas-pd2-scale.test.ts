import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { CasPd2Scale, type CasPd2ScaleOptions, encodeCasPd2 } from "./cas-pd2-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";

const LB = 453.59237;
const pounds = { unit: "lb", decimals: 2 } as const;
const stable = { header1: "ST", header2: "GS" } as const;

test.for([
  { weightG: 0, style: pounds, expected: "0253542c47532c2b2020302e3030206c620d" },
  { weightG: -0.5 * LB, style: pounds, expected: "0253542c47532c2d2020302e3530206c620d" },
  { weightG: 1.25 * LB, style: pounds, expected: "0253542c47532c2b2020312e3235206c620d" },
  {
    weightG: 0.5 * LB,
    style: { unit: "oz", decimals: 2 } as const,
    expected: "0253542c47532c2b2020382e3030206f7a0d",
  },
])("encodes the captured frame $expected", ({ weightG, style, expected }) => {
  expect(Buffer.from(encodeCasPd2({ ...stable, weightG }, style)).toString("hex")).toBe(expected);
});

test.for([
  { weightG: 1, expected: "\x02OL,GS,+------ lb\r" },
  { weightG: -1, expected: "\x02OL,GS,------- lb\r" },
])("out of range the sign before the dashes tells which way", ({ weightG, expected }) => {
  expect(textOf(encodeCasPd2({ header1: "OL", header2: "GS", weightG }, pounds))).toBe(expected);
});

const talkTo = (options: Partial<CasPd2ScaleOptions> = {}) =>
  new Talk(new CasPd2Scale({ seed: 2, noiseG: 0, ...options }));

test("it sends without end, in the unit that it is set to", () => {
  const talk = talkTo();
  expect(talk.load(1235)).toBe("\x02ST,GS,+ 1.235 kg\r");
  talk.disturb(500);
  expect(talk.wait(110).at(-1)).toMatch(/^.US,GS,/s);
  expect(talk.load(15_500)).toBe("\x02OL,GS,+------ kg\r");
  expect(talkTo({ unit: "lb" }).load(2 * LB)).toBe("\x02ST,GS,+  2.00 lb\r");
  expect(talkTo({ unit: "oz" }).load(LB)).toBe("\x02ST,GS,+  16.0 oz\r");
});

test("between W and CR it sends what changes, and else nothing", () => {
  const talk = talkTo({ isContinuous: false });
  expect(talk.load(1000)).toBeUndefined();
  expect(talk.ask("W")).toEqual(["\x02ST,GS,+ 1.000 kg\r"]);
  expect(talk.wait(2000)).toEqual([]);
  expect(talk.ask("W")).toHaveLength(1);
  expect(talk.load(2000)).toBe("\x02ST,GS,+ 2.000 kg\r");
  talk.ask("\r");
  expect(talk.load(3000)).toBeUndefined();
});

test("a spoilt frame has a wrong start or header and its digits", () => {
  const frame = encodeCasPd2({ ...stable, weightG: LB }, pounds);
  const random = new Random(1);
  for (let turn = 0; turn < 50; turn += 1) {
    const spoilt = textOf(new CasPd2Scale({ seed: 1 }).spoil(frame, random));
    expect(spoilt.slice(0, 7)).toContain("#");
    expect(spoilt.slice(7)).toBe("+  1.00 lb\r");
  }
});
