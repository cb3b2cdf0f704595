import { describe, expect, test } from "vitest";
import { type BinSensorPort, portFault } from "./node-config.ts";

describe("portFault", () => {
  const bin: BinSensorPort = { path: "/dev/ttyUSB0", protocol: "a02yyuw", bin: "bin-1" };
  const cases: [string, BinSensorPort["calibration"], RegExp | null][] = [
    ["no calibration", undefined, null],
    ["a full bin nearer than an empty one", { empty_mm: 900, full_mm: 150 }, null],
    [
      "a full bin farther than an empty one",
      { empty_mm: 150, full_mm: 900 },
      /full_mm \(900\).*empty_mm \(150\)/,
    ],
    ["the same distance twice", { empty_mm: 500, full_mm: 500 }, /less than/],
  ];
  test.each(cases)("of a bin with %s", (_name, calibration, words) => {
    const fault = portFault(calibration === undefined ? bin : { ...bin, calibration });
    if (words === null) expect(fault).toBeNull();
    else expect(fault).toMatch(words);
  });

  test("of a scale is none", () => {
    expect(
      portFault({ path: "/dev/ttyUSB1", protocol: "st-gs", scale: "scale-1", max_g: 30_000 }),
    ).toBeNull();
  });
});
