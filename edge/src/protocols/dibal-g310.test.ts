import { dibalG310 } from "./dibal-g310.ts";
import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";

const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(dibalG310, [
  { name: "one frame", bytes: "9900031600000004\r\n", expected: [{ weight_g: 316, stable: true }] },
  {
    name: "two frames in a chunk",
    bytes: "9900031600000004\r\n9900000000000000\r\n",
    expected: [
      { weight_g: 316, stable: true },
      { weight_g: 0, stable: true },
    ],
  },
  {
    name: "one frame in two chunks",
    bytes: ["99000316", "00000004\r\n"],
    expected: [{ weight_g: 316, stable: true }],
  },
  {
    name: "a frame that ends with the input",
    bytes: "9900031600000004",
    expected: [{ weight_g: 316, stable: true }],
  },
  { name: "a check above nine", bytes: "990007800000000?\r\n", expected: [{ weight_g: 780, stable: true }] },
  { name: "an amount", bytes: "9901234501234566\r\n", expected: [{ weight_g: 12_345, stable: true }] },
  { name: "a wrong check", bytes: "9900031600000005\r\n", expected: [{ error: "checksum" }] },
  { name: "a wrong figure", bytes: "9900031700000004\r\n", expected: [{ error: "checksum" }] },
  { name: "two figures where zeros belong", bytes: "9910031600000005\r\n", expected: [unparseable] },
  { name: "a frame that lost its beginning", bytes: "31600000004\r\n", expected: [partial] },
  { name: "a frame that lost its end", bytes: "9900031600000\r\n", expected: [partial] },
  { name: "another answer", bytes: "9700031600000004\r\n", expected: [unparseable] },
  { name: "a blank for a figure", bytes: "9900 31600000004\r\n", expected: [unparseable] },
  {
    name: "garbage, then a frame",
    bytes: "\x00\xff\r\n9900031600000004\r\n",
    expected: [unparseable, { weight_g: 316, stable: true }],
  },
  {
    name: "an endless line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 2)}\r\n9900031600000004`,
    expected: [{ error: "frame_too_long" }, { weight_g: 316, stable: true }],
  },
]);
