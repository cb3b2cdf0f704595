/**
 * XK3190-A12(E) with a sum: the line of newer A12 and A12E indicators by Yaohua.
 *
 *   frame  := (kind data unit | 9 blanks beyond) sum CRLF     15 bytes
 *   kind   := "WG" gross | "WN" net
 *   data   := 7 characters: ["-"] digits with at most one point, filled with zeros from the left; a blank stands last when
 *             there is no point
 *   unit   := "kg"                                            look-alikes also "lb", " g", " t"
 *   beyond := "OL" overload | "LO" below -20 steps
 *   sum    := XOR of the 11 bytes before it, in two characters: each half + 30h, or + 37h over 9
 *
 * Source: Yaohua XK3190-A12(E) manual p. 13. Baud 1200 to 9600 by configuration, 8N1. No flag of stability.
 */
import { isCut } from "./cut-frame.ts";
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, faulty, type Parsed, parsed } from "./protocol.ts";
import { LOOSE_UNITS, shownWeight } from "./shown-weight.ts";
import { A12_WEIGHT } from "./xk3190-a12-w.ts";
import { isXorInCharacters } from "./xor-sum.ts";

const SUM_AT = 11;
const WHOLE =
  /^(?:W(?<kind>[GN])(?<data>[-\d. ]{7})(?<unit>[A-Za-z ]{2})| {9}(?<beyond>OL|LO))[0-9A-F:-?]{2}$/;
const TEMPLATE = "WG0000000kg00";
const BEYOND_TEMPLATE = "         OL23";

function parse(frame: Uint8Array): Parsed {
  const text = Buffer.from(frame).toString("latin1");
  const whole = WHOLE.exec(text)?.groups;
  if (whole === undefined) {
    const isPart = isCut(text, TEMPLATE, WHOLE) || isCut(text, BEYOND_TEMPLATE, WHOLE);
    return faulty(isPart ? "partial_frame" : "unparseable");
  }
  if (!isXorInCharacters(frame.subarray(0, SUM_AT), frame[SUM_AT], frame[SUM_AT + 1]))
    return faulty("checksum");
  if (whole.beyond !== undefined) return faulty(whole.beyond === "OL" ? "overload" : "underload");
  const fields = A12_WEIGHT.exec(whole.data ?? "")?.groups;
  if (fields === undefined) return faulty("unparseable");
  const shown = shownWeight({ ...fields, unit: whole.unit?.trim() }, LOOSE_UNITS);
  if (!shown.ok) return shown;
  const mode = whole.kind === "N" ? "net" : "gross";
  return parsed({ weight_g: shown.weightG, stable: null, mode, ...shown.imperial });
}

export const xk3190A12eChk: DeviceProtocol = {
  key: "xk3190-a12e-chk",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  commands: {},
  isPolled: false,
  exact: /^(?:W[GN][-\d][\d.]{5}[\d. ](?:kg|lb)[0-9A-F]{2}| {9}(?:OL|LO)23)$/,
  hasChecksum: true,
  lacksStability: true,
  silenceMs: 5_000,
};
