import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { Bin } from "./bin.ts";
import { latin1 } from "./device-model.ts";
import { encodeMaxbotix, Maxbotix, type MaxbotixOptions } from "./maxbotix.ts";
import { textOf } from "./talk-fixture.ts";
import { hearInverted } from "./uart.ts";

test.for([
  { distanceMm: 1234, expected: "52313233340d" },
  { distanceMm: 9999, expected: "52393939390d" },
  { distanceMm: 300, expected: "52303330300d" },
])("encodes $distanceMm mm", ({ distanceMm, expected }) => {
  expect(Buffer.from(encodeMaxbotix(distanceMm)).toString("hex")).toBe(expected);
});

function newSensor(distanceMm: number, options: Partial<MaxbotixOptions> = {}): Maxbotix {
  const bin = new Bin({ seed: 1, emptyMm: distanceMm, fullMm: 0, fillPerDay: 0 });
  return new Maxbotix({ seed: 1, bin, noiseMm: 0, ...options });
}

test.for([
  { name: "a bin within its range", distanceMm: 1234, type: "5-m", expected: "R1234\r" },
  { name: "a load that is too near", distanceMm: 100, type: "5-m", expected: "R0300\r" },
  { name: "no target", distanceMm: 6000, type: "5-m", expected: "R5000\r" },
  { name: "a load that is too near for 10 m", distanceMm: 100, type: "10-m", expected: "R0500\r" },
  { name: "no target within 10 m", distanceMm: 11_000, type: "10-m", expected: "R9999\r" },
] as const)("tells $name as $expected", ({ distanceMm, type, expected }) => {
  expect(newSensor(distanceMm, { type }).tick(140).map(textOf)).toEqual([expected]);
});

test("it sends 7.5 times a second", () => {
  const sensor = newSensor(1234);
  let count = 0;
  for (let ms = 0; ms <= 10_000; ms += 10) count += sensor.tick(ms).length;
  expect(count).toBe(75);
});

test("on an input of the other polarity the bytes are those that were seen in the field", () => {
  const [frame = new Uint8Array(0)] = newSensor(11_000, { type: "10-m", polarity: "inverted" }).tick(140);
  expect(Buffer.from(frame).toString("hex")).toMatch(/^2b636363/);
  expect(frame).toEqual(hearInverted(latin1("R9999\r")));
});

test("a spoilt frame has no R or no digit in one place", () => {
  const random = new Random(1);
  for (let turn = 0; turn < 50; turn += 1) {
    expect(textOf(newSensor(1).spoil(encodeMaxbotix(1234), random))).toMatch(
      /^(?=.{0,4}#)[R#][1#][2#][3#][4#]\r$/,
    );
  }
});
