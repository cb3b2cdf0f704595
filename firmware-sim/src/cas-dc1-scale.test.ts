import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { CasDc1Scale, type CasDc1ScaleOptions, encodeCasDc1 } from "./cas-dc1-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";

const kg = { unit: "kg", decimals: 3 } as const;

test("encodes a block of 15 bytes whose BCC is that of status to unit", () => {
  const bytes = encodeCasDc1({ isStable: true, isInRange: true, weightG: 1250 }, kg);
  // 53 ^ 20 ^ 30 ^ 31 ^ 2E ^ 32 ^ 35 ^ 30 ^ 6B ^ 67 = 67
  expect(textOf(bytes)).toBe("\x01\x02S 01.250kgg\x03\x04");
  expect(bytes).toHaveLength(15);
});

test("zero with a blank before it has the BCC q, as a scale in the field had", () => {
  const bytes = encodeCasDc1({ isStable: true, isInRange: true, weightG: 0 }, kg, " ");
  expect(textOf(bytes)).toBe("\x01\x02S  0.000kgq\x03\x04");
});

test.for([
  {
    name: "a moving negative weight",
    block: { isStable: false, isInRange: true, weightG: -500 },
    expected: "U-00.500kg",
  },
  { name: "an overload", block: { isStable: false, isInRange: false, weightG: 1 }, expected: "UFFFFFFFkg" },
  { name: "an underload", block: { isStable: true, isInRange: false, weightG: -1 }, expected: "S-FFFFFFkg" },
])("encodes $name", ({ block, expected }) => {
  expect(textOf(encodeCasDc1(block, kg)).slice(2, 12)).toBe(expected);
});

const talkTo = (options: Partial<CasDc1ScaleOptions> = {}) =>
  new Talk(new CasDc1Scale({ seed: 2, ...options }));

test("DC1 is answered with a block after an ENQ, and else with NAK", () => {
  const talk = talkTo();
  expect(talk.load(1250)).toBeUndefined();
  expect(talk.ask("\x11")).toEqual(["\x15"]);
  expect(talk.ask("\x05")).toEqual(["\x06"]);
  expect(talk.ask("\x11")).toEqual(["\x01\x02S 01.250kgg\x03\x04"]);
  expect(talk.ask("\x11")).toEqual(["\x15"]);
  expect(talk.ask("\x05x\x11")).toEqual(["\x06", "\x15"]);
});

test("the block tells motion and overload", () => {
  const talk = talkTo();
  talk.load(1000);
  talk.disturb(2000);
  expect(talk.ask("\x05\x11")[1]).toMatch(/^..U/s);
  talk.load(16_000);
  expect(talk.ask("\x05\x11")[1]).toMatch(/^..SFFFFFFFkg...$/s);
});

test("a spoilt block has one other digit and the old BCC", () => {
  const frame = encodeCasDc1({ isStable: true, isInRange: true, weightG: 1250 }, kg);
  const random = new Random(1);
  for (let turn = 0; turn < 50; turn += 1) {
    const spoilt = new CasDc1Scale({ seed: 1 }).spoil(frame, random);
    expect(textOf(spoilt)).toMatch(/^..S \d\d\.\d{3}kgg..$/s);
    expect(spoilt).not.toEqual(frame);
  }
});
