import { expect, it } from "vitest";
import { describeProtocol } from "./protocol-suite.ts";
import { xk3190A9 } from "./xk3190-a9.ts";

/** The frame with its sum as Yaohua writes it. */
function framed(body: string): string {
  const sum = Buffer.from(body, "latin1").reduce((all, byte) => all ^ byte, 0);
  return `\x02${body}${sum.toString(16).toUpperCase().padStart(2, "0")}\x03`;
}

const kilograms = (kg: number) => ({ weight_g: kg * 1000, stable: null });

describeProtocol(xk3190A9, [
  { name: "a frame recorded from a D2008", bytes: "\x02+00007001C\x03", expected: [kilograms(70)] },
  { name: "the example of the DS1 manual", bytes: "\x02+00200021B\x03", expected: [kilograms(20)] },
  {
    name: "two frames in a chunk",
    bytes: "\x02+00007001C\x03\x02+000085016\x03",
    expected: [kilograms(70), kilograms(85)],
  },
  { name: "one frame in two chunks", bytes: ["\x02+0000", "7001C\x03"], expected: [kilograms(70)] },
  { name: "figures after the point", bytes: framed("+0123453"), expected: [kilograms(12.345)] },
  { name: "four figures after the point", bytes: framed("+0123454"), expected: [kilograms(1.2345)] },
  { name: "a negative weight", bytes: framed("-0000501"), expected: [kilograms(-5)] },
  { name: "minus zero as zero", bytes: framed("-0000000"), expected: [kilograms(0)] },
  { name: "halves of the sum over 9 as + 30h", bytes: "\x02+00007001<\x03", expected: [kilograms(70)] },
  { name: "a frame without its ETX", bytes: "\x02+00007001C", expected: [kilograms(70)] },
  {
    name: "frames that line ends follow",
    bytes: "\x02+00007001C\x03\r\n\x02+00007001C\x03\r\n",
    expected: [kilograms(70), kilograms(70)],
  },
  {
    name: "a gross weight on command",
    bytes: framed("AB+0007002"),
    expected: [{ ...kilograms(7), mode: "gross", device_id: 1 }],
  },
  {
    name: "a net weight on command",
    bytes: framed("CD-0007002"),
    expected: [{ ...kilograms(-7), mode: "net", device_id: 3 }],
  },
  {
    name: "a tare on command, which is no weight",
    bytes: framed("AC+0002502"),
    expected: [{ tare_g: 2500, stable: null, mode: "tare" }],
  },
  { name: "the handshake", bytes: "\x02AA00\x03", expected: [{ command: "A", status: "done" }] },
  {
    name: "a price on command as no weight",
    bytes: framed("AE+0002502"),
    expected: [{ error: "unparseable" }],
  },
  { name: "a place beyond the manual's", bytes: framed("+0204805"), expected: [{ error: "unparseable" }] },
  { name: "more than any scale shows", bytes: framed("+9999990"), expected: [{ error: "out_of_range" }] },
  { name: "a letter among the digits", bytes: framed("+00A0700"), expected: [{ error: "unparseable" }] },
  {
    name: "a sum that is off by one",
    bytes: "\x02+012450018\x03",
    expected: [{ error: "checksum", discarded: 12 }],
  },
  {
    name: "a frame with another byte for ETX",
    bytes: "\x02+00007001C\x04",
    expected: [{ error: "checksum", discarded: 12 }],
  },
  {
    name: "each of two damaged frames as one fault",
    bytes: "\x02+00007001D\x03\x02+00007001E\x03\x02+00007001C\x03",
    expected: [{ error: "checksum", discarded: 12 }, { error: "checksum", discarded: 12 }, kilograms(70)],
  },
  {
    name: "a frame inside one that lost its end",
    bytes: "\x02+0000\x02+00007001C\x03",
    expected: [{ error: "checksum", discarded: 6 }, kilograms(70)],
  },
  { name: "a cut head", bytes: "001C\x03", expected: [{ error: "partial_frame", discarded: 5 }] },
  { name: "a cut tail", bytes: "\x02+0000700", expected: [{ error: "partial_frame", discarded: 9 }] },
  {
    name: "garbage, then a frame",
    bytes: "???????\x02+00007001C\x03",
    expected: [{ error: "unparseable", discarded: 7 }, kilograms(70)],
  },
  {
    name: "an over-long run of STX, then a frame",
    bytes: `${"\x02".repeat(40)}+00007001C\x03`,
    expected: [{ error: "unparseable", discarded: 39 }, kilograms(70)],
  },
]);

it("takes the configured figures in place of the frame's, and the configured unit", () => {
  const parse = (body: string, settings: object) =>
    xk3190A9.parse(Buffer.from(framed(body), "latin1"), settings);
  expect(parse("+0000850", { decimals: 1 })).toMatchObject({ reading: kilograms(8.5) });
  expect(parse("+0000853", { decimals: 0 })).toMatchObject({ reading: kilograms(85) });
  expect(parse("+0204805", { decimals: 1 })).toMatchObject({ reading: kilograms(2048) });
  expect(parse("+0000850", { unit: "lb" })).toMatchObject({ reading: { weight_g: 38_555.3515, unit: "lb" } });
});
