import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { Cas22Scale, type Cas22ScaleOptions, encodeCas22 } from "./cas-22-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";

const frame = { header1: "ST", header2: "GS", deviceId: 1, lamp: 0xc4, weightG: 13_500 } as const;

test("encodes the manual's example of 13.5 kg", () => {
  const bytes = encodeCas22(frame, { unit: "kg", decimals: 1 });
  expect(Buffer.from(bytes).toString("hex")).toBe("53542c47532c31c42c3030303031332e35206b670d0a");
});

test.for([
  { name: "device 13", change: { deviceId: 13 }, expected: "ST,GS,=\xc4,0013.500 kg\r\n" },
  {
    name: "a negative net weight",
    change: { header2: "NT", weightG: -500 },
    expected: "ST,NT,1\xc4,-000.500 kg\r\n",
  },
  { name: "an overload", change: { header1: "OL", weightG: 1 }, expected: "OL,GS,1\xc4,         kg\r\n" },
  { name: "an underload", change: { header1: "OL", weightG: -1 }, expected: "OL,GS,1\xc4,-        kg\r\n" },
] as const)("encodes $name in 22 bytes", ({ change, expected }) => {
  const bytes = encodeCas22({ ...frame, ...change }, { unit: "kg", decimals: 3 });
  expect(textOf(bytes)).toBe(expected);
  expect(bytes).toHaveLength(22);
});

const talkTo = (options: Partial<Cas22ScaleOptions> = {}) =>
  new Talk(new Cas22Scale({ seed: 2, ...options }));

test("the lamps tell rest, zero, gross and tare", () => {
  const talk = talkTo();
  expect(talk.load(0)).toBe("ST,GS,1\xc5,0000.000 kg\r\n");
  expect(talk.load(1500)).toBe("ST,GS,1\xc4,0001.500 kg\r\n");
  talk.ask("01TR\r\n");
  expect(talk.wait(500).at(-1)).toBe("ST,NT,1\xc2,0000.000 kg\r\n");
  talk.disturb(800);
  expect(talk.wait(110).at(-1)).toMatch(/^US,NT,1\x82,/);
  expect(talkTo({ setsLampBit5: true }).load(1500)).toBe("ST,GS,1\xe4,0001.500 kg\r\n");
});

test("out of range the frame has no digits", () => {
  const talk = talkTo();
  expect(talk.load(61_000)).toMatch(/^OL,GS,1., {9}kg\r\n$/s);
  expect(talk.load(-2000)).toMatch(/^OL,GS,1.,- {8}kg\r\n$/s);
});

test("only its own number is obeyed", () => {
  const talk = talkTo({ isContinuous: false, deviceId: 7 });
  talk.load(1000);
  expect(talk.wait(1000)).toEqual([]);
  expect(talk.ask("01RW\r\n")).toEqual([]);
  expect(talk.ask("07RW\r\n07WT\r\n")).toHaveLength(2);
  talk.load(200);
  talk.ask("07MZ\r\n");
  expect(talk.ask("07RW\r\n")).toEqual(["ST,GS,7\xc5,0000.000 kg\r\n"]);
});

test("a spoilt frame has a wrong header and its digits", () => {
  const spoilt = new Cas22Scale({ seed: 1 }).spoil(
    encodeCas22(frame, { unit: "kg", decimals: 3 }),
    new Random(1),
  );
  expect(textOf(spoilt).slice(0, 6)).toContain("#");
  expect(textOf(spoilt)).toContain("0013.500 kg");
});
