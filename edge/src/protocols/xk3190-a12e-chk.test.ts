import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";
import { xk3190A12eChk } from "./xk3190-a12e-chk.ts";

/** The line with its sum as Yaohua writes it. */
function summed(body: string): string {
  const sum = Buffer.from(body, "latin1").reduce((all, byte) => all ^ byte, 0);
  return `${body}${sum.toString(16).toUpperCase().padStart(2, "0")}\r\n`;
}

const gross = (weight_g: number) => ({ weight_g, stable: null, mode: "gross" });
const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(xk3190A12eChk, [
  { name: "the example of the manual", bytes: "WG004.139kg3D\r\n", expected: [gross(4139)] },
  {
    name: "two frames in a chunk",
    bytes: summed("WG004.139kg") + summed("WG004.140kg"),
    expected: [gross(4139), gross(4140)],
  },
  { name: "one frame in two chunks", bytes: ["WG004.1", "39kg3D\r\n"], expected: [gross(4139)] },
  {
    name: "a net weight with a minus",
    bytes: summed("WN-04.139kg"),
    expected: [{ ...gross(-4139), mode: "net" }],
  },
  { name: "no point, and a blank in its place", bytes: summed("WG000123 kg"), expected: [gross(123_000)] },
  { name: "pounds", bytes: summed("WG0005.00lb"), expected: [{ ...gross(2267.9619), unit: "lb" }] },
  {
    name: "half of the sum over 9 as + 30h",
    bytes: summed("WG004.139kg").replace("3D", "3="),
    expected: [gross(4139)],
  },
  { name: "overload", bytes: "         OL23\r\n", expected: [{ error: "overload" }] },
  { name: "underload", bytes: "         LO23\r\n", expected: [{ error: "underload" }] },
  { name: "an unknown unit", bytes: summed("WG004.139pc"), expected: [{ error: "unparseable", unit: "pc" }] },
  { name: "a wrong sum", bytes: "WG004.138kg3D\r\n", expected: [{ error: "checksum" }] },
  { name: "a sum off by one", bytes: "WG004.139kg3E\r\n", expected: [{ error: "checksum" }] },
  { name: "a wrong sum of an overload", bytes: "         OL24\r\n", expected: [{ error: "checksum" }] },
  { name: "two points with a right sum", bytes: summed("WG0.4.139kg"), expected: [unparseable] },
  { name: "a line without a sum", bytes: "WG004.139kg\r\n", expected: [partial] },
  { name: "a cut head", bytes: "4.139kg3D\r\n", expected: [partial] },
  { name: "a cut tail", bytes: "WG004.13\r\n", expected: [partial] },
  { name: "a cut tail of an overload", bytes: "         OL\r\n", expected: [partial] },
  {
    name: "garbage, then a frame",
    bytes: "\xff?\r\nWG004.139kg3D\r\n",
    expected: [unparseable, gross(4139)],
  },
  {
    name: "an over-long line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 3)}\r\nWG004.139kg3D\r\n`,
    expected: [{ error: "frame_too_long" }, gross(4139)],
  },
]);
