import { expect, it } from "vitest";
import { decoderOf } from "./decoder.ts";
import { describeProtocol, hex } from "./protocol-suite.ts";
import { toledoContinuous } from "./toledo-continuous.ts";

/** The frame with its checksum. */
function summed(frame: string): string {
  const sum = Buffer.from(frame, "latin1").reduce((all, byte) => all + byte, 0);
  return frame + String.fromCharCode(-sum & 0x7f);
}

/** A frame in thousandths: SWA 2Dh, then SWB, SWC and the two fields. */
const framed = (words: string, fields: string) => `\x02-${words}${fields}\r`;
const gross = (weight_g: number, stable = true) => ({ weight_g, stable, mode: "gross" });
const plain = framed("0 ", "001234000000");
/** Weight whose frame has 02h for a checksum. */
const sumIsStx = summed(framed("0 ", "999995000000"));

describeProtocol(toledoContinuous, [
  {
    name: "one frame with its checksum",
    bytes: hex("022d30203030313233343030303030300d2a"),
    expected: [gross(1234)],
  },
  { name: "one frame without checksum", bytes: plain, expected: [gross(1234)] },
  {
    name: "two frames in a chunk",
    bytes: plain + framed("8 ", "001235000000"),
    expected: [gross(1234), gross(1235, false)],
  },
  {
    name: "two frames with checksums",
    bytes: summed(plain) + summed(plain),
    expected: [gross(1234), gross(1234)],
  },
  { name: "one frame in two chunks", bytes: ["\x02-0 0012", "34000000\r*"], expected: [gross(1234)] },
  { name: "a frame without its CR", bytes: plain.slice(0, -1), expected: [gross(1234)] },
  {
    name: "a net weight with its tare",
    bytes: framed("1 ", "000500000200"),
    expected: [{ weight_g: 500, stable: true, mode: "net", tare_g: 200 }],
  },
  { name: "a negative weight", bytes: framed("2 ", "000125000000"), expected: [gross(-125)] },
  { name: "minus zero as zero", bytes: framed("2 ", "000000000000"), expected: [gross(0)] },
  { name: "digits after blanks", bytes: framed("0 ", "   500     0"), expected: [gross(500)] },
  { name: "pounds", bytes: "\x02, \x20000500000000\r", expected: [{ ...gross(2267.9619), unit: "lb" }] },
  { name: "grams", bytes: "\x02+ !012345000000\r", expected: [gross(1234.5)] },
  { name: "tonnes", bytes: "\x02-0\x22001234000000\r", expected: [gross(1_234_000)] },
  { name: "ounces", bytes: "\x02, #000800000000\r", expected: [{ ...gross(226.7962), unit: "oz" }] },
  { name: "two zeros to add", bytes: "\x02(0 000012000000\r", expected: [gross(1_200_000)] },
  { name: "one zero to add", bytes: "\x02)0 000012000000\r", expected: [gross(120_000)] },
  { name: "no point", bytes: "\x02*0 000012000000\r", expected: [gross(12_000)] },
  { name: "one figure after the point", bytes: "\x02+0 000012000000\r", expected: [gross(1200)] },
  { name: "two figures", bytes: "\x02,0 000012000000\r", expected: [gross(120)] },
  { name: "four figures", bytes: "\x02.0 000012000000\r", expected: [gross(1.2)] },
  { name: "five figures", bytes: "\x02/0 000012000000\r", expected: [gross(0.12)] },
  { name: "a display in tenths of its step", bytes: "\x02.00012345000000\r", expected: [gross(1234.5)] },
  { name: "a print request", bytes: "\x02-0(001234000000\r", expected: [gross(1234)] },
  {
    name: "a pressed tare key (TI400)",
    bytes: summed(framed("0`", "001234000000")),
    expected: [gross(1234)],
  },
  { name: "the short form", bytes: "\x02-0 001234\r", expected: [gross(1234)] },
  { name: "the short form with its checksum", bytes: summed("\x02-0 001234\r"), expected: [gross(1234)] },
  {
    name: "the short form of a net weight",
    bytes: "\x02-1 000500\r",
    expected: [{ ...gross(500), mode: "net" }],
  },
  { name: "two short forms", bytes: "\x02-0 001234\r\x02-0 001235\r", expected: [gross(1234), gross(1235)] },
  { name: "Cardinal's > between the fields", bytes: framed("0 ", "001234>000000"), expected: [gross(1234)] },
  {
    name: "Cardinal's > and a checksum",
    bytes: summed(framed("0 ", "001234>000000")),
    expected: [gross(1234)],
  },
  {
    name: "one blank too many (IND570)",
    bytes: hex("022c212020202030303020202031373333"),
    expected: [{ weight_g: 0, stable: true, mode: "net", tare_g: 7860.7558, unit: "lb" }],
  },
  {
    name: "one blank too many before a CR, where it may be a digit too many",
    bytes: framed("0 ", "    000     0"),
    expected: [{ error: "unparseable", discarded: 18 }],
  },
  {
    name: "one digit too many as no frame",
    bytes: framed("0 ", "0012340000000"),
    expected: [{ error: "unparseable", discarded: 18 }],
  },
  {
    name: "overload",
    bytes: summed(framed("4 ", "999999000000")),
    expected: [{ error: "overload", sign: "+" }],
  },
  { name: "underload", bytes: framed("6 ", "000020000000"), expected: [{ error: "underload", sign: "-" }] },
  {
    name: "dashes of an overload",
    bytes: framed("4 ", "------000000"),
    expected: [{ error: "overload", sign: "+" }],
  },
  {
    name: "a weight before zero was captured",
    bytes: framed("p ", "001234000000"),
    expected: [{ error: "device_error", code: "zero not captured" }],
  },
  {
    name: "an unknown unit",
    bytes: framed("0&", "001234000000"),
    expected: [{ error: "unparseable", unit: "ton" }],
  },
  {
    name: "a custom unit",
    bytes: framed("0'", "001234000000"),
    expected: [{ error: "unparseable", unit: "custom" }],
  },
  { name: "asterisks for digits", bytes: framed("0 ", "     *     0"), expected: [{ error: "unparseable" }] },
  {
    name: "a blank among the digits",
    bytes: framed("0 ", "00 234000000"),
    expected: [{ error: "unparseable" }],
  },
  {
    name: "a checksum that is off by one",
    bytes: `${plain}+`,
    expected: [{ error: "checksum", discarded: 18 }],
  },
  {
    name: "a digit that the checksum does not fit",
    bytes: summed(plain).replace("1234", "1235"),
    expected: [{ error: "checksum", discarded: 18 }],
  },
  {
    name: "a checksum that looks like STX",
    bytes: sumIsStx + sumIsStx,
    expected: [gross(999_995), gross(999_995)],
  },
  {
    name: "a digit that a checksum like STX does not fit",
    bytes: sumIsStx.replace("999995", "999994") + sumIsStx,
    expected: [{ error: "checksum", discarded: 18 }, gross(999_995)],
  },
  {
    name: "the same at the end",
    bytes: sumIsStx.replace("999995", "999994"),
    expected: [{ error: "checksum", discarded: 18 }],
  },
  {
    name: "a step that there is not",
    bytes: "\x02%0 001234000000\r",
    expected: [{ error: "unparseable", discarded: 17 }],
  },
  {
    name: "a status word without its bit 5",
    bytes: "\x02\r0 001234000000\r",
    expected: [{ error: "unparseable", discarded: 17 }],
  },
  { name: "a cut head", bytes: "1234000000\r", expected: [{ error: "unparseable", discarded: 11 }] },
  { name: "a short cut head", bytes: "000000\r", expected: [{ error: "partial_frame", discarded: 7 }] },
  { name: "a cut tail", bytes: "\x02-0 001234000", expected: [{ error: "partial_frame", discarded: 13 }] },
  {
    name: "a tail cut where the short form would end",
    bytes: "\x02-0 001234",
    expected: [{ error: "partial_frame", discarded: 10 }],
  },
  {
    name: "a frame that lost its tail, and the next",
    bytes: `\x02-0 001234000${plain}`,
    expected: [{ error: "unparseable", discarded: 13 }, gross(1234)],
  },
  {
    name: "garbage, then a frame",
    bytes: `${"?".repeat(20)}${plain}`,
    expected: [{ error: "unparseable", discarded: 20 }, gross(1234)],
  },
  {
    name: "an over-long frame, then a frame",
    bytes: `\x02-0 ${"7".repeat(60)}\r${plain}`,
    expected: [{ error: "unparseable", discarded: 65 }, gross(1234)],
  },
]);

it("has 02h for the checksum of the rows that say so", () => {
  expect(sumIsStx.at(-1)).toBe("\x02");
});

it("takes a frame when it has seen whether a checksum follows", () => {
  const decoder = decoderOf(toledoContinuous, "mid_stream");
  expect(decoder.push(Buffer.from(plain))).toEqual([]);
  expect(decoder.push(Buffer.from("\x02-"))).toMatchObject([{ reading: gross(1234) }]);
});
