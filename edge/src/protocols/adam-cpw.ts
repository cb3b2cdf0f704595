/**
 * Adam CPWplus: bench scales, and the shop scale AZextra, which answers with a bare weight.
 *
 *   frame := [label] sign digits unit (CRLF | CR)        blanks between all fields; two before a unit only without a label
 *          | ["-"] digits "." digits "kg"                AZextra
 *   label := "G" ["/W"] gross | "N" ["/W"] net | "T" ["/W"] tare
 *   sign  := "+" | "-"
 *
 * Sources: CPWplus manual p. 14 (`G + 2.00 kg`); comments in a third-party driver (`G/W  + 5.00 lb`, in a later revision
 * `+  5.00  lb`); Odoo's SerialScaleDriver.py (AZextra, 4800 8N1). Line 9600 8N1. No frame tells whether it is stable.
 *
 * The AZextra is silent while its weight is unchanged or zero, and beeps at each question: poll it seldom.
 */
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";
import { LOOSE_UNITS, shownWeight, UNIT_PATTERN } from "./shown-weight.ts";

/** A point is always there: no CPWplus has a division of a whole unit. */
const DECIMAL = "\\d{1,6}[.,]\\d{1,4}";
const LABELLED = new RegExp(
  `^ ?(?<label>[GNT])(?:/W)? {0,4}(?<sign>[+-]) {0,8}(?<decimal>${DECIMAL}) ?(?<unit>${UNIT_PATTERN}) {0,4}$`,
);
const BARE = new RegExp(`^ ?(?<sign>[+-]) {0,8}(?<decimal>${DECIMAL}) {0,2}(?<unit>${UNIT_PATTERN}) {0,4}$`);

/** With its point and all its figures, because nothing else tells a whole answer from the tail of one. */
const AZEXTRA = /^ {0,8}(?<sign>-?)(?<decimal>\d{1,3}[.,]\d{2,3})(?<unit>kg) {0,4}$/i;

/** A line that lost its beginning, or ends before its unit. */
const CUT_TAIL = /^\/?W? *[\d.,]{0,12} *(?:kg|g|lb|oz) *$/i;
const CUT_HEAD = /^ ?(?:[GNT]\/?W?)? *(?:[+-] *)?[\d.,]{0,12} *[klo]?$/;

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = Buffer.from(frame).toString("latin1");
  const azextra = AZEXTRA.exec(text)?.groups;
  if (azextra === undefined && (CUT_TAIL.test(text) || CUT_HEAD.test(text))) return faulty("partial_frame");
  const fields = azextra ?? LABELLED.exec(text)?.groups ?? BARE.exec(text)?.groups;
  if (fields === undefined) return faulty("unparseable");
  const shown = shownWeight(fields, azextra === undefined ? undefined : LOOSE_UNITS);
  if (!shown.ok) return shown;
  const { weightG, imperial } = shown;
  if (fields.label === "T") return parsed({ tare_g: weightG, stable: null, mode: "tare" });
  if (fields.label === undefined) return parsed({ weight_g: weightG, stable: null, ...imperial });
  const mode = fields.label === "N" ? "net" : "gross";
  return parsed({ weight_g: weightG, stable: null, mode, ...imperial });
}

export const adamCpw: DeviceProtocol = {
  key: "adam-cpw",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  // Z zeroes an AZextra but tares a CPWplus, and T tares an AZextra but only reports on a CPWplus: neither is sent.
  commands: { read: "P\r\n" },
  isPolled: true,
  exact: /^(?:[GNT]\/W {2}[+-] |[+-] {2})\d+\.\d+ {1,2}(?:kg|lb|oz)$/,
  hasChecksum: false,
  lacksStability: true,
  silenceMs: 5_000,
};
