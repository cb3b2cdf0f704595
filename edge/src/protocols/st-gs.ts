/**
 * ST,GS: the text line of indicators by Yaohua (text mode), T-Scale, KERN KXS, Selleton, Zemic, Keli, Baxtran and others.
 *
 *   frame  := state "," mode [","] data [","] unit (CR | LF | CRLF)    each field with blanks before and after; the comma
 *                                                                      before data may be missing only if a sign follows
 *   state  := "ST" stable | "US" unstable | "OL" overload | "UL" underload
 *   mode   := "GS" gross | "NT" net | "TR" tare
 *   data   := [sign] digits [("." | ",") digits]                       the sign may stand apart from the digits
 *   sign   := "+" | "-" | blank
 *   unit   := "g" | "kg" | "t" | "lb" | "oz"                           in any case
 *
 * OL carries blanks, nines or dashes for data; with a minus it means underload (KERN KXS-TM manual p. 70). Some devices
 * put the line between STX and ETX (CAS PD-II). Sources: Selleton SL-7515 manual p. 14 (`ST, GS+ 5.12KG`), KERN KXS-TM
 * manual p. 70, Dini DGT4 (comma before the unit), A&D AD-4329A manual p. 43. Line 9600 8N1.
 *
 * A line without its unit or without its beginning is a partial frame, never a weight: indicators in continuous mode
 * are cut mid-line when the port opens, and `ST,GS,+00301` may have meant 3015.0.
 */
import { DECIMAL_PATTERN, toGrams } from "./decimal-weight.ts";
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";

const UNIT = "(?<unit>kg|g|t|lb|oz)";
const SEPARATOR = " ?, ?";
/** Before the data the comma may be missing when a sign stands in its place, as Selleton prints it. */
const BEFORE_DATA = "(?: ?, ?| ?(?=[+-]))";
const HEAD = `(?<state>ST|US)${SEPARATOR}(?<mode>GS|NT|TR)${BEFORE_DATA}`;

const FULL = new RegExp(`^${HEAD}(?<sign>[+-]?) ?(?<decimal>${DECIMAL_PATTERN}) ?,? ?${UNIT} ?$`, "i");

/** Over or under: whatever stands in place of the digits. */
const LIMIT = new RegExp(
  `^(?<state>OL|UL)${SEPARATOR}(?:GS|NT|TR)${BEFORE_DATA}(?<sign>[+-]?)[ \\d.,_^-]*${UNIT}? ?$`,
  "i",
);

/** A frame that ends before its unit. */
const CUT_HEAD = new RegExp(`^${HEAD}(?:[+-] ?|[+-]? ?${DECIMAL_PATTERN} ?(?:,? ?[klo])?)$`, "i");

/** A frame that begins after its first letter. */
const CUT_TAIL = new RegExp(
  `^(?:(?:[TSL]? ?,)? ?(?:[GNT]?[STR])?${BEFORE_DATA})? ?[+-]? ?(?:${DECIMAL_PATTERN}|[.,_-]*) ?,? ?${UNIT} ?$`,
  "i",
);

const STX = 0x02;
const ETX = 0x03;

/** The text between STX and ETX, with every run of blanks as one: any number of them means the same. */
function textOf(frame: Uint8Array): string {
  const from = frame[0] === STX ? 1 : 0;
  const to = frame.at(-1) === ETX ? frame.length - 1 : frame.length;
  return Buffer.from(frame.subarray(from, to)).toString("latin1").replaceAll(/ +/g, " ");
}

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = textOf(frame);
  const limit = LIMIT.exec(text)?.groups;
  if (limit !== undefined) return parseLimit(limit.state, limit.sign);
  const full = FULL.exec(text)?.groups;
  if (full === undefined)
    return faulty(CUT_HEAD.test(text) || CUT_TAIL.test(text) ? "partial_frame" : "unparseable");

  const { state = "", mode = "", sign = "", decimal = "", unit = "" } = full;
  const grams = toGrams(sign, decimal, unit);
  if (grams === null) return faulty("out_of_range");
  const stable = state.toUpperCase() === "ST";
  if (mode.toUpperCase() === "TR") return parsed({ tare_g: grams, stable, mode: "tare" });
  return parsed({ weight_g: grams, stable, mode: mode.toUpperCase() === "NT" ? "net" : "gross" });
}

function parseLimit(state: string | undefined, sign: string | undefined): Parsed {
  const error = state?.toUpperCase() === "UL" || sign === "-" ? "underload" : "overload";
  return faulty(error, sign === "+" || sign === "-" ? { sign } : {});
}

export const stGs: DeviceProtocol = {
  key: "st-gs",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  // Single letters of the command mode, Selleton SL-7515 manual p. 14. Indicators in continuous mode ignore them.
  commands: { zero: "Z", tare: "T" },
  silenceMs: 5_000,
};
