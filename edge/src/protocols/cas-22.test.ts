import { cas22 } from "./cas-22.ts";
import { FRAME_BYTES_MAX } from "./protocol.ts";
import { describeProtocol } from "./protocol-suite.ts";

const gross = (weight_g: number, stable = true) => ({ weight_g, stable, mode: "gross", device_id: 1 });
const partial = { error: "partial_frame" };
const unparseable = { error: "unparseable" };

describeProtocol(cas22, [
  {
    name: "one frame (CI-6000A manual p. 62)",
    bytes: "ST,GS,1\xc4,000013.5 kg\r\n",
    expected: [gross(13_500)],
  },
  {
    name: "two frames in a chunk",
    bytes: "ST,GS,1\xc4,000013.5 kg\r\nUS,GS,1\x84,000013.0 kg\r\n",
    expected: [gross(13_500), gross(13_000, false)],
  },
  { name: "one frame in two chunks", bytes: ["ST,GS,1\xc4,0000", "13.5 kg\r\n"], expected: [gross(13_500)] },
  {
    name: "indicator 13 with a net weight and the lamp byte of a CI-400",
    bytes: "ST,NT,=\xe2,   1.250 kg\r\n",
    expected: [{ weight_g: 1250, stable: true, mode: "net", device_id: 13 }],
  },
  { name: "a minus before zeros", bytes: "US,GS,1\x84,-00013.5 kg\r\n", expected: [gross(-13_500, false)] },
  { name: "a minus apart from its digits", bytes: "ST,GS,1\xc4,-   13.5 kg\r\n", expected: [gross(-13_500)] },
  { name: "a minus after blanks", bytes: "ST,GS,1\xc4,   -13.5 kg\r\n", expected: [gross(-13_500)] },
  { name: "a decimal comma", bytes: "ST,GS,1\xc4,  0013,5 kg\r\n", expected: [gross(13_500)] },
  { name: "tonnes", bytes: "ST,GS,1\xc4,  12.340  t\r\n", expected: [gross(12_340_000)] },
  { name: "a frame without its line end", bytes: "ST,GS,1\xc4,000013.5 kg", expected: [gross(13_500)] },
  { name: "overload", bytes: "OL,GS,1\x84,         kg\r\n", expected: [{ error: "overload" }] },
  {
    name: "overload in nines",
    bytes: "OL,GS,1\x84,+99999.9 kg\r\n",
    expected: [{ error: "overload", sign: "+" }],
  },
  { name: "underload", bytes: "OL,GS,1\x84,-00013.5 kg\r\n", expected: [{ error: "underload", sign: "-" }] },
  {
    name: "underload without digits, and overload in dashes",
    bytes: "OL,GS,1\x84,-        kg\r\nOL,GS,1\x84,-------- kg\r\n",
    expected: [{ error: "underload", sign: "-" }, { error: "overload" }],
  },
  {
    name: "an error of the indicator",
    bytes: "ERR 0012\r\n",
    expected: [{ error: "device_error", code: "0012" }],
  },
  {
    name: "an unknown unit",
    bytes: "ST,GS,1\xc4,000013.5 pc\r\n",
    expected: [{ error: "unparseable", unit: "pc" }],
  },
  {
    name: "more than any scale shows",
    bytes: "ST,GS,1\xc4,99999999 kg\r\n",
    expected: [{ error: "out_of_range" }],
  },
  { name: "a lamp byte without its bit 7", bytes: "ST,GS,1D,000013.5 kg\r\n", expected: [unparseable] },
  { name: "a blank among the digits", bytes: "ST,GS,1\xc4,0000 3.5 kg\r\n", expected: [unparseable] },
  { name: "two points", bytes: "ST,GS,1\xc4,000.13.5 kg\r\n", expected: [unparseable] },
  { name: "a cut head", bytes: "1\xc4,000013.5 kg\r\n", expected: [partial] },
  { name: "the digits alone", bytes: "13.5 kg\r\n", expected: [partial] },
  { name: "a cut tail", bytes: "ST,GS,1\xc4,000013.\r\n", expected: [partial] },
  { name: "a cut unit", bytes: "ST,GS,1\xc4,000013.5 k\r\n", expected: [partial] },
  { name: "a lost byte", bytes: "ST,GS,1\xc4,00013.5 kg\r\n", expected: [unparseable] },
  {
    name: "garbage, then a frame",
    bytes: "\xff\x00?\r\nST,GS,1\xc4,000013.5 kg\r\n",
    expected: [unparseable, gross(13_500)],
  },
  {
    name: "an over-long line, then a frame",
    bytes: `${"7".repeat(FRAME_BYTES_MAX * 3)}\r\nST,GS,1\xc4,000013.5 kg\r\n`,
    expected: [{ error: "frame_too_long" }, gross(13_500)],
  },
]);
