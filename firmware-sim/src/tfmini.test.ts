import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { Bin } from "./bin.ts";
import { textOf } from "./talk-fixture.ts";
import {
  encodeTfmini,
  encodeTfminiPix,
  Tfmini,
  type TfminiOptions,
  TfminiPix,
  tailOfTemperature,
} from "./tfmini.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test.for([
  {
    name: "the manual's 121 cm at 50 degrees",
    frame: { distanceCm: 121, strength: 1000, tail: tailOfTemperature(50) },
    expected: "59597900e8039009af",
  },
  {
    name: "a weak echo of a Plus",
    frame: { distanceCm: 0, strength: 50, tail: tailOfTemperature(50) },
    expected: "59590000320090097d",
  },
  {
    name: "a weak echo of a TFmini in its near mode",
    frame: { distanceCm: 0xffff, strength: 10, tail: 0x0002 },
    expected: "5959ffff0a000200bc",
  },
])("encodes $name", ({ frame, expected }) => {
  expect(hex(encodeTfmini(frame))).toBe(expected);
});

test("encodes the manual's 1.21 m as text, and a weak echo as minus one", () => {
  expect(textOf(encodeTfminiPix(121))).toBe("1.21\r\n");
  expect(textOf(encodeTfminiPix(undefined))).toBe("-1.00\r\n");
});

function optionsOf(options: Partial<TfminiOptions> & { distanceMm?: number }): TfminiOptions {
  const bin = new Bin({ seed: 1, emptyMm: options.distanceMm ?? 1500, fullMm: 0, fillPerDay: 0 });
  return { seed: 1, bin, noiseMm: 0, ...options };
}

const firstOf = (sensor: Tfmini | TfminiPix) => sensor.tick(10)[0] ?? new Uint8Array(0);

function readFirst(options: Partial<TfminiOptions> & { distanceMm?: number }) {
  const view = Buffer.from(firstOf(new Tfmini(optionsOf(options))));
  return { distanceCm: view.readUInt16LE(2), strength: view.readUInt16LE(4), tail: view.readUInt16LE(6) };
}

test("a bin gives its distance, with a strength that falls with distance and darkness", () => {
  expect(readFirst({}).distanceCm).toBe(150);
  expect(readFirst({ distanceMm: 500 }).strength).toBeGreaterThan(2 * readFirst({}).strength);
  expect(readFirst({}).strength).toBeGreaterThan(2 * readFirst({ reflectivity: 0.1 }).strength);
});

test("dark waste makes the echo too weak: 0 of a Plus, FFFF of a TFmini, minus one as text", () => {
  const dark = { reflectivity: 0.005 };
  expect(readFirst(dark)).toMatchObject({ distanceCm: 0 });
  expect(readFirst(dark).strength).toBeLessThan(20);
  expect(readFirst({ ...dark, kind: "mini" })).toMatchObject({ distanceCm: 0xffff, tail: 0x0002 });
  expect(textOf(firstOf(new TfminiPix(optionsOf(dark))))).toBe("-1.00\r\n");
});

test("the temperature stands in the tail of a Plus", () => {
  expect(readFirst({ temperatureC: 50 }).tail).toBe(0x0990);
});

test("beyond 12 m it says 1200 when the echo is strong enough", () => {
  expect(readFirst({ distanceMm: 12_500, kind: "mini", reflectivity: 1.5 }).distanceCm).toBe(1200);
});

test("it sends 100 times a second", () => {
  const sensor = new TfminiPix(optionsOf({}));
  let count = 0;
  for (let ms = 0; ms <= 1000; ms += 10) count += sensor.tick(ms).length;
  expect(count).toBe(100);
  expect(textOf(firstOf(new TfminiPix(optionsOf({}))))).toBe("1.50\r\n");
});

test("a spoilt frame has a wrong sum, a spoilt line a character in the place of a digit", () => {
  const random = new Random(1);
  const frame = encodeTfmini({ distanceCm: 121, strength: 1000, tail: 0x0990 });
  const sensor = new Tfmini(optionsOf({}));
  const text = new TfminiPix(optionsOf({}));
  for (let turn = 0; turn < 50; turn += 1) {
    const spoilt = sensor.spoil(frame, random);
    expect(spoilt.subarray(0, 8)).toEqual(frame.subarray(0, 8));
    expect(spoilt[8]).not.toBe(frame[8]);
    expect(textOf(text.spoil(encodeTfminiPix(121), random))).toMatch(/^(?:#\.21|1\.#1|1\.2#)\r\n$/);
  }
});
