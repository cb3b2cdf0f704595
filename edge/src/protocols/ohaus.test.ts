import { ohaus } from "./ohaus.ts";
import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";

const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(ohaus, [
  { name: "one frame", bytes: "     192.21 g\r\n", expected: [{ weight_g: 192.21, stable: true }] },
  {
    name: "two frames in a chunk",
    bytes: "     192.21 g\r\n       0.01 g ?\r\n",
    expected: [
      { weight_g: 192.21, stable: true },
      { weight_g: 0.01, stable: false },
    ],
  },
  {
    name: "one frame in two chunks",
    bytes: ["       0.2", "11 kg ?\r\n"],
    expected: [{ weight_g: 211, stable: false }],
  },
  {
    name: "a frame that ends with the input",
    bytes: "       0.211 kg",
    expected: [{ weight_g: 211, stable: true }],
  },
  {
    name: "a time after the weight",
    bytes: "    192.08 g   00:00:30\r\n",
    expected: [{ weight_g: 192.08, stable: true }],
  },
  {
    name: "a time after a weight that is not stable",
    bytes: "    176.30 g ? 00:00:15\r\n",
    expected: [{ weight_g: 176.3, stable: false }],
  },
  {
    name: "a question mark far from the unit",
    bytes: "    0.5950 oz   ?\r\n",
    expected: [{ weight_g: 16.868, stable: false, unit: "oz" }],
  },
  {
    name: "the net weight of a Defender 3000",
    bytes: "-   1.640 kg    NET\r\n",
    expected: [{ weight_g: -1640, stable: true, mode: "net" }],
  },
  {
    name: "the net weight of a Defender 3000, recorded",
    bytes: "-  1.640 kg    N\r\n",
    expected: [{ weight_g: -1640, stable: true, mode: "net" }],
  },
  {
    name: "the gross weight of a Defender 3000, not stable",
    bytes: "    0.360 kg   ?G  \r\n",
    expected: [{ weight_g: 360, stable: false, mode: "gross" }],
  },
  {
    name: "a tare, which is no weight",
    bytes: "    0.360 kg    T  \r\n",
    expected: [{ tare_g: 360, stable: true, mode: "tare" }],
  },
  {
    name: "a minus at its digits and a decimal comma",
    bytes: "      -0,360 kg\r\n",
    expected: [{ weight_g: -360, stable: true }],
  },
  {
    name: "pounds",
    bytes: "        5.00 lb\r\n",
    expected: [{ weight_g: 2267.9619, stable: true, unit: "lb" }],
  },
  { name: "a count", bytes: "           3 PCS\r\n", expected: [{ count: 3, stable: true }] },
  {
    name: "a count that is not stable",
    bytes: "           3 PCS  ?\r\n",
    expected: [{ count: 3, stable: false }],
  },
  {
    name: "a count that is no whole number",
    bytes: "         3.5 PCS\r\n",
    expected: [{ error: "unparseable", unit: "PCS" }],
  },
  { name: "a minus in the middle of the padding", bytes: "   -  1.640 kg\r\n", expected: [unparseable] },
  {
    name: "a unit in capitals",
    bytes: "     192.21 KG\r\n",
    expected: [{ error: "unparseable", unit: "KG" }],
  },
  { name: "a negative count", bytes: "          -3 PCS\r\n", expected: [{ count: -3, stable: true }] },
  {
    name: "the net pounds of a Defender 3000",
    bytes: "     1.500 lb    NET\r\n",
    expected: [{ weight_g: 680.3886, stable: true, mode: "net", unit: "lb" }],
  },
  { name: "a sum, which lies on no pan", bytes: "     207.80 g TOTAL\r\n", expected: [unparseable] },
  { name: "the result of a density", bytes: "        0.85 oz     WET WT\r\n", expected: [unparseable] },
  { name: "an unknown unit", bytes: "     192.21 ct\r\n", expected: [{ error: "unparseable", unit: "ct" }] },
  { name: "a unit that lost its first letter", bytes: "       0.211  g\r\n", expected: [unparseable] },
  { name: "an error", bytes: "Err 8.3\r\n", expected: [{ error: "device_error", code: "Err 8.3" }] },
  { name: "an unknown command", bytes: "ES\r\n", expected: [{ error: "device_error", code: "ES" }] },
  { name: "a command carried out", bytes: "OK!\r\n", expected: [{ command: "OK!", status: "done" }] },
  { name: "a line that lost its beginning", bytes: "2.21 g\r\n", expected: [partial] },
  { name: "a count that lost its beginning", bytes: "3 PCS  ?\r\n", expected: [partial] },
  { name: "a line that lost its unit", bytes: "     192.21\r\n", expected: [partial] },
  { name: "a line that lost half its unit", bytes: "     192.21 k\r\n", expected: [partial] },
  { name: "a line that ends at its polarity", bytes: "-\r\n", expected: [partial] },
  {
    name: "more than any scale can show",
    bytes: "   999999999 kg\r\n",
    expected: [{ error: "out_of_range" }],
  },
  {
    name: "garbage, then a frame",
    bytes: "\x00\xff\r\n     192.21 g\r\n",
    expected: [unparseable, { weight_g: 192.21, stable: true }],
  },
  {
    name: "an endless line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 2)}\r\n     192.21 g`,
    expected: [{ error: "frame_too_long" }, { weight_g: 192.21, stable: true }],
  },
]);
