import { expect, it } from "vitest";
import { decoderOf } from "./decoder.ts";
import { describeProtocol } from "./protocol-suite.ts";
import { tfminiPix } from "./tfmini-pix.ts";

const at1210 = { distance_mm: 1210, in_range: true };
const noTarget = { error: "no_target" };
const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(
  tfminiPix,
  [
    { name: "one frame (TFmini manual)", bytes: "1.21\r\n", expected: [at1210] },
    { name: "a frame that ends with the input", bytes: "1.21", expected: [at1210] },
    {
      name: "two frames in a chunk",
      bytes: "1.21\r\n11.05\r\n",
      expected: [at1210, { distance_mm: 11_050, in_range: true }],
    },
    { name: "one frame in two chunks", bytes: ["1.", "21\r\n"], expected: [at1210] },
    {
      name: "0.57 m without an error of rounding",
      bytes: "0.57\r\n",
      expected: [{ distance_mm: 570, in_range: true }],
    },
    {
      name: "nearer than it can measure",
      bytes: "0.05\r\n",
      expected: [{ distance_mm: 50, in_range: false }],
    },
    {
      name: "farther than it can measure",
      bytes: "12.01\r\n",
      expected: [{ distance_mm: 12_010, in_range: false }],
    },
    { name: "-1", bytes: "-1\r\n-1.00\r\n", expected: [noTarget, noTarget] },
    { name: "0.00, which nothing is away", bytes: "0.00\r\n", expected: [noTarget] },
    { name: "another negative number", bytes: "-1.21\r\n", expected: [unparseable] },
    { name: "a decimal comma, which it never sends", bytes: "1,21\r\n", expected: [unparseable] },
    { name: "three decimals", bytes: "1.210\r\n", expected: [unparseable] },
    { name: "a letter", bytes: "1.2x\r\n", expected: [unparseable] },
    {
      name: "heads of a frame",
      bytes: "1\r\n1.\r\n1.2\r\n-",
      expected: [partial, partial, partial, partial],
    },
    { name: "a tail of a frame, then a frame", bytes: ".21\r\n1.21\r\n", expected: [partial, at1210] },
    { name: "garbage, then a frame", bytes: "\x00YY\xff\r\n1.21\r\n", expected: [unparseable, at1210] },
    {
      name: "an overlong line as one fault, then a frame",
      bytes: `${"1".repeat(100)}\r\n1.21\r\n`,
      expected: [{ error: "frame_too_long" }, at1210],
    },
  ],
  { isRecorded: false },
);

it("drops the first line from the middle of a stream, whose first digit may be missing", () => {
  const decoder = decoderOf(tfminiPix, "mid_stream");
  expect(decoder.push(Buffer.from("1.05\r\n11.05\r\n"))).toMatchObject([
    { reading: { distance_mm: 11_050 } },
  ]);
});
