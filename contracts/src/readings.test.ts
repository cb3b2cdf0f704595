import { expect, test } from "vitest";
import { QUALITIES, QUALITY_CODES } from "./readings.ts";

test("qualities have the numbers that the LwM2M registry gives them, and rise with belief", () => {
  expect(QUALITY_CODES).toEqual({ unchecked: 0, rejected: 1, suspicious: 3, accepted: 4 });
  const codes = QUALITIES.map((quality) => QUALITY_CODES[quality]);
  expect(codes).toEqual(codes.toSorted((a, b) => a - b));
});
