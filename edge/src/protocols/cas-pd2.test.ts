import { casPd2 } from "./cas-pd2.ts";
import { describeProtocol } from "./protocol-suite.ts";

const pounds = (weight_g: number, stable = true) => ({ weight_g, stable, mode: "gross", unit: "lb" });
const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };
const frame = "\x02ST,GS,+  1.25 lb\r";

describeProtocol(casPd2, [
  { name: "one frame", bytes: frame, expected: [pounds(566.9905)] },
  {
    name: "two frames in a chunk",
    bytes: `${frame}\x02US,GS,+  1.20 lb\r`,
    expected: [pounds(566.9905), pounds(544.3108, false)],
  },
  { name: "one frame in two chunks", bytes: ["\x02ST,GS,+  1.", "25 lb\r"], expected: [pounds(566.9905)] },
  {
    name: "a frame that CR and LF end",
    bytes: `${frame}\n${frame}\n`,
    expected: [pounds(566.9905), pounds(566.9905)],
  },
  { name: "a frame without its CR", bytes: "\x02ST,GS,+  1.25 lb", expected: [pounds(566.9905)] },
  { name: "a minus apart from its digits", bytes: "\x02ST,GS,-  0.50 lb\r", expected: [pounds(-226.7962)] },
  {
    name: "ounces",
    bytes: "\x02ST,GS,+  8.00 oz\r",
    expected: [{ weight_g: 226.7962, stable: true, mode: "gross", unit: "oz" }],
  },
  {
    name: "kilograms with a decimal comma, net",
    bytes: "\x02ST,NT,+ 0,250 kg\r",
    expected: [{ weight_g: 250, stable: true, mode: "net" }],
  },
  {
    name: "grams without a point",
    bytes: "\x02ST,GS,+   250  g\r",
    expected: [{ weight_g: 250, stable: true, mode: "gross" }],
  },
  { name: "kilograms that lost their point", bytes: "\x02ST,GS,+ 01250 kg\r", expected: [unparseable] },
  { name: "overload", bytes: "\x02OL,GS,+------ lb\r", expected: [{ error: "overload", sign: "+" }] },
  { name: "underload", bytes: "\x02OL,GS,------- lb\r", expected: [{ error: "underload", sign: "-" }] },
  {
    name: "digits of an overload as no weight",
    bytes: "\x02OL,GS,+ 30.00 lb\r",
    expected: [{ error: "overload", sign: "+" }],
  },
  {
    name: "dashes of a stable frame as no weight",
    bytes: "\x02ST,GS,+------ lb\r",
    expected: [{ error: "overload", sign: "+" }],
  },
  {
    name: "an unknown unit",
    bytes: "\x02ST,GS,+  1.25 pc\r",
    expected: [{ error: "unparseable", unit: "pc" }],
  },
  { name: "a blank for the sign", bytes: "\x02ST,GS,   1.25 lb\r", expected: [unparseable] },
  { name: "a cut head", bytes: "1.25 lb\r", expected: [{ ...partial, discarded: 7 }] },
  { name: "a cut tail", bytes: "\x02ST,GS,+  1.2", expected: [partial] },
  {
    name: "a frame that lost its CR, and the next",
    bytes: `\x02ST,GS,+  1.2${frame}`,
    expected: [{ ...partial, discarded: 13 }, pounds(566.9905)],
  },
  {
    name: "garbage, then a frame",
    bytes: `${"?".repeat(20)}${frame}`,
    expected: [{ ...unparseable, discarded: 20 }, pounds(566.9905)],
  },
  {
    name: "an over-long frame, then a frame",
    bytes: `\x02${"7".repeat(40)}${frame}`,
    expected: [{ error: "frame_too_long", discarded: 41 }, pounds(566.9905)],
  },
]);
