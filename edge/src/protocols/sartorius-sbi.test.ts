import { expect, it } from "vitest";
import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";
import { sartoriusSbi } from "./sartorius-sbi.ts";

const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(sartoriusSbi, [
  { name: "one frame", bytes: "+   1255.7 g  \r\n", expected: [{ weight_g: 1255.7, stable: true }] },
  {
    name: "two frames in a chunk",
    bytes: "+   1255.7 g  \r\n-    1.500 kg \r\n",
    expected: [
      { weight_g: 1255.7, stable: true },
      { weight_g: -1500, stable: true },
    ],
  },
  {
    name: "one frame in two chunks",
    bytes: ["+   125", "5.7 g  \r\n"],
    expected: [{ weight_g: 1255.7, stable: true }],
  },
  { name: "a blank sign", bytes: "    1255.7 g  \r\n", expected: [{ weight_g: 1255.7, stable: true }] },
  {
    name: "a blank unit as not stable",
    bytes: "+   1255.7    \r\n",
    expected: [{ weight_g: 1255.7, stable: false }],
  },
  {
    name: "a frame without the blanks at its end",
    bytes: "+    1.500 kg\r\n",
    expected: [{ weight_g: 1500, stable: true }],
  },
  { name: "the short form", bytes: "+ 1.500 kg\r\n", expected: [{ weight_g: 1500, stable: true }] },
  { name: "a decimal comma", bytes: "+   1255,7 g  \r\n", expected: [{ weight_g: 1255.7, stable: true }] },
  { name: "nine figures", bytes: "+111.25507 mg \r\n", expected: [{ weight_g: 0.11125507, stable: true }] },
  {
    name: "a figure in brackets that is not verified",
    bytes: "N     +   123.5[6] g  \r\n",
    expected: [{ weight_g: 123.56, stable: true, mode: "net" }],
  },
  {
    name: "pounds",
    bytes: "+     5.00 lb \r\n",
    expected: [{ weight_g: 2267.9619, stable: true, unit: "lb" }],
  },
  {
    name: "the net weight of a long frame",
    bytes: "N     +   1255.7 g  \r\n",
    expected: [{ weight_g: 1255.7, stable: true, mode: "net" }],
  },
  {
    name: "the gross weight of a long frame, not stable",
    bytes: "G#    +   1255.7    \r\n",
    expected: [{ weight_g: 1255.7, stable: false, mode: "gross" }],
  },
  {
    name: "a tare, which is no weight",
    bytes: "T1    +   1255.7 g  \r\n",
    expected: [{ tare_g: 1255.7, stable: true, mode: "tare" }],
  },
  { name: "a count", bytes: "Qnt   +       12 pcs\r\n", expected: [{ count: 12, stable: true }] },
  { name: "a count that is no whole number", bytes: "Qnt   +     12.5 pcs\r\n", expected: [unparseable] },
  {
    name: "the reference weight of a piece, which is no load",
    bytes: "wRef  +   1255.7 g  \r\n",
    expected: [unparseable],
  },
  { name: "a negative count", bytes: "Qnt   -       12 pcs\r\n", expected: [{ count: -12, stable: true }] },
  {
    name: "the short form that is not stable",
    bytes: "? 168.4521 g\r\n",
    expected: [{ weight_g: 168.4521, stable: false }],
  },
  {
    name: "the short form below zero",
    bytes: "- 1.500 kg\r\n",
    expected: [{ weight_g: -1500, stable: true }],
  },
  {
    name: "the net pounds of a long frame",
    bytes: "N     +     5.00 lb \r\n",
    expected: [{ weight_g: 2267.9619, stable: true, mode: "net", unit: "lb" }],
  },
  { name: "a negative frame that lost its unit", bytes: "-   1255.7\r\n", expected: [partial] },
  {
    name: "overload",
    bytes: "      H       \r\nStat  High\r\n",
    expected: [{ error: "overload" }, { error: "overload" }],
  },
  {
    name: "underload",
    bytes: "      L       \r\nStat        L       \r\n",
    expected: [{ error: "underload" }, { error: "underload" }],
  },
  {
    name: "no weight yet",
    bytes: "       --      \r\nStat        - -     \r\n",
    expected: [{ error: "motion" }, { error: "motion" }],
  },
  {
    name: "calibration",
    bytes: "      C       \r\nStat  Cal. Ext.\r\n",
    expected: [{ error: "not_executable" }, { error: "not_executable" }],
  },
  {
    name: "an error",
    bytes: "  Err 54    \r\nStat     ERR 054    \r\n",
    expected: [
      { error: "device_error", code: 54 },
      { error: "device_error", code: 54 },
    ],
  },
  { name: "an unknown unit", bytes: "+   1255.7 ct \r\n", expected: [{ error: "unparseable", unit: "ct" }] },
  { name: "a unit that lost its first letter", bytes: "+    1.500  g \r\n", expected: [partial] },
  { name: "a frame that lost a byte of its padding", bytes: "+  1255.7 g  \r\n", expected: [partial] },
  { name: "a frame that lost a figure", bytes: "+   125.7 g  \r\n", expected: [partial] },
  { name: "a frame that lost its sign", bytes: "   1255.7 g  \r\n", expected: [partial] },
  { name: "a frame that lost all but its digits", bytes: "5.7 g  \r\n", expected: [partial] },
  { name: "a frame that lost its unit", bytes: "+   1255.7\r\n", expected: [partial] },
  {
    name: "a long frame that lost the letter of its header",
    bytes: "     +   1255.7 g  \r\n",
    expected: [partial],
  },
  { name: "letters for digits", bytes: "+   abcd.e g  \r\n", expected: [unparseable] },
  {
    name: "more than any scale can show",
    bytes: "+999999999 kg \r\n",
    expected: [{ error: "out_of_range" }],
  },
  {
    name: "garbage, then a frame",
    bytes: "\x00\xff\r\n+   1255.7 g  \r\n",
    expected: [unparseable, { weight_g: 1255.7, stable: true }],
  },
  {
    name: "an endless line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 2)}\r\n+   1255.7 g`,
    expected: [{ error: "frame_too_long" }, { weight_g: 1255.7, stable: true }],
  },
]);

it("takes the unit of a weight that is not stable from its settings", () => {
  expect(sartoriusSbi.parse(Buffer.from("+    1.500    "), { unit: "kg" })).toEqual({
    ok: true,
    reading: { weight_g: 1500, stable: false },
  });
});
