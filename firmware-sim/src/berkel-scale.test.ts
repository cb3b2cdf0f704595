import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { BerkelScale, type BerkelScaleOptions, encodeBerkel } from "./berkel-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";

const ZERO = "\x02Z\0\0\0\0\0\x03Z";
const TARE = "\x02N\0\0\0\0\0\x03N";

test.for([
  // 29 ^ 30 ^ 31 ^ 32 ^ 35 ^ 30 = 1F
  { name: "1.250 kg of 15 kg", bytes: encodeBerkel(1250, "15-kg"), expected: "022930313235301f03" },
  {
    name: "12.34 lb of 30 lb",
    bytes: encodeBerkel(12.34 * 453.59237, "30-lb"),
    expected: "022a30313233341e03",
  },
  { name: "1.250 kg of 6 kg", bytes: encodeBerkel(1250, "6-kg"), expected: "022b30313235301d03" },
  { name: "a load out of range", bytes: encodeBerkel(0, "15-kg", false), expected: "023930303030300903" },
])("encodes $name", ({ bytes, expected }) => {
  expect(Buffer.from(bytes).toString("hex")).toBe(expected);
});

const talkTo = (options: Partial<BerkelScaleOptions> = {}) =>
  new Talk(new BerkelScale({ seed: 2, noiseG: 0, ...options }));

test("it is set to 2400 7E1", () => {
  expect(new BerkelScale({ seed: 1 })).toMatchObject({ baud: 2400, dataBits: 7, parity: "even" });
});

test("ENQ is answered with NUL when just switched on, CAN in motion, ACK at rest", () => {
  const talk = talkTo();
  expect(talk.ask("\x05")).toEqual(["\0"]);
  talk.load(0);
  expect(talk.ask("\x05")).toEqual(["\x06"]);
  talk.disturb(1000);
  expect(talk.ask("\x05")).toEqual(["\x18"]);
  expect(talk.ask("\x11")).toEqual(["\x15"]);
});

test("DC1 is answered once after an ACK, and the block sent back is compared", () => {
  const talk = talkTo();
  talk.load(1250);
  expect(talk.ask("\x11")).toEqual(["\x15"]);
  expect(talk.ask("\x05")).toEqual(["\x06"]);
  const [block = ""] = talk.ask("\x11");
  expect(block).toBe("\x02)01250\x1f\x03");
  expect(talk.ask("\x11")).toEqual(["\x15"]);
  expect(talk.ask(block)).toEqual(["\r"]);
  expect(talk.ask(block.replace("1", "2"))).toEqual(["\x06"]);
  expect(talk.ask("\r")).toEqual([]);
  expect(talk.ask(block)).toEqual([]);
});

test("out of range bit 4 of the id is set and the digits are zeros", () => {
  const talk = talkTo();
  talk.load(16_000);
  expect(talk.ask("\x05\x11")).toEqual(["\x06", "\x02900000\t\x03"]);
  talk.load(-100);
  expect(talk.ask("\x05\x11")).toEqual(["\x06", "\x02900000\t\x03"]);
});

test("the commands zero and tare", () => {
  const talk = talkTo();
  talk.load(200);
  expect(talk.ask(ZERO)).toEqual([]);
  expect(talk.ask("\x05\x11")[1]).toMatch(/^.\)00000/s);
  talk.load(700);
  talk.ask(TARE);
  talk.load(1700);
  expect(talk.ask("\x05\x11")[1]).toMatch(/^.\)01000/s);
});

test("a spoilt block has one other digit and the old BCC", () => {
  const frame = encodeBerkel(1250, "15-kg");
  const random = new Random(1);
  for (let turn = 0; turn < 50; turn += 1) {
    const spoilt = new BerkelScale({ seed: 1 }).spoil(frame, random);
    expect(textOf(spoilt)).toMatch(/^.\)\d{5}..$/s);
    expect(spoilt).not.toEqual(frame);
  }
});
