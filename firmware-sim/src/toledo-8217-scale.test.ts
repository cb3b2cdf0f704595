import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { Talk, textOf } from "./talk-fixture.ts";
import {
  encode8217Status,
  encode8217Weight,
  Toledo8217Scale,
  type Toledo8217ScaleOptions,
} from "./toledo-8217-scale.ts";

const LB = 453.59237;
const kg = { unit: "kg", decimals: 3 } as const;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("encodes weights as the manual lays them out", () => {
  expect(hex(encode8217Weight(1250, kg))).toBe("0230312e3235300d");
  expect(hex(encode8217Weight(500, kg, true))).toBe("0230302e3530304e0d");
  expect(textOf(encode8217Weight(12.34 * LB, { unit: "lb", decimals: 2 }))).toBe("\x02012.34\r");
});

test.for([
  { status: { isMoving: true }, expected: "023f410d" },
  { status: { isOver: true }, expected: "023f420d" },
  { status: { isBelowZero: true }, expected: "023f440d" },
  { status: { isOutsideZeroCapture: true }, expected: "023f480d" },
  { status: { isCentreOfZero: true }, expected: "023f500d" },
  { status: { isNet: true }, expected: "023f600d" },
])("encodes the status $status", ({ status, expected }) => {
  expect(hex(encode8217Status(status))).toBe(expected);
});

const talkTo = (options: Partial<Toledo8217ScaleOptions> = {}) =>
  new Talk(new Toledo8217Scale({ seed: 2, noiseG: 0, ...options }));

test("it is set to 9600 7E1, or to 8N1 when told eight bits", () => {
  expect(new Toledo8217Scale({ seed: 1 })).toMatchObject({ baud: 9600, dataBits: 7, parity: "even" });
  expect(new Toledo8217Scale({ seed: 1, dataBits: 8 })).toMatchObject({ dataBits: 8, parity: "none" });
});

test("the probe of Odoo is answered byte by byte", () => {
  const talk = talkTo();
  expect(talk.ask("Ehello").join("")).toBe("\x02E\rhello");
  expect(talk.ask("W")).toEqual(["W"]);
  expect(talk.ask("F")).toEqual(["\x02F\r"]);
  expect(talk.load(0)).toBeUndefined();
  expect(talk.ask("W")).toEqual(["\x0200.000\r"]);
});

test("W tells a weight at rest, and in its place the status of one that moves or is out of range", () => {
  const talk = talkTo();
  talk.load(1235);
  expect(talk.ask("W")).toEqual(["\x0201.235\r"]);
  talk.disturb(3000);
  expect(talk.ask("W")).toEqual(["\x02?I\r"]);
  talk.load(16_000);
  expect(talk.ask("W")).toEqual(["\x02?J\r"]);
  talk.load(-100);
  expect(talk.ask("W")).toEqual(["\x02?D\r"]);
});

test("T tares after 150 ms, weights are net then, and C clears it", () => {
  const talk = talkTo();
  talk.load(500);
  expect(talk.ask("T\r")).toEqual([]);
  expect(talk.wait(150)).toEqual([]);
  expect(talk.wait(20)).toEqual(["\x02?h\r"]);
  talk.load(1500);
  expect(talk.ask("W")).toEqual(["\x0201.000N\r"]);
  talk.ask("C");
  expect(talk.wait(200)).toEqual(["\x02?H\r"]);
  expect(talk.ask("W")).toEqual(["\x0201.500\r"]);
});

test("a tare of five digits is taken, one of another length is not", () => {
  const talk = talkTo();
  talk.load(1500);
  talk.ask("T00250\r");
  expect(talk.wait(200)).toHaveLength(1);
  expect(talk.ask("W")).toEqual(["\x0201.250N\r"]);
  talk.ask("T123456\r");
  expect(talk.wait(200)).toHaveLength(1);
  talk.ask("T12\r");
  expect(talk.wait(200)).toHaveLength(1);
  expect(talk.ask("W")).toEqual(["\x0201.250N\r"]);
});

test("Z zeroes near zero without a tare, and answers with the status", () => {
  const talk = talkTo();
  talk.load(100);
  expect(talk.ask("Z")).toEqual(["\x02?P\r"]);
  expect(talk.ask("W")).toEqual(["\x0200.000\r"]);
  talk.load(2000);
  expect(talk.ask("Z")).toEqual(["\x02?H\r"]);
  expect(talk.ask("W")).toEqual(["\x0201.900\r"]);
});

test("A starts the confidence test, and B tells that all passed", () => {
  const talk = talkTo();
  talk.load(0);
  expect(talk.ask("B")).toEqual(["\x02?P\r"]);
  expect(talk.ask("A")).toEqual(["\x02\r"]);
  expect(talk.ask("B")).toEqual(["\x02?@\r"]);
});

test("any other character is answered with the status, a line end with nothing", () => {
  const talk = talkTo();
  talk.load(0);
  expect(talk.ask("w")).toEqual(["\x02?P\r"]);
  expect(talk.ask("\r\n")).toEqual([]);
});

test("pounds have two figures after the point", () => {
  const talk = talkTo({ unit: "lb" });
  talk.load(2.5 * LB);
  expect(talk.ask("W")).toEqual(["\x02002.50\r"]);
});

test("a spoilt frame keeps its bounds and has a character that no frame has", () => {
  const scale = new Toledo8217Scale({ seed: 1 });
  const random = new Random(1);
  for (const frame of [encode8217Weight(1250, kg), encode8217Status({ isMoving: true })]) {
    for (let turn = 0; turn < 50; turn += 1) {
      const spoilt = textOf(scale.spoil(frame, random));
      expect(spoilt).toMatch(/^..*#.*\r$/s);
    }
  }
});
