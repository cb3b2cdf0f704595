/**
 * Ohaus: bench scales and indicators, in two orders of fields that read the same.
 *
 *   Scout, Navigator  weight (10 to 12, right-aligned) " " unit (1 to 5) " " ["?"] " " [legend] [time] CRLF
 *   Defender 3000     polarity (1) " " weight (7, right-aligned) " " unit (5) ("?" | " ") legend (3) CRLF
 *
 *   polarity is "-" or blank; a weight without that column has its minus at its digits
 *   "?"     := not stable; blank is stable
 *   legend  := "G" gross | "NET" | "N" net | "T" tare
 *   time    := hh:mm:ss, at prints in intervals
 *   count   := digits " PCS" in place of weight and unit
 *   answer  := "OK!" done | "ES" unknown command | "Err" number
 *
 * Sources: Ohaus RS232 interface manual pp. EN-3 and 5; Defender 3000 manual p. EN-35; Defender 5000 manual p. 27
 * (commands); recorded lines of a Defender 3000 (`-  1.640 kg    N`, `?N`). OK! and ES are in common use, not in those
 * pages, as is 9600 8N1; old ones have 2400 7N2.
 *
 * One blank and no more stands between weight and unit, so that no `kg` passes for a `g`. A weight has blanks or its polarity before it. A line that begins with a digit has lost its beginning. TOTAL and other legends
 * mark sums and results that lie on no pan: they are no weights.
 */
import { DECIMAL_PATTERN } from "./decimal-weight.ts";
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";
import { shownWeight, UNIT_PATTERN } from "./shown-weight.ts";

const AFTER_UNIT =
  "(?![^ ?]) {0,8}(?<motion>\\?)? {0,8}(?<legend>NET|PT|[GNT])? {0,8}(?:\\d\\d:\\d\\d:\\d\\d)? {0,8}";
const FULL = new RegExp(
  `^(?:(?<sign>-) {0,12}| {1,12}(?<sign>-)?)(?<decimal>${DECIMAL_PATTERN}) (?<unit>${UNIT_PATTERN})${AFTER_UNIT}$`,
);

/** A line that lost its beginning, or ends before its unit. */
const CUT_TAIL = new RegExp(`^${DECIMAL_PATTERN}? ?(?:PCS|kg|g|t|lb|oz)${AFTER_UNIT}$`, "i");
const CUT_HEAD = new RegExp(`^(?:- {0,12}| {1,12}-?)${DECIMAL_PATTERN}? ?(?:[klo]|PC?)?$`);
const ERROR = /^ ?(?:(?<word>ES)|Err ?(?<number>\d{1,2}(?:\.\d)?)) ?$/i;
const DONE = /^ ?OK! ?$/;

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = Buffer.from(frame).toString("latin1");
  if (CUT_TAIL.test(text) || CUT_HEAD.test(text)) return faulty("partial_frame");
  const fields = FULL.exec(text)?.groups;
  if (fields !== undefined) return parseFull(fields);
  const error = ERROR.exec(text)?.groups;
  if (error !== undefined) return faulty("device_error", { code: error.word ?? `Err ${error.number ?? ""}` });
  return DONE.test(text) ? parsed({ command: "OK!", status: "done" }) : faulty("unparseable");
}

function parseFull(fields: Record<string, string | undefined>): Parsed {
  const { sign, decimal = "", unit = "", motion, legend } = fields;
  const stable = motion === undefined;
  if (unit.toUpperCase() === "PCS" && /^\d+$/.test(decimal)) {
    return parsed({ count: Number(decimal) * (sign === "-" ? -1 : 1), stable });
  }
  const shown = shownWeight(fields);
  if (!shown.ok) return shown;
  const { weightG, imperial } = shown;
  if (legend === undefined) return parsed({ weight_g: weightG, stable, ...imperial });
  if (legend === "T" || legend === "PT") return parsed({ tare_g: weightG, stable, mode: "tare" });
  return parsed({ weight_g: weightG, stable, mode: legend === "G" ? "gross" : "net", ...imperial });
}

export const ohaus: DeviceProtocol = {
  key: "ohaus",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  commands: { read: "P\r\n", zero: "Z\r\n", tare: "T\r\n", clear_tare: "0T\r\n" },
  isPolled: true,
  exact:
    /^(?:(?=.{10,12} [kglo])[ -]+[\d.]+ (?:kg|g|lb|oz)(?: {1,2}\??)?|(?=.{12} P) +\d+ PCS(?: {2}\??)?|[ -] [ \d.]{7} (?=.{5}[ ?])(?:kg|g|lb|oz) +\??(?:G|NET|T) *)$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
