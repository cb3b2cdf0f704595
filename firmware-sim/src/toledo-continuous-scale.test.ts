import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { Talk, textOf } from "./talk-fixture.ts";
import {
  encodeToledoContinuous,
  type ToledoContinuousFrame,
  ToledoContinuousScale,
  type ToledoContinuousScaleOptions,
  type ToledoContinuousStyle,
} from "./toledo-continuous-scale.ts";

const LB = 453.59237;
const kg: ToledoContinuousStyle = {
  unit: "kg",
  decimals: 3,
  step: 1,
  hasChecksum: true,
  isShort: false,
  isBlankPadded: false,
};
const gross: ToledoContinuousFrame = {
  weightG: 1234,
  tareG: 0,
  isNet: false,
  isMoving: false,
  isOutOfRange: false,
};

test.for([
  { name: "1.234 kg at rest", change: {}, expected: "022d30203030313233343030303030300d2a" },
  { name: "1.234 kg moving", change: { isMoving: true }, expected: "022d38203030313233343030303030300d22" },
  {
    name: "0.500 kg net of 0.200",
    change: { weightG: 500, tareG: 200, isNet: true },
    expected: "022d31203030303530303030303230300d2c",
  },
  { name: "minus 0.125 kg", change: { weightG: -125 }, expected: "022d32203030303132353030303030300d2a" },
  { name: "an overload", change: { isOutOfRange: true }, expected: "022d34203939393939393030303030300d7a" },
])("encodes $name as the manuals lay it out", ({ change, expected }) => {
  expect(Buffer.from(encodeToledoContinuous({ ...gross, ...change }, kg)).toString("hex")).toBe(expected);
});

test.for([
  { name: "the short form", change: { isShort: true, hasChecksum: false }, expected: "\x02-0 001234\r" },
  {
    name: "blanks before the number",
    change: { isBlankPadded: true, hasChecksum: false },
    expected: "\x02-0   1234     0\r",
  },
  {
    name: "grams",
    change: { unit: "g", decimals: 0, hasChecksum: false },
    expected: "\x02*0!001234000000\r",
  },
  { name: "steps of 5", change: { step: 5, hasChecksum: false }, expected: "\x02=0 001234000000\r" },
  { name: "steps of 2", change: { step: 2, hasChecksum: false }, expected: "\x0250 001234000000\r" },
] as const)("encodes $name", ({ change, expected }) => {
  expect(textOf(encodeToledoContinuous(gross, { ...kg, ...change }))).toBe(expected);
});

test("pounds clear the bit of the kilograms", () => {
  const style = { ...kg, unit: "lb", decimals: 2, hasChecksum: false } as const;
  const frame = { ...gross, weightG: 0, tareG: 17.33 * LB, isNet: true };
  // SWA and SWB as an IND570 sent them; it pads with blanks.
  expect(textOf(encodeToledoContinuous(frame, style))).toBe("\x02,! 000000001733\r");
});

const talkTo = (options: Partial<ToledoContinuousScaleOptions> = {}) =>
  new Talk(new ToledoContinuousScale({ seed: 2, hasChecksum: false, ...options }));

test("frames tell rest, motion, net and range", () => {
  const talk = talkTo();
  expect(talk.load(1235)).toBe("\x02=0 001235000000\r");
  talk.disturb(500);
  expect(talk.wait(110).at(-1)).toMatch(/^.=8 /s);
  expect(talk.load(61_000)).toBe("\x02=4 999999000000\r");
  expect(talk.load(-2000)).toBe("\x02=6 999999000000\r");
  talk.load(200);
  talk.ask("T\r\n");
  expect(talk.load(700)).toBe("\x02=1 000500000200\r");
  talk.ask("C\r\n");
  expect(talk.wait(110).at(-1)).toBe("\x02=0 000700000000\r");
  talk.ask("T0.300\r\n");
  expect(talk.wait(110).at(-1)).toBe("\x02=1 000400000300\r");
});

test("Z zeroes, and P prints when it does not send unasked", () => {
  const talk = talkTo({ isContinuous: false });
  expect(talk.load(200)).toBeUndefined();
  expect(talk.ask("P\r\n")).toEqual(["\x02=0 000200000000\r"]);
  talk.ask("Z\r\n");
  expect(talk.ask("P\r\n")).toEqual(["\x02=0 000000000000\r"]);
});

test("at a low baud the frames come as fast as the line carries them", () => {
  const count = talkTo({ baud: 600 }).wait(10_000).length;
  expect(count).toBeGreaterThan(28);
  expect(count * 18 * 10).toBeLessThanOrEqual(10 * 600);
});

test("a spoilt frame breaks the sum, or without one has no digit in the weight", () => {
  const random = new Random(1);
  const summed = encodeToledoContinuous(gross, kg);
  const plain = encodeToledoContinuous(gross, { ...kg, hasChecksum: false });
  for (let turn = 0; turn < 50; turn += 1) {
    const broken = new ToledoContinuousScale({ seed: 1 }).spoil(summed, random);
    expect(broken.reduce((sum, byte) => sum + (byte & 0x7f), 0) & 0x7f).not.toBe(0);
    const spoilt = textOf(new ToledoContinuousScale({ seed: 1, hasChecksum: false }).spoil(plain, random));
    expect(spoilt.slice(4, 10)).toContain("#");
  }
});
