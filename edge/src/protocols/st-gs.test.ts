import { expect, it } from "vitest";
import { decoderOf } from "./decoder.ts";
import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";
import { stGs } from "./st-gs.ts";

const stable = (weight_g: number, mode = "gross") => ({ weight_g, stable: true, mode });
const moving = (weight_g: number, mode = "gross") => ({ weight_g, stable: false, mode });
const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(stGs, [
  { name: "one frame", bytes: "ST,GS,+003015.0kg\r\n", expected: [stable(3_015_000)] },
  {
    name: "two frames in a chunk",
    bytes: "ST,GS,+003015.0kg\r\nUS,GS,+003012.5kg\r\n",
    expected: [stable(3_015_000), moving(3_012_500)],
  },
  { name: "one frame in two chunks", bytes: ["ST,GS,   1.2", "34 kg\r\n"], expected: [stable(1234)] },
  {
    name: "CR and LF in two chunks as one line end",
    bytes: ["ST,GS,+1kg\r", "\nST,GS,+2kg\r\n"],
    expected: [stable(1000), stable(2000)],
  },
  {
    name: "lines that end in CR alone",
    bytes: "ST,GS,+1kg\rST,GS,+2kg\r",
    expected: [stable(1000), stable(2000)],
  },
  { name: "lines that end in LF alone", bytes: "US,NT,-113.0254kg\n", expected: [moving(-113_025.4, "net")] },
  { name: "a frame that ends with the input", bytes: "US,GS,+003012.5kg", expected: [moving(3_012_500)] },
  { name: "a minus apart from its digits", bytes: "US,NT,- 0.500kg", expected: [moving(-500, "net")] },
  { name: "a plus apart from its digits", bytes: "ST,GS,+  25340kg\r\n", expected: [stable(25_340_000)] },
  { name: "no sign at all", bytes: "ST,GS,   0.250kg\r\n", expected: [stable(250)] },
  { name: "a decimal comma", bytes: "ST,GS,+0,245kg\r\n", expected: [stable(245)] },
  { name: "a comma before the unit (Dini DGT4)", bytes: "ST,GS,   1.234,kg\r\n", expected: [stable(1234)] },
  {
    name: "a decimal comma and a comma before the unit",
    bytes: "ST,GS,   1,234,kg\r\n",
    expected: [stable(1234)],
  },
  { name: "no comma before the sign (Selleton)", bytes: "ST, GS+ 5.12KG", expected: [stable(5120)] },
  { name: "blanks between all fields", bytes: "ST, GS, +   2380 kg", expected: [stable(2_380_000)] },
  { name: "zero", bytes: "ST,GS,+0000000kg", expected: [stable(0)] },
  { name: "minus zero as zero", bytes: "ST,GS,-0000.00kg", expected: [stable(0)] },
  { name: "grams", bytes: "ST,GS,+3015000g", expected: [stable(3_015_000)] },
  {
    name: "tenths of a gram without a rounding error",
    bytes: "ST,GS,+0.0003kg\r\n",
    expected: [stable(0.3)],
  },
  { name: "hundredths of a gram", bytes: "ST,GS,+00007.12  g\r\n", expected: [stable(7.12)] },
  {
    name: "kilograms that floating point would spoil",
    bytes: "ST,GS,+  1.005kg\r\n",
    expected: [stable(1005)],
  },
  { name: "tonnes", bytes: "ST,GS,+ 12.345 t\r\n", expected: [stable(12_345_000)] },
  { name: "pounds", bytes: "ST,GS,+  5.00 lb\r\n", expected: [{ ...stable(2267.9619), unit: "lb" }] },
  { name: "ounces", bytes: "ST,GS,+  8.00 OZ\r\n", expected: [{ ...stable(226.7962), unit: "oz" }] },
  { name: "a unit in four columns (KERN)", bytes: "ST,GS,+  0.500 kg \r\n", expected: [stable(500)] },
  {
    name: "the number of an indicator on a shared line (Dini)",
    bytes: "01ST,GS,   1.234,kg\r\n[02]US,NT,  -1.234,kg\r\n",
    expected: [
      { ...stable(1234), device_id: 1 },
      { ...moving(-1234, "net"), device_id: 2 },
    ],
  },
  {
    name: "modes of one letter (A&D AD-4329A)",
    bytes: "ST,G,+ 0001.23 kg\r\nUS,N,- 0001.23 kg\r\n",
    expected: [stable(1230), moving(-1230, "net")],
  },
  {
    name: "a preset tare, which is no weight",
    bytes: "ST,PT,+ 0001.23 kg\r\n",
    expected: [{ tare_g: 1230, stable: true, mode: "tare" }],
  },
  {
    name: "blanks in place of the comma before the data (T-Scale NHB)",
    bytes: "ST,GS    20.7g  \r\n",
    expected: [stable(20.7)],
  },
  {
    name: "an unknown unit",
    bytes: "ST,GS,+  1.000pcs\r\n",
    expected: [{ error: "unparseable", unit: "pcs" }],
  },
  {
    name: "an unknown unit that is long, in part",
    bytes: "ST,GS,+  1.000 kilograms\r\n",
    expected: [{ error: "unparseable", unit: "kilogram" }],
  },
  {
    name: "milligrams as an unknown unit",
    bytes: "ST,GS,+  1.000mg\r\n",
    expected: [{ error: "unparseable", unit: "mg" }],
  },
  {
    name: "a scale that stands tilted (Dini)",
    bytes: "01TL,GS,   1.234,kg\r\n",
    expected: [{ error: "device_error", code: "TL" }],
  },
  {
    name: "overload behind the number of an indicator",
    bytes: "01OL,GS,        ,kg\r\n",
    expected: [{ error: "overload" }],
  },
  { name: "overload without a comma", bytes: "OL,GS         g\r\n", expected: [{ error: "overload" }] },
  {
    name: "microvolts and converter points, which are no weights (Dini)",
    bytes: "ST,VL,    1234,mv\r\nST,RZ,    1234,kg\r\n",
    expected: [unparseable, unparseable],
  },
  { name: "a number of one figure", bytes: "1ST,GS,   1.234,kg\r\n", expected: [unparseable] },
  { name: "a line between STX and ETX", bytes: "\x02ST,GS,+  0.50 kg\x03\r", expected: [stable(500)] },
  {
    name: "a tare, which is no weight",
    bytes: "ST,TR,+  0.200kg\r\n",
    expected: [{ tare_g: 200, stable: true, mode: "tare" }],
  },
  { name: "overload", bytes: "OL,GS,+999999kg", expected: [{ error: "overload", sign: "+" }] },
  { name: "overload in dashes", bytes: "OL,GS,+------ lb\r\n", expected: [{ error: "overload", sign: "+" }] },
  {
    name: "overload in dashes without a sign",
    bytes: "OL,GS,-------kg\r\n",
    expected: [{ error: "overload" }],
  },
  {
    name: "overload without a mode",
    bytes: "OL\r\nOL    kg\r\n",
    expected: [{ error: "overload" }, { error: "overload" }],
  },
  {
    name: "an error of the device",
    bytes: "ER,GS,+0000000kg\r\n",
    expected: [{ error: "device_error", code: "ER" }],
  },
  {
    name: "overload in blanks without a sign",
    bytes: "OL,NT,             \r\n",
    expected: [{ error: "overload" }],
  },
  {
    name: "overload below zero",
    bytes: "OL,GS,-            \r\n",
    expected: [{ error: "underload", sign: "-" }],
  },
  { name: "underload", bytes: "UL,GS,-   0.100kg\r\n", expected: [{ error: "underload", sign: "-" }] },
  { name: "a head without data", bytes: "ST,GS,", expected: [unparseable] },
  { name: "letters for digits", bytes: "ST,GS,abckg", expected: [unparseable] },
  { name: "a line that lost its beginning", bytes: ",+  25340kg\r\n", expected: [partial] },
  { name: "a line that lost one letter more", bytes: "+  25340kg\r\n", expected: [partial] },
  { name: "a line that lost all but its digits", bytes: "340kg\r\n", expected: [partial] },
  { name: "a line that begins with its second letter", bytes: "T,GS,+  25340kg\r\n", expected: [partial] },
  { name: "a line that begins in its mode", bytes: "S,+      0kg\r\n", expected: [partial] },
  { name: "a line that lost its unit", bytes: "ST,GS,+00301\r\n", expected: [partial] },
  { name: "a line that lost half its unit", bytes: "ST,GS,+003015.0k\r\n", expected: [partial] },
  { name: "a line that ends at its sign", bytes: "ST,GS,+\r\n", expected: [partial] },
  {
    name: "two lines run together",
    bytes: "ST,GS,+003015.0kgST,GS,+003012.5kg\r\n",
    expected: [unparseable],
  },
  { name: "a blank among the digits", bytes: "ST,GS,+00 301kg\r\n", expected: [unparseable] },
  {
    name: "more than any scale can show",
    bytes: "ST,GS,+9999999kg\r\n",
    expected: [{ error: "out_of_range" }],
  },
  {
    name: "garbage, then a frame",
    bytes: "\xff\x00?\r\nST,GS,+1.000kg\r\n",
    expected: [unparseable, stable(1000)],
  },
  { name: "empty lines as nothing", bytes: "\r\n\r\n\n", expected: [] },
  {
    name: "a line without end as one fault, and the next line well",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 3)}\r\nST,GS,+1.000kg\r\n`,
    expected: [{ error: "frame_too_long" }, stable(1000)],
  },
]);

it("drops what precedes the first line end of an opened port, though it looks whole", () => {
  const decoder = decoderOf(stGs, "mid_stream");
  const decoded = decoder.push(Buffer.from("ST,GS,+5.0kg\r\nST,GS,+3015.0kg\r\n"));
  expect(decoded).toMatchObject([{ reading: { weight_g: 3_015_000 } }]);
  expect(decoder.discardedBytes).toBe("ST,GS,+5.0kg".length);
});

it("takes the first line of an opened port that follows a line end", () => {
  const decoder = decoderOf(stGs, "mid_stream");
  expect(decoder.push(Buffer.from("\nST,GS,+3015.0kg\r\n"))).toMatchObject([
    { reading: { weight_g: 3_015_000 } },
  ]);
});

it("accepts a line of the longest length and no longer one", () => {
  const line = `ST,GS,${"+1.000kg".padStart(FRAME_BYTES_MAX - 6)}`;
  expect(decoderOf(stGs, "at_frame").push(Buffer.from(`${line}\n`))).toMatchObject([
    { reading: { weight_g: 1000 } },
  ]);
  expect(decoderOf(stGs, "at_frame").push(Buffer.from(`${line} \n`))).toEqual([
    { fault: { error: "frame_too_long" } },
  ]);
  expect(stGs.parse(Buffer.from(`${line} `))).toEqual({ ok: false, fault: { error: "frame_too_long" } });
});
