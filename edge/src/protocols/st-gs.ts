/**
 * ST,GS: the text line of indicators by Yaohua (text mode), T-Scale, KERN KXS, Selleton, Zemic, Keli, Dini Argeo and others.
 *
 *   frame   := [address] state "," mode [","] data [","] unit (CR | LF | CRLF)   each field with blanks before and after; the
 *                                                          comma before data may be missing if a sign or a blank follows
 *   address := digit digit | "[" digit digit "]"           number of the indicator on a shared RS-485 line
 *   state   := "ST" stable | "US" unstable | "OL" overload | "UL" underload | "TL" tilted | "ER" error
 *   mode    := "GS" | "G" gross | "NT" | "N" net | "TR" | "T" | "PT" tare
 *   data    := [sign] digits [("." | ",") digits]          the sign may stand apart from the digits
 *   sign    := "+" | "-" | blank
 *   unit    := "g" | "kg" | "t" | "lb" | "oz"              in any case, in as many as four columns
 *
 * OL carries blanks, nines or dashes for data, or stands alone; with a minus it means underload (KERN KXS-TM manual p. 70).
 * Dashes in place of digits are no minus. ER is Utilcell's, from a comment in a third-party parser. Some devices put the line
 * between STX and ETX (CAS PD-II). Sources: Selleton SL-7515 manual p. 14 (`ST, GS+ 5.12KG`), KERN KXS-TM
 * manual p. 70, Dini DGT manual p. 50 (address, comma before the unit), A&D AD-4329A manual p. 43 (one-letter modes); a
 * T-Scale NHB sends `ST,GS    20.7g`. The states UL and TL of Dini are in common use, and not in the pages at hand.
 * Line 9600 8N1.
 *
 * A line without its unit or without its beginning is a partial frame, never a weight: indicators in continuous mode
 * are cut mid-line when the port opens, and `ST,GS,+00301` may have meant 3015.0. Dini's VL and RZ, which stand for
 * microvolts and converter points, are no weights and no frames of this grammar.
 */
import { DECIMAL_PATTERN } from "./decimal-weight.ts";
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";
import { LOOSE_UNITS, shownWeight, UNIT_PATTERN } from "./shown-weight.ts";

const KNOWN_UNIT = "(?:kg|g|t|lb|oz)";
const SEPARATOR = " ?, ?";
const ADDRESS = "(?:\\[(?<address>\\d{2})\\]|(?<address>\\d{2}))?";
const MODE = "(?<mode>GS|G|NT|N|TR|T|PT)";

/** Before the data the comma may be missing when a sign or a blank stands in its place. */
const COMMA_BEFORE_DATA = "(?: ?, ?| ?(?=[+-])| (?=[\\d.]))";

/** Patterns of the line, given what stands between its mode and its data. */
function patternsOf(beforeData: string): { full: RegExp; limit: RegExp; cutHead: RegExp; cutTail: RegExp } {
  const head = `${ADDRESS}(?<state>ST|US)${SEPARATOR}${MODE}${beforeData}`;
  const line = (pattern: string) => new RegExp(`^${pattern}$`, "i");
  return {
    full: line(`${head}(?<sign>[+-]?) ?(?<decimal>${DECIMAL_PATTERN}) ?,? ?(?<unit>${UNIT_PATTERN}) ?`),
    // Over, under or tilted: whatever stands in place of the digits.
    limit: line(
      `${ADDRESS}(?:(?<state>OL|UL|TL|ER)${SEPARATOR}${MODE}(?:${beforeData}| )(?<sign>\\+|-(?!-))?[ \\d.,_^-]*[a-z]{0,4} ?|(?<state>OL) ?${KNOWN_UNIT}? ?)`,
    ),
    // A frame that ends before its unit.
    cutHead: line(`${head}(?:[+-] ?|[+-]? ?${DECIMAL_PATTERN} ?(?:,? ?[klo])?)`),
    // A frame that begins after its first letter.
    cutTail: line(
      `(?:(?:[TSL]? ?,)? ?(?:[GNT]?[STR])?${beforeData})? ?[+-]? ?(?:${DECIMAL_PATTERN}|[.,_-]*) ?,? ?${KNOWN_UNIT} ?`,
    ),
  };
}

const STX = 0x02;
const ETX = 0x03;

/** The text between STX and ETX, with every run of blanks as one: any number of them means the same. */
function textOf(frame: Uint8Array): string {
  const from = frame[0] === STX ? 1 : 0;
  const to = frame.at(-1) === ETX ? frame.length - 1 : frame.length;
  return Buffer.from(frame.subarray(from, to)).toString("latin1").replaceAll(/ +/g, " ");
}

/** Makes the parser of lines in which `beforeData` stands between mode and data; blanks come as single ones. */
export function stGsParser(beforeData: string): (frame: Uint8Array) => Parsed {
  const { full, limit, cutHead, cutTail } = patternsOf(beforeData);
  return (frame) => {
    if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
    const text = textOf(frame);
    const beyond = limit.exec(text)?.groups;
    if (beyond !== undefined) return parseLimit(beyond.state, beyond.sign);
    if (cutHead.test(text) || cutTail.test(text)) return faulty("partial_frame");
    const fields = full.exec(text)?.groups;
    return fields === undefined ? faulty("unparseable") : parseFull(fields);
  };
}

function parseFull(fields: Record<string, string | undefined>): Parsed {
  const shown = shownWeight(fields, LOOSE_UNITS);
  if (!shown.ok) return shown;
  const { weightG, imperial } = shown;
  const { state = "", mode = "", address } = fields;
  const stable = state.toUpperCase() === "ST";
  if (/^(?:TR?|PT)$/i.test(mode)) return parsed({ tare_g: weightG, stable, mode: "tare" });
  const from = address === undefined ? {} : { device_id: Number(address) };
  return parsed({
    weight_g: weightG,
    stable,
    mode: /^N/i.test(mode) ? "net" : "gross",
    ...imperial,
    ...from,
  });
}

function parseLimit(state: string | undefined, sign: string | undefined): Parsed {
  const name = state?.toUpperCase();
  if (name === "TL" || name === "ER") return faulty("device_error", { code: name });
  const error = name === "UL" || sign === "-" ? "underload" : "overload";
  return faulty(error, sign === "+" || sign === "-" ? { sign } : {});
}

export const stGs: DeviceProtocol = {
  key: "st-gs",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse: stGsParser(COMMA_BEFORE_DATA),
  // Single letters of the command mode, Selleton SL-7515 manual p. 14. Indicators in continuous mode ignore them.
  commands: { read: "R", zero: "Z", tare: "T" },
  isPolled: false,
  exact: /^(?:ST|US|OL),(?:GS|NT|TR),[+-][ \d.]{6,8} ?(?:kg|g|t|lb|oz)$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
