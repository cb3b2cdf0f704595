import { expect, it } from "vitest";
import { describeProtocol } from "./protocol-suite.ts";
import { xk3190Rev } from "./xk3190-rev.ts";

const kilograms = (kg: number) => ({ weight_g: kg * 1000, stable: null });

describeProtocol(xk3190Rev, [
  { name: "one frame (A26 manual p. 10)", bytes: "=000.3000", expected: [kilograms(3)] },
  { name: "a negative weight (A26 manual p. 11)", bytes: "=00.1000-", expected: [kilograms(-1)] },
  { name: "two frames in a chunk", bytes: "=000.3000=500.3000", expected: [kilograms(3), kilograms(3.005)] },
  { name: "one frame in two chunks", bytes: ["=000.", "3000"], expected: [kilograms(3)] },
  {
    name: "frames that line ends follow",
    bytes: "=000.3000\r\n=000.3000\r\n",
    expected: [kilograms(3), kilograms(3)],
  },
  { name: "no point", bytes: "=08500000", expected: [kilograms(580)] },
  { name: "zero", bytes: "=0.000000", expected: [kilograms(0)] },
  { name: "minus zero as zero", bytes: "=00.0000-", expected: [kilograms(0)] },
  { name: "a digit in place of the sign", bytes: "=000.3005", expected: [{ error: "unparseable" }] },
  { name: "the sign first, which is format 2", bytes: "=-0001.00", expected: [{ error: "unparseable" }] },
  { name: "two points", bytes: "=0.0.3000", expected: [{ error: "unparseable" }] },
  { name: "a letter", bytes: "=000.30x0", expected: [{ error: "unparseable" }] },
  {
    name: "a byte too few",
    bytes: "=00.3000=000.3000",
    expected: [{ error: "partial_frame", discarded: 8 }, kilograms(3)],
  },
  {
    name: "a byte too many",
    bytes: "=0000.3000=000.3000",
    expected: [{ error: "frame_too_long", discarded: 10 }, kilograms(3)],
  },
  {
    name: "a cut head",
    bytes: ".3000=000.3000",
    expected: [{ error: "partial_frame", discarded: 5 }, kilograms(3)],
  },
  {
    name: "a cut tail",
    bytes: "=000.3000=000.",
    expected: [kilograms(3), { error: "partial_frame", discarded: 5 }],
  },
  {
    name: "garbage, then a frame",
    bytes: `${"?".repeat(12)}=000.3000`,
    expected: [{ error: "unparseable", discarded: 12 }, kilograms(3)],
  },
]);

it("takes the configured unit", () => {
  const parsed = xk3190Rev.parse(Buffer.from("=000.5000"), { unit: "lb" });
  expect(parsed).toMatchObject({ reading: { weight_g: 2267.9619, unit: "lb" } });
});
