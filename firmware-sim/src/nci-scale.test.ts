import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { encodeNciStatus, encodeNciWeight, NciScale, type NciScaleOptions } from "./nci-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";

test("encodes weight and status as the manuals lay them out", () => {
  expect(textOf(encodeNciWeight("1.250", {}, { unit: "kg", variant: "bench" }))).toBe(
    "\n  1.250kg\r\n00\r\x03",
  );
  expect(textOf(encodeNciWeight("1.250", {}, { unit: "kg", variant: "ecr" }))).toBe(
    "\n01.250KG\r\nS00\r\x03",
  );
});

test.for([
  { status: { isMoving: true }, expected: "\n10\r\x03" },
  { status: { isAtZero: true }, expected: "\n20\r\x03" },
  { status: { isUnder: true }, expected: "\n01\r\x03" },
  { status: { isOver: true }, expected: "\n02\r\x03" },
  { status: { isNet: true }, expected: "\n0p4\r\x03" },
  { status: { isNet: false }, expected: "\n0p0\r\x03" },
])("encodes the status $status", ({ status, expected }) => {
  expect(textOf(encodeNciStatus(status, "bench"))).toBe(expected);
});

const talkTo = (options: Partial<NciScaleOptions> = {}) => new Talk(new NciScale({ seed: 2, ...options }));

test("W tells the weight with the status, moving or not, and out of range carets", () => {
  const talk = talkTo();
  expect(talk.load(1235)).toBeUndefined();
  expect(talk.ask("W\r")).toEqual(["\n  1.235kg\r\n00\r\x03"]);
  talk.disturb(500);
  expect(talk.ask("W\r")[0]).toMatch(/^\n *\d+\.\d{3}kg\r\n10\r.$/s);
  talk.load(16_000);
  expect(talk.ask("W\r")).toEqual(["\n^^^^^^^kg\r\n02\r\x03"]);
  talk.load(-100);
  expect(talk.ask("W\r")).toEqual(["\n -0.100kg\r\n01\r\x03"]);
  talk.load(-1000);
  expect(talk.ask("W\r")).toEqual(["\n_______kg\r\n01\r\x03"]);
});

test("a cash register is told a weight at rest alone, and else the status", () => {
  const talk = talkTo({ variant: "ecr" });
  talk.load(1235);
  expect(talk.ask("W\r")).toEqual(["\n01.235KG\r\nS00\r\x03"]);
  talk.disturb(500);
  expect(talk.ask("W\r")).toEqual(["\nS10\r\x03"]);
  talk.load(-100);
  expect(talk.ask("W\r")).toEqual(["\nS01\r\x03"]);
  talk.load(16_000);
  expect(talk.ask("W\r")).toEqual(["\nS02\r\x03"]);
});

test("S tells the status, Z zeroes, and anything else is a bad command", () => {
  const talk = talkTo();
  talk.load(200);
  expect(talk.ask("S\r")).toEqual(["\n00\r\x03"]);
  expect(talk.ask("Z\r")).toEqual(["\n20\r\x03"]);
  expect(talk.ask("W\r")).toEqual(["\n  0.000kg\r\n20\r\x03"]);
  expect(talk.ask("Q\r")).toEqual(["\n?\r\x03"]);
  expect(talk.ask(`${"W".repeat(100)}\r`)).toEqual(["\n?\r\x03"]);
});

test("a third byte tells of the tare", () => {
  const talk = talkTo({ hasThirdStatusByte: true });
  talk.load(500);
  talk.scale.cell.tare();
  talk.load(1500);
  expect(talk.ask("W\r")).toEqual(["\n  1.000kg\r\n0p4\r\x03"]);
});

test("a spoilt answer has a wrong start or digit, and its status", () => {
  const random = new Random(1);
  const scale = new NciScale({ seed: 1 });
  for (let turn = 0; turn < 50; turn += 1) {
    const weight = textOf(
      scale.spoil(encodeNciWeight("1.250", {}, { unit: "kg", variant: "bench" }), random),
    );
    expect(weight.slice(0, 8)).toContain("#");
    expect(weight.slice(8)).toBe("kg\r\n00\r\x03");
    expect(textOf(scale.spoil(encodeNciStatus({ isNet: true }, "ecr"), random))).toBe("#S0p4\r\x03");
  }
});
