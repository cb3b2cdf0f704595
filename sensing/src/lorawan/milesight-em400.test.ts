import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMilesightEm400, type Em400Reading } from "./milesight-em400.ts";

const decode = (hex: string) => decodeMilesightEm400(Buffer.from(hex.replaceAll(" ", ""), "hex"));

const rows: { name: string; hex: string; reading: Em400Reading }[] = [
  {
    name: "all four quantities",
    hex: "01755c 03670101 04824408 050001",
    reading: { battery_pct: 92, temp_c: 25.7, distance_mm: 2116, tilt: true },
  },
  {
    name: "the payload within an NB-IoT frame",
    hex: "017564 03670b01 04823b01 050001",
    reading: { battery_pct: 100, temp_c: 26.7, distance_mm: 315, tilt: true },
  },
  {
    name: "the user guide's uplink",
    hex: "017564 0367f800 04820101 050001",
    reading: { battery_pct: 100, temp_c: 24.8, distance_mm: 257, tilt: true },
  },
  {
    name: "two alarms",
    hex: "8367e80001 8482410601",
    reading: { temp_c: 23.2, temp_alarm: true, distance_mm: 1601, distance_alarm: true },
  },
  {
    name: "the user guide's distance alarm",
    hex: "8482330701",
    reading: { distance_mm: 1843, distance_alarm: true },
  },
  { name: "an alarm that is over", hex: "8367220100", reading: { temp_c: 29, temp_alarm: false } },
  { name: "frost", hex: "03679cff", reading: { temp_c: -10 } },
  { name: "upright", hex: "050000", reading: { tilt: false } },
  {
    name: "a place south of the equator, outside the fence, moving",
    hex: "0688 c0bdf0ff c0878d05 12",
    reading: { lat: -1, lon: 93.161408, motion: "moves", outside_fence: true },
  },
  {
    name: "a place without a fence",
    hex: "0688 c0e1e400 40420f00 23",
    reading: { lat: 15.0, lon: 1, motion: "stands" },
  },
  { name: "taken off", hex: "880001", reading: { taken_off: true } },
  {
    name: "what it sends when it joins",
    hex: "ff0bff ff0101 ff166329c42903640033 ff090100 ff0a0101 ff0f00",
    reading: { device: ["ff0bff", "ff0101", "ff166329c42903640033", "ff090100", "ff0a0101", "ff0f00"] },
  },
  {
    name: "answers to commands before a distance",
    hex: "fe03b004 ff06990000000000000000 0482e803",
    reading: { device: ["fe03b004", "ff06990000000000000000"], distance_mm: 1000 },
  },
  { name: "nothing", hex: "", reading: {} },
];

const faults = [
  { name: "a channel of another device", hex: "017564 20ce0000000000000000", fault: "unknown channel 20ce" },
  { name: "an answer that is not documented", hex: "ffa5ff", fault: "unknown channel ffa5" },
  { name: "a cut channel", hex: "017564 0482e8", fault: "channel 0482 is cut off" },
  { name: "a lone byte", hex: "017564 04", fault: "ends within a channel that begins with 04" },
  { name: "a battery above full", hex: "0175ff", fault: "channel 0175: a battery at 255 %" },
  {
    name: "a third position",
    hex: "050002",
    fault: "channel 0500: position 2 is neither 0 nor 1",
  },
  { name: "a third alarm", hex: "8482410602", fault: "channel 8482: alarm 2 is neither 0 nor 1" },
  { name: "a distance twice", hex: "0482e803 0482e903", fault: "channel 0482 comes twice" },
  { name: "a distance and its alarm", hex: "0482e803 8482e90301", fault: "channel 8482 comes twice" },
  {
    name: "a longitude where the latitude belongs",
    hex: "0688 40a0e105 40420f00 23",
    fault: "channel 0688: 98.672704, 1 is no place on earth",
  },
  { name: "an undocumented place status", hex: "0688 40420f00 40420f00 04", fault: "none of the documented" },
];

describe("decodeMilesightEm400", () => {
  test.each(rows)("reads $name", ({ hex, reading }) => {
    expect(decode(hex)).toEqual({ ok: true, reading });
  });

  test.each(faults)("refuses $name", ({ hex, fault }) => {
    expect(decode(hex)).toEqual({ ok: false, fault: expect.stringContaining(fault) });
  });

  test("reads a view that does not begin where its buffer does", () => {
    const whole = Uint8Array.from([0xff, 0xff, 0x04, 0x82, 0xe8, 0x03]);
    expect(decodeMilesightEm400(whole.subarray(2))).toEqual({ ok: true, reading: { distance_mm: 1000 } });
  });

  test("never throws, whatever the bytes, and a fault is never empty", () => {
    const channelLike = fc
      .tuple(fc.constantFrom(0x01, 0x03, 0x04, 0x05, 0x06, 0x83, 0x84, 0x88, 0xff, 0xfe), fc.uint8Array())
      .map(([id, rest]) => Uint8Array.from([id, ...rest]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), channelLike), (bytes) => {
        const decoded = decodeMilesightEm400(bytes);
        expect(decoded.ok || decoded.fault.length > 0).toBe(true);
      }),
    );
  });
});
