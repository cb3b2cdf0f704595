import { baxtranUf } from "./baxtran-uf.ts";
import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";

const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(baxtranUf, [
  { name: "one frame", bytes: "S  +001.234 kg\r\n", expected: [{ weight_g: 1234, stable: true }] },
  {
    name: "two frames in a chunk",
    bytes: "S  +001.234 kg\r\nU  -000.500 kg\r\n",
    expected: [
      { weight_g: 1234, stable: true },
      { weight_g: -500, stable: false },
    ],
  },
  {
    name: "one frame in two chunks",
    bytes: ["S  +001.", "234 kg\r\n"],
    expected: [{ weight_g: 1234, stable: true }],
  },
  {
    name: "a minus apart from its digits and a decimal comma",
    bytes: "D  -  1,234 kg",
    expected: [{ weight_g: -1234, stable: false }],
  },
  {
    name: "pounds",
    bytes: "S  +0005.00 lb\r\n",
    expected: [{ weight_g: 2267.9619, stable: true, unit: "lb" }],
  },
  { name: "overload", bytes: "OL    kg\r\n", expected: [{ error: "overload" }] },
  { name: "an unknown unit", bytes: "S  +001.234 st\r\n", expected: [{ error: "unparseable", unit: "st" }] },
  { name: "a state that is none", bytes: "X  +001.234 kg\r\n", expected: [unparseable] },
  { name: "a weight without a sign, which is a TI400's", bytes: "S  09.076 kg\r\n", expected: [unparseable] },
  { name: "a line that lost its state", bytes: "  +001.234 kg\r\n", expected: [partial] },
  { name: "a line that lost all but its digits", bytes: "34 kg\r\n", expected: [partial] },
  { name: "a line that lost its unit", bytes: "S  +001.23\r\n", expected: [partial] },
  { name: "a line that ends at its state", bytes: "S\r\n", expected: [partial] },
  { name: "a line that lost a figure", bytes: "S  +00.234 kg\r\n", expected: [partial] },
  {
    name: "blanks before the unit",
    bytes: "S  +001.234    kg    \r\n",
    expected: [{ weight_g: 1234, stable: true }],
  },
  { name: "a negative line that lost its state", bytes: " -001.234    kg\r\n", expected: [partial] },
  { name: "a negative line that lost its unit", bytes: "S  -001.234\r\n", expected: [partial] },
  {
    name: "more than any scale can show",
    bytes: "S  +9999999 kg\r\n",
    expected: [{ error: "out_of_range" }],
  },
  {
    name: "garbage, then a frame",
    bytes: "\x00\xff\r\nS  +001.234 kg\r\n",
    expected: [unparseable, { weight_g: 1234, stable: true }],
  },
  {
    name: "an endless line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 2)}\r\nS  +001.234 kg`,
    expected: [{ error: "frame_too_long" }, { weight_g: 1234, stable: true }],
  },
]);
