/**
 * The equals-sign line of Tenzo-M weighbridge terminals.
 *
 *   frame := "=" field (CR | LF | CRLF)        field of six columns: blanks, sign, digits, right-aligned; kilograms
 *   sign  := "+" | "-" | nothing
 *
 * Source: test lines of a third-party parser (`=  3015`, `= +2380`); no manual is at hand. A flag of stability is not in it.
 * The unit is the configured one, kilograms unless given; so are figures after a point that the line does not show. Line
 * 9600 8N1.
 *
 * A shorter field has lost its end, and is a partial frame; blanks alone say nothing, and are unparseable. Eight characters
 * without a blank after the equals sign are a line of Yaohua's XK3190 (`=000.3000`), half of which read backwards: they are none
 * of these, whatever they look like.
 */
import { lineFramer } from "./line-framer.ts";
import {
  type DeviceProtocol,
  FRAME_BYTES_MAX,
  faulty,
  type Parsed,
  type ParseSettings,
  parsed,
} from "./protocol.ts";
import { LOOSE_UNITS, shownWeight, withPoint } from "./shown-weight.ts";

const DECIMAL = "\\d{1,7}(?:[.,]\\d{1,3})?";

const FULL = new RegExp(`^= {0,7}(?<sign>[+-]?) {0,6}(?<decimal>${DECIMAL}) {0,2}$`);
const FIELD_CHARACTERS_MIN = 6;
const XK3190 = /^=[^ ]{8}/;

/** A line that lost its equals sign, or ends at its sign. */
const CUT = new RegExp(`^(?:= {0,7}[+-]| {0,7}[+-]? {0,6}${DECIMAL}) {0,2}$`);

function parse(frame: Uint8Array, { unit = "kg", decimals }: ParseSettings = {}): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = Buffer.from(frame).toString("latin1");
  if (CUT.test(text)) return faulty("partial_frame");
  const fields = XK3190.test(text) ? undefined : FULL.exec(text)?.groups;
  if (fields === undefined) return faulty("unparseable");
  if (text.length < "=".length + FIELD_CHARACTERS_MIN) return faulty("partial_frame");
  const { sign, decimal = "" } = fields;
  const shown = shownWeight({ sign, decimal: withPoint(decimal, decimals), unit }, LOOSE_UNITS);
  if (!shown.ok) return shown;
  return parsed({ weight_g: shown.weightG, stable: null, ...shown.imperial });
}

export const tenzoEq: DeviceProtocol = {
  key: "tenzo-eq",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  commands: {},
  isPolled: false,
  exact: /^=(?=.{6}$) *[+-]?\d+$/,
  hasChecksum: false,
  lacksStability: true,
  silenceMs: 5_000,
};
