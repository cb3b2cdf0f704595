import { expect, it } from "vitest";
import { correctedMm } from "./sound-speed.ts";

it("leaves a distance in air of 20 °C as it is", () => {
  expect(correctedMm(1234, 20)).toBe(1234);
});

it("is 26 mm farther at 1 m in air of 35 °C, and nearer in cold air", () => {
  expect(correctedMm(1000, 35)).toBeCloseTo(1026.5, 1);
  expect(correctedMm(1000, 0)).toBeCloseTo(964.7, 1);
});
