import { andStandard } from "./and-standard.ts";
import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";

const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(andStandard, [
  { name: "one frame", bytes: "ST,+00007.12  g\r\n", expected: [{ weight_g: 7.12, stable: true }] },
  {
    name: "two frames in a chunk",
    bytes: "ST,+01234.56  g\r\nUS,-00001.50 kg\r\n",
    expected: [
      { weight_g: 1234.56, stable: true },
      { weight_g: -1500, stable: false },
    ],
  },
  {
    name: "one frame in two chunks",
    bytes: ["ST,+001", "23.45 g\r\n"],
    expected: [{ weight_g: 123.45, stable: true }],
  },
  {
    name: "more figures, as newer balances send them",
    bytes: "ST,+00123.456  g\r\n",
    expected: [{ weight_g: 123.456, stable: true }],
  },
  { name: "a decimal comma", bytes: "ST,+00007,12  g\r\n", expected: [{ weight_g: 7.12, stable: true }] },
  {
    name: "blanks in place of leading zeros",
    bytes: "ST,-    7.12  g\r\n",
    expected: [{ weight_g: -7.12, stable: true }],
  },
  {
    name: "the seven columns of look-alikes, filled with blanks",
    bytes: "ST,+  1.234 kg\r\nUS,-   12.3 g\r\n",
    expected: [
      { weight_g: 1234, stable: true },
      { weight_g: -12.3, stable: false },
    ],
  },
  { name: "fewer columns than look-alikes have", bytes: "ST,+ 1.234 kg\r\n", expected: [partial] },
  {
    name: "a figure lost before the point of a look-alike",
    bytes: "ST,+    .12  g\r\n",
    expected: [partial],
  },
  { name: "minus zero as zero", bytes: "ST,-00000.00  g\r\n", expected: [{ weight_g: 0, stable: true }] },
  {
    name: "pounds",
    bytes: "US,+00005.00 lb\r\n",
    expected: [{ weight_g: 2267.9619, stable: false, unit: "lb" }],
  },
  {
    name: "ounces",
    bytes: "ST,+00008.00 oz\r\n",
    expected: [{ weight_g: 226.7962, stable: true, unit: "oz" }],
  },
  { name: "a stable count", bytes: "QT,+00012345 PC\r\n", expected: [{ count: 12345, stable: true }] },
  {
    name: "a count that is not stable",
    bytes: "US,+00000003 PC\r\n",
    expected: [{ count: 3, stable: false }],
  },
  {
    name: "the gross weight of an indicator",
    bytes: "ST,GS,+0012.34kg\r\n",
    expected: [{ weight_g: 12340, stable: true, mode: "gross" }],
  },
  {
    name: "the net weight of an indicator, its mode one letter",
    bytes: "US,N,-0012.34kg\r\n",
    expected: [{ weight_g: -12340, stable: false, mode: "net" }],
  },
  {
    name: "the tare of an indicator, which is no weight",
    bytes: "ST,PT,+0012.34kg\r\n",
    expected: [{ tare_g: 12340, stable: true, mode: "tare" }],
  },
  { name: "overload", bytes: "OL,+999999.9  g\r\n", expected: [{ error: "overload", sign: "+" }] },
  {
    name: "overload in exponents",
    bytes: "OL,+9999999E+19\r\n",
    expected: [{ error: "overload", sign: "+" }],
  },
  {
    name: "underload in exponents",
    bytes: "OL,-9999999E+19\r\n",
    expected: [{ error: "underload", sign: "-" }],
  },
  { name: "underload", bytes: "OL,-99999999 PC\r\n", expected: [{ error: "underload", sign: "-" }] },
  {
    name: "the underload of an HC-6Ki",
    bytes: "UL,-99999     kg\r\nUL,           kg\r\n",
    expected: [{ error: "underload", sign: "-" }, { error: "underload" }],
  },
  {
    name: "the overload of an indicator, blank but for its point",
    bytes: "OL,GS,+     .  kg\r\n",
    expected: [{ error: "overload", sign: "+" }],
  },
  {
    name: "a percentage as an unknown unit",
    bytes: "ST,+00012.34  %\r\n",
    expected: [{ error: "unparseable", unit: "%" }],
  },
  { name: "an unknown unit", bytes: "ST,+00012.34 tl\r\n", expected: [{ error: "unparseable", unit: "tl" }] },
  { name: "a count that is no whole number", bytes: "QT,+00012.45 PC\r\n", expected: [unparseable] },
  { name: "a count in grams", bytes: "QT,+00012.45  g\r\n", expected: [unparseable] },
  { name: "a command acknowledged", bytes: "\x06\r\n", expected: [{ command: "ACK", status: "started" }] },
  { name: "a command refused", bytes: "EC,E01\r\n", expected: [{ error: "device_error", code: "E01" }] },
  { name: "a negative count", bytes: "QT,-00000003 PC\r\n", expected: [{ count: -3, stable: true }] },
  {
    name: "the pounds of an indicator",
    bytes: "ST,NT,+0005.00lb\r\n",
    expected: [{ weight_g: 2267.9619, stable: true, mode: "net", unit: "lb" }],
  },
  {
    name: "the underload of an indicator",
    bytes: "OL,GS,-     .  kg\r\n",
    expected: [{ error: "underload", sign: "-" }],
  },
  {
    name: "tonnes on a balance",
    bytes: "ST,+00012.34  t\r\n",
    expected: [{ error: "unparseable", unit: "t" }],
  },
  {
    name: "tonnes on an indicator",
    bytes: "ST,GS,+0012.34 t\r\n",
    expected: [{ weight_g: 12_340_000, stable: true, mode: "gross" }],
  },
  {
    name: "a unit in capitals",
    bytes: "ST,+00012.34 KG\r\n",
    expected: [{ error: "unparseable", unit: "KG" }],
  },
  { name: "a unit of one letter at the digits", bytes: "ST,GS,+0012.345g\r\n", expected: [unparseable] },
  { name: "data without a sign", bytes: "ST,000007.12  g\r\n", expected: [unparseable] },
  { name: "data that lost a figure", bytes: "ST,+0007.12  g\r\n", expected: [partial] },
  { name: "the data of an indicator that lost a figure", bytes: "ST,GS,+012.34kg\r\n", expected: [partial] },
  { name: "a line that lost its beginning", bytes: "T,+00007.12  g\r\n", expected: [partial] },
  { name: "a line that lost all but its digits", bytes: "07.12  g\r\n", expected: [partial] },
  { name: "a line that lost its unit", bytes: "ST,+00007.12\r\n", expected: [partial] },
  { name: "a line that lost half its unit", bytes: "ST,+00007.12 k\r\n", expected: [partial] },
  {
    name: "more than any scale can show",
    bytes: "ST,+999999999 kg\r\n",
    expected: [{ error: "out_of_range" }],
  },
  {
    name: "garbage, then a frame",
    bytes: "\x00\xff\r\nST,+00007.12  g\r\n",
    expected: [unparseable, { weight_g: 7.12, stable: true }],
  },
  {
    name: "an endless line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 2)}\r\nST,+00007.12  g`,
    expected: [{ error: "frame_too_long" }, { weight_g: 7.12, stable: true }],
  },
]);
