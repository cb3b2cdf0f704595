import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";
import { ti400P08 } from "./ti400-p08.ts";

const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(ti400P08, [
  { name: "one frame", bytes: "S  09.076 kg\r\n", expected: [{ weight_g: 9076, stable: true }] },
  {
    name: "one more blank before the digits",
    bytes: "S   09.076 kg\r\n",
    expected: [{ weight_g: 9076, stable: true }],
  },
  {
    name: "two frames in a chunk",
    bytes: "S  09.076 kg\r\nS -00.500 kg\r\n",
    expected: [
      { weight_g: 9076, stable: true },
      { weight_g: -500, stable: true },
    ],
  },
  {
    name: "one frame in two chunks",
    bytes: ["S  09", ".076 kg\r\n"],
    expected: [{ weight_g: 9076, stable: true }],
  },
  { name: "a decimal comma", bytes: "S  09,076 kg", expected: [{ weight_g: 9076, stable: true }] },
  {
    name: "pounds",
    bytes: "S  0005.00 lb\r\n",
    expected: [{ weight_g: 2267.9619, stable: true, unit: "lb" }],
  },
  { name: "motion", bytes: "S I\r\n", expected: [{ error: "motion" }] },
  { name: "overload", bytes: "S I +\r\n", expected: [{ error: "overload", sign: "+" }] },
  { name: "underload", bytes: "S I -\r\n", expected: [{ error: "underload", sign: "-" }] },
  { name: "an unknown unit", bytes: "S  09.076 st\r\n", expected: [{ error: "unparseable", unit: "st" }] },
  { name: "digits that reach to the letter", bytes: "S109.076 kg\r\n", expected: [unparseable] },
  { name: "figures too few", bytes: "S  0.076 kg\r\n", expected: [unparseable] },
  { name: "a line that lost its letter", bytes: "  09.076 kg\r\n", expected: [partial] },
  { name: "a line that lost all but its digits", bytes: "76 kg\r\n", expected: [partial] },
  { name: "a negative line that lost its letter", bytes: " -09.076 kg\r\n", expected: [partial] },
  { name: "a line that lost its unit", bytes: "S  09.076\r\n", expected: [partial] },
  { name: "a line that lost half its unit", bytes: "S  09.076 k\r\n", expected: [partial] },
  { name: "more than any scale can show", bytes: "S  9999999 kg\r\n", expected: [{ error: "out_of_range" }] },
  {
    name: "garbage, then a frame",
    bytes: "\x00\xff\r\nS  09.076 kg\r\n",
    expected: [unparseable, { weight_g: 9076, stable: true }],
  },
  {
    name: "an endless line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 2)}\r\nS  09.076 kg`,
    expected: [{ error: "frame_too_long" }, { weight_g: 9076, stable: true }],
  },
]);
