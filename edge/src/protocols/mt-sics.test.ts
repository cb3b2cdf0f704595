import { mtSics } from "./mt-sics.ts";
import { describeProtocol } from "./protocol-suite.ts";

const partial = { error: "partial_frame" };

describeProtocol(mtSics, [
  { name: "one frame", bytes: "S S       0.00 g\r\n", expected: [{ weight_g: 0, stable: true }] },
  {
    name: "a frame that ends with the input",
    bytes: "S D       9.998 g",
    expected: [{ weight_g: 9.998, stable: false }],
  },
  {
    name: "two frames in a chunk",
    bytes: "S S     100.00 g\r\nS D     100.01 g\r\n",
    expected: [
      { weight_g: 100, stable: true },
      { weight_g: 100.01, stable: false },
    ],
  },
  {
    name: "one frame in two chunks",
    bytes: ["S S     10", "0.00 g\r\n"],
    expected: [{ weight_g: 100, stable: true }],
  },
  {
    name: "a negative weight in kilograms",
    bytes: "S S     -0.005 kg\r\n",
    expected: [{ weight_g: -5, stable: true }],
  },
  { name: "milligrams", bytes: "S S      7120 mg\r\n", expected: [{ weight_g: 7.12, stable: true }] },
  { name: "busy", bytes: "S I\r\n", expected: [{ error: "not_executable" }] },
  { name: "overload", bytes: "S +\r\n", expected: [{ error: "overload", sign: "+" }] },
  { name: "underload", bytes: "S -\r\n", expected: [{ error: "underload", sign: "-" }] },
  { name: "a wrong parameter", bytes: "S L\r\n", expected: [{ error: "device_error", code: "S L" }] },
  { name: "an unknown command", bytes: "ES\r\n", expected: [{ error: "device_error", code: "ES" }] },
  { name: "a transmission error", bytes: "ET\r\n", expected: [{ error: "device_error", code: "ET" }] },
  { name: "a logical error", bytes: "EL\r\n", expected: [{ error: "device_error", code: "EL" }] },
  {
    name: "its levels",
    bytes: 'I1 A "0123" "2.30" "2.22" "2.33" "2.20"\r\n',
    expected: [{ info: "I1", level: "0123" }],
  },
  {
    name: "its serial number after a reset",
    bytes: 'I4 A "B021002593"\r\n',
    expected: [{ info: "I4", text: "B021002593" }],
  },
  { name: "zero done", bytes: "Z A\r\n", expected: [{ command: "Z", status: "done" }] },
  { name: "zero at once", bytes: "ZI D\r\n", expected: [{ command: "ZI", status: "done" }] },
  { name: "zero refused", bytes: "Z I\r\n", expected: [{ error: "not_executable" }] },
  { name: "zero out of reach", bytes: "Z -\r\n", expected: [{ error: "underload", sign: "-" }] },
  {
    name: "a tare, which is no weight",
    bytes: "T S     100.00 g\r\n",
    expected: [{ tare_g: 100, stable: true, mode: "tare" }],
  },
  {
    name: "a preset tare",
    bytes: "TA A     20.00 g\r\n",
    expected: [{ tare_g: 20, stable: true, mode: "tare" }],
  },
  { name: "a tare cleared", bytes: "TAC A\r\n", expected: [{ command: "TAC", status: "done" }] },
  {
    name: "a weight with the status of a tare",
    bytes: "S A     20.00 g\r\n",
    expected: [{ error: "unparseable" }],
  },
  { name: "a line that lost its beginning", bytes: "S     100.00 g\r\n", expected: [partial] },
  { name: "a line that lost all but its digits", bytes: "0.00 g\r\n", expected: [partial] },
  { name: "a line that lost its unit", bytes: "S S     100.0\r\n", expected: [partial] },
  { name: "a line that lost half its unit", bytes: "S S     1.000 k\r\n", expected: [partial] },
  { name: "a line that lost its value", bytes: "S S\r\n", expected: [partial] },
  {
    name: "a unit that is no weight",
    bytes: "S S        12 PCS\r\n",
    expected: [{ error: "unparseable", unit: "PCS" }],
  },
  {
    name: "pounds",
    bytes: "S S       5.00 lb\r\n",
    expected: [{ weight_g: 2267.9619, stable: true, unit: "lb" }],
  },
  {
    name: "RADWAG's answers to a command",
    bytes: "Z_A\r\nZ_D\r\nT D\r\nUT OK\r\n",
    expected: [
      { command: "Z", status: "started" },
      { command: "Z", status: "done" },
      { command: "T", status: "done" },
      { command: "UT", status: "done" },
    ],
  },
  {
    name: "RADWAG's refusals",
    bytes: "Z ^\r\nT v\r\nZ_E\r\nS_I\r\n",
    expected: [
      { error: "overload" },
      { error: "underload" },
      { error: "not_executable" },
      { error: "not_executable" },
    ],
  },
  { name: "RADWAG's unknown command", bytes: "ES_\r\n", expected: [{ error: "device_error", code: "ES" }] },
  {
    name: "RADWAG's weight",
    bytes: "S    -      8.5 g  \r\nSI ?       18.5 kg \r\nSUI? -   58.237 kg \r\n",
    expected: [
      { weight_g: -8.5, stable: true },
      { weight_g: 18_500, stable: false },
      { weight_g: -58_237, stable: false },
    ],
  },
  {
    name: "RADWAG's weight beyond a limit",
    bytes: "SI ^      999.9 kg \r\nSI v -    999.9 kg \r\n",
    expected: [{ error: "overload" }, { error: "underload" }],
  },
  {
    name: "RADWAG's pounds",
    bytes: "SU      5.00000 lb \r\n",
    expected: [{ weight_g: 2267.9619, stable: true, unit: "lb" }],
  },
  { name: "a command begun", bytes: "C1 B\r\n", expected: [{ command: "C1", status: "started" }] },
  { name: "an answer that lost the end of its quotation", bytes: 'I4 A "B0\r\n', expected: [partial] },
  { name: "a negative line that lost its beginning", bytes: "D      -1.00 g\r\n", expected: [partial] },
  { name: "a negative line that lost its unit", bytes: "S D      -1.00\r\n", expected: [partial] },
  {
    name: "RADWAG's newtons",
    bytes: "SU   -  172.135 N  \r\n",
    expected: [{ error: "unparseable", unit: "N" }],
  },
  {
    name: "RADWAG's weight without one of its columns",
    bytes: "SI ?      18.5 kg \r\n",
    expected: [{ error: "unparseable" }],
  },
  {
    name: "more than any scale can show",
    bytes: "S S  99999999 t\r\n",
    expected: [{ error: "out_of_range" }],
  },
  {
    name: "garbage, then a frame",
    bytes: "\x00\xff\r\nS S     100.00 g\r\n",
    expected: [{ error: "unparseable" }, { weight_g: 100, stable: true }],
  },
]);
