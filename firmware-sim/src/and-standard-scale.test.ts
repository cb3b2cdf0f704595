import { expect, test } from "vitest";
import { AndStandardScale, type AndStandardScaleOptions, encodeAndStandard } from "./and-standard-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";
import { COMMAND_BYTES_MAX } from "./text-scale.ts";

test.for([
  { name: "what a balance sent", header: "ST", weightG: 7.12, decimals: 2, expected: "ST,+00007.12  g\r\n" },
  { name: "a kilogram", header: "ST", weightG: 1234.56, decimals: 2, expected: "ST,+01234.56  g\r\n" },
  {
    name: "a moving weight below zero",
    header: "US",
    weightG: -12.3,
    decimals: 1,
    expected: "US,-000012.3  g\r\n",
  },
  {
    name: "zero, which has a plus",
    header: "ST",
    weightG: -0.01,
    decimals: 1,
    expected: "ST,+000000.0  g\r\n",
  },
  { name: "the manual's overload", header: "OL", weightG: 1, decimals: 1, expected: "OL,+999999.9  g\r\n" },
  { name: "an underload", header: "OL", weightG: -1, decimals: 1, expected: "OL,-999999.9  g\r\n" },
] as const)("encodes $name", ({ header, weightG, decimals, expected }) => {
  expect(textOf(encodeAndStandard(header, weightG, { unit: "g", decimals }))).toBe(expected);
});

test("encodes kilograms and whole figures", () => {
  expect(textOf(encodeAndStandard("ST", 1250, { unit: "kg", decimals: 3 }))).toBe("ST,+0001.250 kg\r\n");
  expect(textOf(encodeAndStandard("OL", 1, { unit: "g", decimals: 0 }))).toBe("OL,+99999999  g\r\n");
});

const talkTo = (options: Partial<AndStandardScaleOptions> = {}) =>
  new Talk(new AndStandardScale({ seed: 2, ...options }));

test("a stream tells how a load swings, comes to rest, is too heavy and is gone", () => {
  const talk = talkTo();
  talk.wait(1000);
  talk.disturb(1250);
  expect(talk.wait(200).every((line) => line.startsWith("US,+"))).toBe(true);
  expect(talk.load(1250)).toMatch(/^ST,\+00(1250\.0|1249\.9|1250\.1) {2}g\r\n$/);
  expect(talk.load(40_000)).toBe("OL,+999999.9  g\r\n");
  expect(talk.load(-1000)).toBe("OL,-999999.9  g\r\n");
});

test("in command mode Q tells the weight at once, S at rest, and SIR until C", () => {
  const talk = talkTo({ isContinuous: false, divisionG: 1, decimals: 0 });
  expect(talk.load(500)).toBeUndefined();
  expect(talk.ask("Q\r\n")).toEqual(["ST,+00000500  g\r\n"]);
  talk.disturb(500);
  expect(talk.ask("Q\r\n")[0]).toMatch(/^US,/);
  expect(talk.ask("S\r\n")).toEqual([]);
  expect(talk.wait(4000)).toEqual(["ST,+00001000  g\r\n"]);
  expect(talk.ask("SIR\r\n")).toHaveLength(1);
  expect(talk.wait(1000)).toHaveLength(10);
  expect(talk.ask("C\r\n")).toEqual([]);
  expect(talk.wait(1000)).toEqual([]);
});

test("C also ends the wait for a weight at rest", () => {
  const talk = talkTo({ isContinuous: false });
  talk.load(0);
  talk.disturb(500);
  talk.ask("S\r\nC\r\n");
  expect(talk.wait(4000)).toEqual([]);
});

test("T tares and Z takes a small load as zero", () => {
  const talk = talkTo({ divisionG: 1, decimals: 0 });
  talk.load(800);
  expect(talk.ask("T\r\n")).toEqual([]);
  expect(talk.load(0)).toBe("ST,-00000800  g\r\n");
  talk.load(300);
  talk.ask("Z\r\n");
  expect(talk.load(300)).toBe("ST,+00000000  g\r\n");
});

test("a balance that acknowledges does so twice for a key, and tells what went wrong", () => {
  const talk = talkTo({ acknowledges: true, isContinuous: false });
  talk.load(0);
  expect(talk.ask("Z\r\n")).toEqual(["\u0006\r\n", "\u0006\r\n"]);
  expect(talk.ask("C\r\n")).toEqual(["\u0006\r\n"]);
  expect(talk.ask("q\r\n")).toEqual(["EC,E01\r\n"]);
  expect(talk.ask(`${"Q".repeat(COMMAND_BYTES_MAX + 1)}\r\n`)).toEqual(["EC,E04\r\n"]);
  talk.load(20_000);
  expect(talk.ask("Z\r\n")).toEqual(["EC,E02\r\n"]);
});
