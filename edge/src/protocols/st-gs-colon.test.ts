import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";
import { stGsColon } from "./st-gs-colon.ts";

const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(stGsColon, [
  {
    name: "one frame",
    bytes: "ST,GS:  +1.2345kg\r\n",
    expected: [{ weight_g: 1234.5, stable: true, mode: "gross" }],
  },
  {
    name: "two frames in a chunk",
    bytes: "ST,GS:  +1.2345kg\r\nUS,NT:  -0.5000kg\r\n",
    expected: [
      { weight_g: 1234.5, stable: true, mode: "gross" },
      { weight_g: -500, stable: false, mode: "net" },
    ],
  },
  {
    name: "one frame in two chunks",
    bytes: ["ST,GS:  +1.", "2345kg\r\n"],
    expected: [{ weight_g: 1234.5, stable: true, mode: "gross" }],
  },
  {
    name: "a minus apart from its digits and a decimal comma",
    bytes: "ST,GS:-  1,2345 kg\r\n",
    expected: [{ weight_g: -1234.5, stable: true, mode: "gross" }],
  },
  {
    name: "pounds",
    bytes: "ST,GS:  +5.00lb\r\n",
    expected: [{ weight_g: 2267.9619, stable: true, mode: "gross", unit: "lb" }],
  },
  {
    name: "a tare, which is no weight",
    bytes: "ST,TR:  +0.2000kg\r\n",
    expected: [{ tare_g: 200, stable: true, mode: "tare" }],
  },
  { name: "overload in the short form", bytes: "OL    kg\r\n", expected: [{ error: "overload" }] },
  {
    name: "overload in the long form",
    bytes: "OL,GS:+------kg\r\n",
    expected: [{ error: "overload", sign: "+" }],
  },
  {
    name: "an unknown unit",
    bytes: "ST,GS:  +1.2345st\r\n",
    expected: [{ error: "unparseable", unit: "st" }],
  },
  { name: "a comma in place of the colon", bytes: "ST,GS,  +1.2345kg\r\n", expected: [unparseable] },
  { name: "no colon at all", bytes: "ST,GS  +1.2345kg\r\n", expected: [unparseable] },
  { name: "a line that lost its beginning", bytes: ":  +1.2345kg\r\n", expected: [partial] },
  { name: "a line that lost its unit", bytes: "ST,GS:  +1.23\r\n", expected: [partial] },
  {
    name: "garbage, then a frame",
    bytes: "\x00\xff\r\nST,GS:  +1.2345kg\r\n",
    expected: [unparseable, { weight_g: 1234.5, stable: true, mode: "gross" }],
  },
  {
    name: "an endless line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 2)}\r\nST,GS: +1.0000kg`,
    expected: [{ error: "frame_too_long" }, { weight_g: 1000, stable: true, mode: "gross" }],
  },
]);
