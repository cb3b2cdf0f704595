import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { Talk, textOf } from "./talk-fixture.ts";
import { encodeXk3190A9, Xk3190A9Scale, type Xk3190A9ScaleOptions } from "./xk3190-a9-scale.ts";

const whole = { unit: "kg", decimals: 0, xorOver9: "letters" } as const;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test.for([
  { weightG: 0, expected: "022b30303030303030314203" },
  { weightG: 85_000, expected: "022b30303030383530313603" },
  { weightG: 70_000, expected: "022b30303030373030314303" },
  { weightG: 12_450_000, expected: "022b30313234353030313903" },
])("encodes the captured frame of $weightG g", ({ weightG, expected }) => {
  expect(hex(encodeXk3190A9(weightG, whole))).toBe(expected);
});

test("the figures after the point stand before the xor, and a half over 9 may be a colon", () => {
  const fine = { ...whole, decimals: 3 };
  expect(textOf(encodeXk3190A9(-1235, fine))).toBe("\x02-00123531B\x03");
  expect(textOf(encodeXk3190A9(0, { ...whole, xorOver9: "colons" }))).toBe("\x02+00000001;\x03");
});

const talkTo = (options: Partial<Xk3190A9ScaleOptions> = {}) =>
  new Talk(new Xk3190A9Scale({ seed: 2, ...options }));

test("it sends the weight, which moves and rests without a word of it", () => {
  const talk = talkTo();
  expect(talk.load(12_340)).toMatch(/^.\+0123403...$/s);
  expect(talk.load(-500)).toMatch(/^.-0005003...$/s);
});

test("out of range it sends nothing, or blanks", () => {
  const talk = talkTo();
  talk.load(61_000);
  expect(talk.wait(1000)).toEqual([]);
  expect(talkTo({ overload: "blanks" }).load(61_000)).toMatch(/^.\+ {6}3...$/s);
  expect(talkTo({ overload: "blanks" }).load(-5000)).toMatch(/^.- {6}3...$/s);
});

test("the commands of the manual are answered, others are not", () => {
  const talk = talkTo({ isContinuous: false, noiseG: 0 });
  expect(talk.load(500)).toBeUndefined();
  talk.scale.cell.tare();
  talk.load(1500);
  expect(talk.ask("\x02AA00\x03")).toEqual(["\x02AA00\x03"]);
  expect(talk.ask("\x02AB03\x03")).toEqual([expect.stringMatching(/^.AB\+0015003...$/s)]);
  expect(talk.ask("\x02AC02\x03")).toEqual([expect.stringMatching(/^.AC\+0005003...$/s)]);
  expect(talk.ask("\x02AD05\x03")).toEqual([expect.stringMatching(/^.AD\+0010003...$/s)]);
  expect(talk.ask("\x02AD05\x03")[0]).toHaveLength(14);
  expect(talk.ask("\x02AB04\x03")).toEqual([]);
  expect(talk.ask("\x02BB00\x03")).toEqual([]);
  expect(talk.ask("\x02AE04\x03")).toEqual([]);
});

test("a spoilt frame has one other digit and the old xor, or another xor", () => {
  const frame = encodeXk3190A9(1234, { ...whole, decimals: 3 });
  const random = new Random(1);
  for (let turn = 0; turn < 100; turn += 1) {
    const spoilt = new Xk3190A9Scale({ seed: 1 }).spoil(frame, random);
    const [high = 0, low = 0] = spoilt.subarray(9, 11);
    const xor = spoilt.subarray(1, 9).reduce((sum, byte) => sum ^ byte, 0);
    expect(Number.parseInt(String.fromCharCode(high, low), 16)).not.toBe(xor);
    expect(spoilt).toHaveLength(12);
  }
});
