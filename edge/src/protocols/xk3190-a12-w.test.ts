import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";
import { xk3190A12W } from "./xk3190-a12-w.ts";

const net = (weight_g: number) => ({ weight_g, stable: null, mode: "net" });
const gross = (weight_g: number) => ({ weight_g, stable: null, mode: "gross" });
const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(xk3190A12W, [
  { name: "one frame", bytes: "wn001.171kg\r\n", expected: [net(1171)] },
  {
    name: "two frames in a chunk",
    bytes: "wn001.171kg\r\nww001.172kg\r\n",
    expected: [net(1171), gross(1172)],
  },
  { name: "one frame in two chunks", bytes: ["wn001.", "171kg\r\n"], expected: [net(1171)] },
  { name: "a minus in the first column", bytes: "wn-003.17kg\r\n", expected: [net(-3170)] },
  { name: "a minus before one figure", bytes: "wn-0000.1kg\r\n", expected: [net(-100)] },
  { name: "zero pounds", bytes: "ww000.000lb\r\n", expected: [{ ...gross(0), unit: "lb" }] },
  { name: "no point, and a blank in its place", bytes: "ww000123 kg\r\n", expected: [gross(123_000)] },
  { name: "seven digits, which lost their point", bytes: "ww0010123kg\r\n", expected: [unparseable] },
  { name: "capitals as none of these frames", bytes: "WN001.171KG\r\n", expected: [unparseable] },
  {
    name: "a tare, which is no weight",
    bytes: "wt000.200kg\r\n",
    expected: [{ tare_g: 200, stable: null, mode: "tare" }],
  },
  { name: "a frame that ends with the input", bytes: "wn001.171kg", expected: [net(1171)] },
  { name: "overload", bytes: "         OL\r\n", expected: [{ error: "overload" }] },
  { name: "overload with kind and unit", bytes: "ww   OL  kg\r\n", expected: [{ error: "overload" }] },
  { name: "underload", bytes: "         LO\r\n", expected: [{ error: "underload" }] },
  { name: "an unknown unit", bytes: "wn001.171pc\r\n", expected: [{ error: "unparseable", unit: "pc" }] },
  { name: "a blank after a point", bytes: "ww001.17 kg\r\n", expected: [unparseable] },
  { name: "a blank before the digits", bytes: "ww 01.171kg\r\n", expected: [unparseable] },
  { name: "two points", bytes: "ww0.1.171kg\r\n", expected: [unparseable] },
  { name: "a point and no digit before it", bytes: "ww.001171kg\r\n", expected: [unparseable] },
  { name: "a decimal comma as none of these frames", bytes: "ww001,171kg\r\n", expected: [unparseable] },
  { name: "a byte too few", bytes: "wn01.171kg\r\n", expected: [unparseable] },
  { name: "a byte too many", bytes: "wn0001.171kg\r\n", expected: [unparseable] },
  { name: "a cut head", bytes: "n001.171kg\r\n", expected: [partial] },
  { name: "the digits alone", bytes: "171kg\r\n", expected: [partial] },
  { name: "a cut tail", bytes: "wn001.1\r\n", expected: [partial] },
  { name: "a cut unit", bytes: "wn001.171k\r\n", expected: [partial] },
  {
    name: "garbage, then a frame",
    bytes: "\xff\x00?\r\nwn001.171kg\r\n",
    expected: [unparseable, net(1171)],
  },
  {
    name: "an over-long line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 3)}\r\nwn001.171kg\r\n`,
    expected: [{ error: "frame_too_long" }, net(1171)],
  },
]);
