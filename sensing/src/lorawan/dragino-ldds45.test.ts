import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeDraginoLdds45, type Ldds45Reading } from "./dragino-ldds45.ts";

const decode = (hex: string) => decodeDraginoLdds45(Buffer.from(hex.replaceAll(" ", ""), "hex"));

const rows: { name: string; hex: string; reading: Ldds45Reading }[] = [
  {
    name: "a distance with a temperature",
    hex: "0b45 0b05 00 0105 01",
    reading: { battery_mv: 2885, distance_mm: 2821, temp_c: 26.1 },
  },
  {
    name: "no measuring head, sent by the interrupt pin, at frost",
    hex: "0b49 0000 01 ff3f 00",
    reading: { battery_mv: 2889, distance_mm: 0, no_sensor: true, temp_c: -19.3, interrupt: true },
  },
  {
    name: "no DS18B20",
    hex: "0d4a 06d8 00 0000 01",
    reading: { battery_mv: 3402, distance_mm: 1752 },
  },
  {
    name: "a DS18B20 that is torn off",
    hex: "0d4a 06d8 00 7fff 01",
    reading: { battery_mv: 3402, distance_mm: 1752 },
  },
  {
    name: "something nearer than it can measure",
    hex: "0d4a 0014 00 0000 01",
    reading: { battery_mv: 3402, distance_mm: 20 },
  },
  {
    name: "a distance that the flag denies",
    hex: "0d4a 06d8 00 0000 00",
    reading: { battery_mv: 3402, distance_mm: 1752, no_sensor: true },
  },
  {
    name: "a battery under its two upper bits",
    hex: "cd4a 06d8 00 0000 01",
    reading: { battery_mv: 3402, distance_mm: 1752 },
  },
];

describe("decodeDraginoLdds45", () => {
  test.each(rows)("reads $name", ({ hex, reading }) => {
    expect(decode(hex)).toEqual({ ok: true, reading });
  });

  test.each([
    ["nothing", "", "0 bytes; a payload has 8"],
    ["a byte too few", "0b450b05000105", "7 bytes; a payload has 8"],
    ["a byte too many", "0b450b050001050101", "9 bytes; a payload has 8"],
    ["a third interrupt", "0b450b0502010501", "interrupt 2 is neither 0 nor 1"],
    ["a third flag", "0b450b0500010502", "sensor flag 2 is neither 0 nor 1"],
  ])("refuses %s", (_name, hex, fault) => {
    expect(decode(hex)).toEqual({ ok: false, fault });
  });

  test("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const decoded = decodeDraginoLdds45(bytes);
        expect(decoded.ok || decoded.fault.length > 0).toBe(true);
      }),
    );
  });
});
