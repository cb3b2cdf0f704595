import { expect, it } from "vitest";
import { decoderOf } from "./decoder.ts";
import { plain } from "./plain.ts";
import { FRAME_BYTES_MAX, type ParseSettings } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";

const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

function checkOf(guarded: string): string {
  const check = Buffer.from(guarded).reduce((sum, byte) => sum ^ byte, 0);
  return check.toString(16).toUpperCase().padStart(2, "0");
}

describeProtocol(plain, [
  {
    name: "a bare number as kilograms",
    bytes: "3015\r\n",
    expected: [{ weight_g: 3_015_000, stable: null }],
  },
  {
    name: "two numbers in a chunk",
    bytes: "12.34\r\n-0.05\r\n",
    expected: [
      { weight_g: 12_340, stable: null },
      { weight_g: -50, stable: null },
    ],
  },
  {
    name: "one number in two chunks",
    bytes: ["12.", "34\r\n"],
    expected: [{ weight_g: 12_340, stable: null }],
  },
  { name: "a decimal comma", bytes: "0,250", expected: [{ weight_g: 250, stable: null }] },
  {
    name: "a minus apart from its digits",
    bytes: "- 0.500\r\n",
    expected: [{ weight_g: -500, stable: null }],
  },
  { name: "a label and grams", bytes: "Reading: 12.3 g\r\n", expected: [{ weight_g: 12.3, stable: null }] },
  {
    name: "a label and kilograms",
    bytes: "Reading: 1.234 kg\r\n",
    expected: [{ weight_g: 1234, stable: null }],
  },
  {
    name: "a label and pounds",
    bytes: "Reading: 5.0 lbs\r\n",
    expected: [{ weight_g: 2267.9619, stable: null, unit: "lb" }],
  },
  { name: "grams in words", bytes: " 12.34 grams\r\n", expected: [{ weight_g: 12.34, stable: null }] },
  {
    name: "a label in Indonesian",
    bytes: "Berat = 1,5 kg\r\n",
    expected: [{ weight_g: 1500, stable: null }],
  },
  {
    name: "a label with its unit",
    bytes: "Weight (g): 12.34\r\nWeight(kg): 1.5\r\nBerat (gram) = 250\r\n",
    expected: [
      { weight_g: 12.34, stable: null },
      { weight_g: 1500, stable: null },
      { weight_g: 250, stable: null },
    ],
  },
  {
    name: "a label that says it is no weight, and two units",
    bytes: "Weight (raw): 12345\r\nWeight (g): 1.5 kg\r\n",
    expected: [unparseable, unparseable],
  },
  {
    name: "labels in other languages",
    bytes: "Peso: 12.34 g\r\nMassa: 1.5 kg\r\n",
    expected: [
      { weight_g: 12.34, stable: null },
      { weight_g: 1500, stable: null },
    ],
  },
  {
    name: "the average of the line that bogde's example prints",
    bytes: "one reading:\t12.3\t| average:\t12.41234\r\none reading:\t-0.1\r\n",
    expected: [
      { weight_g: 12_412.34, stable: null },
      { weight_g: -100, stable: null },
    ],
  },
  {
    name: "the same line that lost its average",
    bytes: "one reading:\t12.3\t| average:\t\r\none reading:\t12.3\t| aver\r\n",
    expected: [unparseable, unparseable],
  },
  {
    name: "the label of a library's example",
    bytes: "Load_cell output val: 12.3\r\n",
    expected: [{ weight_g: 12_300, stable: null }],
  },
  {
    name: "the recommended line",
    bytes: "W,12345.6,8388607,S*3B\r\n",
    expected: [{ weight_g: 12_345.6, stable: true }],
  },
  {
    name: "the recommended line of a weight that is not stable",
    bytes: `W,-0.3,-120,U*${checkOf("W,-0.3,-120,U")}\r\n`,
    expected: [{ weight_g: -0.3, stable: false }],
  },
  { name: "a wrong check", bytes: "W,12345.6,8388607,S*00\r\n", expected: [{ error: "checksum" }] },
  { name: "a recommended line that lost its check", bytes: "W,12345.6,8388607,S\r\n", expected: [partial] },
  { name: "a recommended line that ends in its weight", bytes: "W,123\r\n", expected: [partial] },
  { name: "a recommended line that lost its beginning", bytes: "45.6,8388607,S*44\r\n", expected: [partial] },
  {
    name: "banners as faults",
    bytes: "HX711 scale demo\r\nReadings:\r\n",
    expected: [unparseable, unparseable],
  },
  { name: "a raw count with its label", bytes: "HX711 reading: 8421\r\n", expected: [unparseable] },
  { name: "a calibration factor", bytes: "Calibration factor: 420.5\r\n", expected: [unparseable] },
  {
    name: "a number with anything after it",
    bytes: "Reading: 0.0 lbs calibration_factor: -7050\r\n",
    expected: [unparseable],
  },
  { name: "two numbers on a line", bytes: "12.3 12.4\r\n", expected: [unparseable] },
  { name: "an exponent", bytes: "1e3\r\n", expected: [unparseable] },
  { name: "no number", bytes: "nan\r\n", expected: [unparseable] },
  {
    name: "an unknown unit",
    bytes: "Reading: 12 pcs\r\n",
    expected: [{ error: "unparseable", unit: "pcs" }],
  },
  {
    name: "an unknown unit that is long",
    bytes: "12 kilograms\r\n",
    expected: [{ error: "unparseable", unit: "kilogram" }],
  },
  { name: "a raw count beyond any scale", bytes: "8388607\r\n", expected: [{ error: "out_of_range" }] },
  {
    name: "garbage, then a number",
    bytes: "\x00\xff\r\n12.34\r\n",
    expected: [unparseable, { weight_g: 12_340, stable: null }],
  },
  {
    name: "an endless line, then a number",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 2)}\r\n12.34`,
    expected: [{ error: "frame_too_long" }, { weight_g: 12_340, stable: null }],
  },
]);

it("takes the unit and the figures after the point from its settings, for numbers that lack them", () => {
  const parse = (line: string, settings: ParseSettings) => plain.parse(Buffer.from(line), settings);
  expect(parse("3015", { unit: "g" })).toMatchObject({ reading: { weight_g: 3015 } });
  expect(parse("3015", { decimals: 2 })).toMatchObject({ reading: { weight_g: 30_150 } });
  expect(parse("30.15", { decimals: 3 })).toMatchObject({ reading: { weight_g: 30_150 } });
  expect(parse("30.15 kg", { unit: "g" })).toMatchObject({ reading: { weight_g: 30_150 } });
  expect(parse("16", { unit: "oz" })).toEqual({
    ok: true,
    reading: { weight_g: 453.5924, stable: null, unit: "oz" },
  });
});

it("drops the first line of an opened port, because the tail of a number is a number", () => {
  const decoder = decoderOf(plain, "mid_stream");
  expect(decoder.push(Buffer.from("5.0\r\n3015.0\r\n"))).toMatchObject([
    { reading: { weight_g: 3_015_000 } },
  ]);
});

it("refuses every byte but one at each place of a recommended line", () => {
  const guarded = "W,12345.6,8388607,S";
  const line = Buffer.from(`${guarded}*${checkOf(guarded)}`);
  const taken = [...line].flatMap((byte, at) =>
    Array.from({ length: 256 }, (_, other) => line.with(at, other)).filter(
      (changed) => changed[at] !== byte && plain.parse(changed).ok,
    ),
  );
  expect(taken).toEqual([]);
});
