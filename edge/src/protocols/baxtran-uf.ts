/**
 * Baxtran UF: a text line with one letter for the state.
 *
 *   frame := state blanks sign [blanks] digits ["." digits] blanks unit (CR | LF | CRLF)
 *          | "OL" [blanks unit]                                 overload
 *   state := "S" stable | "U" | "D" unstable
 *   sign  := "+" | "-"
 *
 * Source: comments in a third-party parser (`S  +001.234 kg`, `OL    kg`); no manual is at hand. The letters of an unstable
 * weight are inferred, and so is that the digits fill seven columns: a shorter field has lost one, and is a partial frame. The sign is always there, which tells the line from that of a TI400. Line 9600 8N1.
 */
import { DECIMAL_PATTERN } from "./decimal-weight.ts";
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";
import { shownWeight, UNIT_PATTERN } from "./shown-weight.ts";

const DIGITS_CHARACTERS_MIN = 7;

const FULL = new RegExp(
  `^(?<state>[SUD]) {1,8}(?<sign>[+-])(?<pad> {0,8})(?<decimal>${DECIMAL_PATTERN}) {0,4}(?<unit>${UNIT_PATTERN}) {0,4}$`,
);
const OVERLOAD = /^OL *(?:kg|g|t|lb|oz)? *$/i;

/** A line that lost its state, or ends before its unit. */
const CUT_TAIL = new RegExp(`^ {0,8}[+-]? {0,8}${DECIMAL_PATTERN} {0,4}(?:kg|g|t|lb|oz) *$`, "i");
const CUT_HEAD = new RegExp(`^[SUD](?: *| +[+-] *| +[+-] *${DECIMAL_PATTERN} *[klo]?)$`);

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = Buffer.from(frame).toString("latin1");
  if (OVERLOAD.test(text)) return faulty("overload");
  if (CUT_TAIL.test(text) || CUT_HEAD.test(text)) return faulty("partial_frame");
  const fields = FULL.exec(text)?.groups;
  if (fields === undefined) return faulty("unparseable");
  const { pad = "", decimal = "" } = fields;
  if (pad.length + decimal.length < DIGITS_CHARACTERS_MIN) return faulty("partial_frame");
  const shown = shownWeight(fields);
  if (!shown.ok) return shown;
  return parsed({ weight_g: shown.weightG, stable: fields.state === "S", ...shown.imperial });
}

export const baxtranUf: DeviceProtocol = {
  key: "baxtran-uf",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  commands: {},
  isPolled: false,
  exact: /^S {2}[+-]\d{3}\.\d{3} (?:kg|g|lb)$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
