import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { latin1 } from "./device-model.ts";
import {
  BOOT_MS,
  encodeChecked,
  encodePlain,
  PlainScale,
  type PlainScaleOptions,
  RAW_MAX,
} from "./plain-scale.ts";
import { Talk, textOf } from "./talk-fixture.ts";

test.for([
  { bytes: encodePlain("label", 12.3, { unit: "g", decimals: 1 }), expected: "Reading: 12.3 g\r\n" },
  { bytes: encodePlain("label", 1234, { unit: "kg", decimals: 3 }), expected: "Reading: 1.234 kg\r\n" },
  { bytes: encodePlain("label", 0, { unit: "lb", decimals: 1 }), expected: "Reading: 0.0 lbs\r\n" },
  { bytes: encodePlain("unit", 12.34, { unit: "g", decimals: 2 }), expected: " 12.34 grams\r\n" },
  { bytes: encodePlain("bare", 12.34, { unit: "g", decimals: 2 }), expected: "12.34\r\n" },
  { bytes: encodePlain("bare", -0.001, { unit: "g", decimals: 2 }), expected: "-0.00\r\n" },
])("encodes $expected, as sketches print it", ({ bytes, expected }) => {
  expect(textOf(bytes)).toBe(expected);
});

test("encodes the project's own line with its check", () => {
  const line = textOf(encodeChecked({ weightG: 1250, raw: 584_000, isStable: true }));
  expect(line).toBe("W,1250.0,584000,S*39\r\n");
  expect(textOf(encodeChecked({ weightG: -0.3, raw: 83_880, isStable: false }))).toBe(
    "W,-0.3,83880,U*15\r\n",
  );
});

const talkTo = (options: Partial<PlainScaleOptions> = {}) =>
  new Talk(new PlainScale({ seed: 2, driftGPerH: 0, noiseG: 0, ...options }));

test("a banner comes before the readings, about ten of them a second", () => {
  const lines = talkTo().wait(1000);
  expect(lines.slice(0, 2)).toEqual(["HX711 scale demo\r\n", "Readings:\r\n"]);
  expect(lines.length).toBeCloseTo(12, -1);
  expect(lines.at(-1)).toBe("Reading: 0.0 g\r\n");
});

test("opening the port restarts the board: silence, then the banner again", () => {
  const talk = talkTo();
  talk.wait(1000);
  talk.scale.opened?.(talk.nowMs);
  expect(talk.wait(BOOT_MS)).toEqual([]);
  expect(talk.wait(200)[0]).toBe("HX711 scale demo\r\n");
});

test.for([
  { options: {}, expected: "Reading: 1250.0 g\r\n" },
  { options: { unit: "kg" }, expected: "Reading: 1.250 kg\r\n" },
  { options: { line: "unit" }, expected: " 1250.00 grams\r\n" },
  { options: { line: "bare" }, expected: "1.250\r\n" },
  { options: { line: "checked" }, expected: "W,1250.0,584000,S*39\r\n" },
] as const)("a load at rest reads $expected", ({ options, expected }) => {
  expect(talkTo(options).load(1250)).toBe(expected);
});

test("only the project's own line tells that a load moves", () => {
  const talk = talkTo({ line: "checked" });
  talk.load(0);
  talk.disturb(1250);
  expect(talk.wait(200).every((line) => /^W,\d+\.\d,\d+,U\*[0-9A-F]{2}\r\n$/.test(line))).toBe(true);
});

test("the key t tares without a line end, and other keys do nothing", () => {
  const talk = talkTo();
  talk.load(500);
  expect(talk.ask("xT\r\n")).toEqual([]);
  expect(talk.load(500)).toBe("Reading: 500.0 g\r\n");
  expect(talk.ask("t")).toEqual([]);
  expect(talk.load(500)).toBe("Reading: 0.0 g\r\n");
  expect(talk.load(0)).toBe("Reading: -500.0 g\r\n");
});

test("an empty pan wanders below zero", () => {
  const talk = talkTo({ driftGPerH: -3600 });
  expect(talk.load(0)).toMatch(/^Reading: -[34]\.\d g\r\n$/);
});

test("beyond the converter's end the reading stays where it is, and is never called stable", () => {
  const talk = talkTo({ line: "checked" });
  const line = talk.load(50_000);
  expect(line).toMatch(new RegExp(`^W,20761\\.5,${RAW_MAX},U\\*`));
  expect(talk.load(90_000)).toBe(line);
  expect(talkTo().load(50_000)).toBe("Reading: 20761.5 g\r\n");
});

test("a spoilt line has no number that could be taken for another, or fails its check", () => {
  const random = new Random(1);
  const checked = encodeChecked({ weightG: 1250, raw: 584_000, isStable: true });
  for (let turn = 0; turn < 100; turn += 1) {
    const label = textOf(
      talkTo().scale.spoil(encodePlain("label", 12.3, { unit: "g", decimals: 1 }), random),
    );
    expect(label).toMatch(/^Reading: (#2\.3|1#\.3|12\.#) g\r\n$/);
    const [text = "", check] = textOf(talkTo({ line: "checked" }).scale.spoil(checked, random))
      .trimEnd()
      .split("*");
    const sum = latin1(text).reduce((xor, byte) => xor ^ byte, 0);
    expect(text).toMatch(/^W,\d+\.\d,\d+,S$/);
    expect(sum.toString(16).toUpperCase().padStart(2, "0")).not.toBe(check);
  }
});
