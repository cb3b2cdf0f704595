import { adamCpw } from "./adam-cpw.ts";
import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";

const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(adamCpw, [
  {
    name: "a gross weight",
    bytes: "G/W  + 5.00 lb\r\n",
    expected: [{ weight_g: 2267.9619, stable: null, mode: "gross", unit: "lb" }],
  },
  {
    name: "two frames in a chunk",
    bytes: "G/W  + 5.00 kg\r\nN/W  - 0.50 kg\r\n",
    expected: [
      { weight_g: 5000, stable: null, mode: "gross" },
      { weight_g: -500, stable: null, mode: "net" },
    ],
  },
  {
    name: "one frame in two chunks",
    bytes: ["G/W  + 5", ".00 kg\r\n"],
    expected: [{ weight_g: 5000, stable: null, mode: "gross" }],
  },
  {
    name: "a label of one letter (CPWplus manual p. 14)",
    bytes: "G + 2.00 kg\r\nN + 1.00 kg\r\n",
    expected: [
      { weight_g: 2000, stable: null, mode: "gross" },
      { weight_g: 1000, stable: null, mode: "net" },
    ],
  },
  {
    name: "a tare, which is no weight",
    bytes: "T/W  + 0.20 kg\r\n",
    expected: [{ tare_g: 200, stable: null, mode: "tare" }],
  },
  {
    name: "a later revision, without a label",
    bytes: "+  5.00  lb\r\n",
    expected: [{ weight_g: 2267.9619, stable: null, unit: "lb" }],
  },
  {
    name: "a minus apart from its digits and a decimal comma",
    bytes: "-  5,00  kg\r\n",
    expected: [{ weight_g: -5000, stable: null }],
  },
  { name: "the answer of an AZextra", bytes: "1.234kg\r\n", expected: [{ weight_g: 1234, stable: null }] },
  {
    name: "the answer of an AZextra with blanks before it",
    bytes: "   1.234kg\r",
    expected: [{ weight_g: 1234, stable: null }],
  },
  { name: "an unknown unit", bytes: "G/W  + 5.00 st\r\n", expected: [{ error: "unparseable", unit: "st" }] },
  { name: "a unit that lost its first letter", bytes: "G/W  + 5.00  g\r\n", expected: [unparseable] },
  { name: "a line that lost its label and sign", bytes: " 5.00 lb\r\n", expected: [partial] },
  { name: "the tail of an AZextra's answer", bytes: "234kg\r\n", expected: [partial] },
  { name: "the tail of an AZextra's answer with its point", bytes: ".234kg\r\n", expected: [partial] },
  { name: "a line that lost its unit", bytes: "G/W  + 5.00\r\n", expected: [partial] },
  { name: "a line that lost half its unit", bytes: "G/W  + 5.00 k\r\n", expected: [partial] },
  { name: "a line that lost its point", bytes: "G/W  + 500 kg\r\n", expected: [unparseable] },
  {
    name: "the answer of an AZextra in capitals",
    bytes: "1.234KG\r\n",
    expected: [{ weight_g: 1234, stable: null }],
  },
  {
    name: "a unit in capitals on a CPWplus",
    bytes: "+  5.00  KG\r\n",
    expected: [{ error: "unparseable", unit: "KG" }],
  },
  {
    name: "blanks around a line",
    bytes: " G/W    +    5.00 kg    \r\n",
    expected: [{ weight_g: 5000, stable: null, mode: "gross" }],
  },
  { name: "a negative line that lost its unit", bytes: "-  5.00\r\n", expected: [partial] },
  { name: "letters for digits", bytes: "G/W  + abc kg\r\n", expected: [unparseable] },
  {
    name: "more than any scale can show",
    bytes: "G/W  + 999999.0 kg\r\n",
    expected: [{ error: "out_of_range" }],
  },
  {
    name: "garbage, then a frame",
    bytes: "\x00\xff\r\n+  5.00  kg\r\n",
    expected: [unparseable, { weight_g: 5000, stable: null }],
  },
  {
    name: "an endless line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 2)}\r\n+  5.00  kg`,
    expected: [{ error: "frame_too_long" }, { weight_g: 5000, stable: null }],
  },
]);
