/**
 * P08 of Mettler Toledo's indicator TI400: a text line, sent on demand.
 *
 *   frame := "S" weight " " unit (CRLF)            a stable weight
 *          | "S I"                                 the load moves
 *          | "S I +" overload | "S I -" underload
 *   weight := blank, blank or sign, digits with leading zeros and a point; one more blank may stand before them
 *
 * Source: two comments in a third-party parser (`S  09.076 kg`, `S   09.076 kg`), which also name the three states. The
 * command that asks for the line is not in them, so it is sent by the indicator's print key. The minus is inferred.
 * Line 9600 8N1.
 */
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";
import { shownWeight, UNIT_PATTERN } from "./shown-weight.ts";

/** Digits are padded with zeros to six characters or more, so that a blank among them or a lost one shows. */
const DECIMAL = "\\d{1,6}[.,]\\d{1,4}|\\d{6,7}";

const FULL = new RegExp(
  `^S {1,2}(?<sign>[ +-])(?=[\\d.,]{6,8} )(?<decimal>${DECIMAL}) (?<unit>${UNIT_PATTERN}) {0,2}$`,
);
const STATE = /^S I(?: (?<sign>[+-]))? *$/;

/** A line that lost its letter, or ends before its unit. */
const CUT_TAIL = /^ {0,3}[+-]?\d{0,6}[.,]?\d{0,7} ?(?:kg|g|t|lb|oz) *$/i;
const CUT_HEAD = /^S(?: {0,2}[ +-]?)(?:\d{0,7}|\d{1,6}[.,]\d{0,4}) ?[klo]?$/;

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = Buffer.from(frame).toString("latin1");
  const state = STATE.exec(text);
  if (state !== null) return parseState(state.groups?.sign);
  if (CUT_TAIL.test(text) || CUT_HEAD.test(text)) return faulty("partial_frame");
  const fields = FULL.exec(text)?.groups;
  if (fields === undefined) return faulty("unparseable");
  const shown = shownWeight(fields);
  if (!shown.ok) return shown;
  return parsed({ weight_g: shown.weightG, stable: true, ...shown.imperial });
}

function parseState(sign: string | undefined): Parsed {
  if (sign === "+") return faulty("overload", { sign });
  return sign === "-" ? faulty("underload", { sign }) : faulty("motion");
}

export const ti400P08: DeviceProtocol = {
  key: "ti400-p08",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  commands: {},
  isPolled: false,
  exact: /^S {2,3}\d{2}\.\d{3} kg$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
