import { expect, it } from "vitest";
import { describeProtocol } from "./protocol-suite.ts";
import { xk3190Fwd } from "./xk3190-fwd.ts";

const kilograms = (kg: number) => ({ weight_g: kg * 1000, stable: null });

describeProtocol(xk3190Fwd, [
  { name: "one frame (A26 manual p. 11)", bytes: "=0003.000", expected: [kilograms(3)] },
  { name: "a negative weight (A26 manual p. 11)", bytes: "=-0001.00", expected: [kilograms(-1)] },
  { name: "two frames in a chunk", bytes: "=0003.000=0003.005", expected: [kilograms(3), kilograms(3.005)] },
  { name: "one frame in two chunks", bytes: ["=0003", ".000"], expected: [kilograms(3)] },
  {
    name: "frames that line ends follow",
    bytes: "=0003.000\r\n=0003.000\r\n",
    expected: [kilograms(3), kilograms(3)],
  },
  {
    name: "a price",
    bytes: "=0003.000;0012.50=0003.005;0012.50",
    expected: [kilograms(3), kilograms(3.005)],
  },
  {
    name: "unit, price and amount (A23p manual p. 25)",
    bytes: "=0002.000kg;0001.00;0002.00=0002.000kg;0001.00;0002.00",
    expected: [kilograms(2), kilograms(2)],
  },
  {
    name: "pounds",
    bytes: "=0005.000lb;0001.00;0005.00",
    expected: [{ weight_g: 2267.9619, stable: null, unit: "lb" }],
  },
  {
    name: "pieces as no weight",
    bytes: "=00000020pc;0001.00;0020.00",
    expected: [{ count: 20, stable: null }],
  },
  { name: "pieces with a point", bytes: "=0000.020pc;0001.00;0020.00", expected: [{ error: "unparseable" }] },
  { name: "no point", bytes: "=00000580", expected: [kilograms(580)] },
  {
    name: "an unknown unit",
    bytes: "=0002.000zz;0001.00;0002.00",
    expected: [{ error: "unparseable", unit: "zz" }],
  },
  { name: "the sign last, which is format 1", bytes: "=00.1000-", expected: [{ error: "unparseable" }] },
  { name: "a digit in place of the sign", bytes: "=1003.000", expected: [{ error: "unparseable" }] },
  { name: "two points", bytes: "=00.3.000", expected: [{ error: "unparseable" }] },
  { name: "a letter", bytes: "=0003.0x0", expected: [{ error: "unparseable" }] },
  {
    name: "a byte too few",
    bytes: "=003.000=0003.000",
    expected: [{ error: "partial_frame", discarded: 8 }, kilograms(3)],
  },
  {
    name: "a byte too many",
    bytes: "=00003.000=0003.000",
    expected: [{ error: "unparseable" }, kilograms(3)],
  },
  {
    name: "a cut head",
    bytes: ".000=0003.000",
    expected: [{ error: "partial_frame", discarded: 4 }, kilograms(3)],
  },
  {
    name: "a cut tail",
    bytes: "=0003.000=0003.",
    expected: [kilograms(3), { error: "partial_frame", discarded: 6 }],
  },
  {
    name: "garbage, then a frame",
    bytes: `${"?".repeat(12)}=0003.000`,
    expected: [{ error: "unparseable", discarded: 12 }, kilograms(3)],
  },
  {
    name: "an over-long frame, then a frame",
    bytes: `=${"7".repeat(60)}=0003.000`,
    expected: [{ error: "frame_too_long", discarded: 61 }, kilograms(3)],
  },
]);

it("takes the configured unit when the frame has none", () => {
  const parse = (frame: string) => xk3190Fwd.parse(Buffer.from(frame), { unit: "lb" });
  expect(parse("=0005.000")).toMatchObject({ reading: { weight_g: 2267.9619, unit: "lb" } });
  expect(parse("=0005.000kg;1.00")).toMatchObject({ reading: kilograms(5) });
});
