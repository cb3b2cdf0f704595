/**
 * A&D standard format: balances of A&D, and its indicators, which add a field for gross, net and tare.
 *
 *   frame  := header "," [mode ","] data unit CRLF
 *   header := "ST" stable | "US" unstable | "QT" stable count | "OL" out of range
 *   mode   := "GS" | "G" gross | "NT" | "N" net | "TR" | "T" | "PT" tare            indicators only
 *   data   := ("+" | "-") 8 characters, digits with a point, padded with zeros; an indicator sends 7
 *   unit   := 3 characters, right-aligned (`  g`, ` kg`, ` PC`, `  %`); an indicator sends 2
 *   OL     := data of nines, or blank but for the point; the sign tells which end (`OL,+999999.9  g`, `OL,+9999999E+19`)
 *   UL     := the same below the range, of an HC-6Ki (`UL,-99999     kg`)
 *   answer := ACK | "EC,E" digits                                          when the balance is set to acknowledge
 *
 * A unit of one letter has a blank before it, so that no `kg` that lost its first letter passes for a `g` at the digits.
 *
 * Sources: A&D EK-L manual p. 28; AD-4329A manual p. 43; AD-4212B manual p. 69 and FX-i manual p. 54 (ACK, EC, R). Newer
 * balances send more figures, none fewer: shorter data has lost some. Look-alikes (MG-S8200) fill with blanks, which A&D does
 * not, and send 7 characters: `ST,+  1.234 kg`. They and UL are from comments in third-party parsers. Line 2400 7E1; many are set
 * to 9600 8N1.
 */
import { DECIMAL_PATTERN } from "./decimal-weight.ts";
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";
import { shownWeight, UNIT_PATTERN } from "./shown-weight.ts";

const MODE = "(?<mode>GS|G|NT|N|TR|T|PT)";
const UNIT = "(?:kg|g|t|lb|oz|PC|%)";
const FULL = new RegExp(
  `^(?<header>ST|US|QT),(?:${MODE},)?(?<sign>[+-])(?<pad> {0,9})(?<decimal>${DECIMAL_PATTERN})(?: {0,3}(?<unit>[A-Za-z]${UNIT_PATTERN})| {1,3}(?<unit>[A-Za-z%])) {0,2}$`,
);
const OUT_OF_RANGE = new RegExp(
  `^(?<header>OL|UL),(?:${MODE},)?(?<sign>[+-]?)[ \\d.,]*(?:E[+-]?\\d\\d?)? *${UNIT}? *$`,
);
const REFUSED = /^EC,(?<code>E\d{1,3}) *$/;
const ACK = "\x06";

/** A line that ends before its unit, or lost its header. */
const CUT_HEAD = new RegExp(`^(?:ST|US|QT),(?:${MODE},)?[+-] *(?:${DECIMAL_PATTERN} *[kloP]?)?$`);
const CUT_TAIL = new RegExp(`^(?:[TSL]?,)?(?:[GNT]?[STR]?,)?[+-]? *(?:${DECIMAL_PATTERN})? *${UNIT} *$`, "i");

const INDICATOR_UNITS: ReadonlySet<string> = new Set(["g", "kg", "t", "lb", "oz"]);

/** Figures of the data, its point among them and its sign not. */
const DATA_CHARACTERS_MIN = 8;
const INDICATOR_CHARACTERS_MIN = 7;
const LOOKALIKE_CHARACTERS_MIN = 7;

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = Buffer.from(frame).toString("latin1");
  const beyond = OUT_OF_RANGE.exec(text)?.groups;
  if (beyond !== undefined) return parseBeyond(beyond);
  if (CUT_HEAD.test(text) || CUT_TAIL.test(text)) return faulty("partial_frame");
  const fields = FULL.exec(text)?.groups;
  if (fields !== undefined) return parseFull(fields);
  const code = REFUSED.exec(text)?.groups?.code;
  if (code !== undefined) return faulty("device_error", { code });
  // The same byte comes when a command is taken and when it has been carried out, so it promises no more than the first.
  return text === ACK ? parsed({ command: "ACK", status: "started" }) : faulty("unparseable");
}

function parseBeyond({ header, sign }: Record<string, string | undefined>): Parsed {
  if (sign === "-") return faulty("underload", { sign });
  if (header === "UL") return faulty("underload");
  return faulty("overload", sign === "+" ? { sign } : {});
}

function parseFull(fields: Record<string, string | undefined>): Parsed {
  const { header, mode, sign, pad = "", decimal = "", unit = "" } = fields;
  if (pad.length + decimal.length < charactersMinOf(fields)) return faulty("partial_frame");
  const stable = header !== "US";
  if (unit === "PC" && /^\d+$/.test(decimal)) {
    return parsed({ count: Number(decimal) * (sign === "-" ? -1 : 1), stable });
  }
  if (header === "QT") return faulty("unparseable");
  const shown = shownWeight(fields, mode === undefined ? undefined : INDICATOR_UNITS);
  if (!shown.ok) return shown;
  const { weightG, imperial } = shown;
  if (mode === undefined) return parsed({ weight_g: weightG, stable, ...imperial });
  if (/^(?:TR?|PT)$/.test(mode)) return parsed({ tare_g: weightG, stable, mode: "tare" });
  return parsed({ weight_g: weightG, stable, mode: mode.startsWith("N") ? "net" : "gross", ...imperial });
}

/** Blanks show a look-alike, but not before a bare point, whose figure was lost. */
function charactersMinOf({ mode, pad = "", decimal = "" }: Record<string, string | undefined>): number {
  if (mode !== undefined) return INDICATOR_CHARACTERS_MIN;
  return pad !== "" && /^\d/.test(decimal) ? LOOKALIKE_CHARACTERS_MIN : DATA_CHARACTERS_MIN;
}

export const andStandard: DeviceProtocol = {
  key: "and-standard",
  line: { baud: 2400, dataBits: 7, parity: "even", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  // R re-zeroes (FX-i manual p. 54). Q, a weight at once, and T, tare, are not in the pages at hand; both are in common use.
  commands: { read: "Q\r\n", zero: "R\r\n", tare: "T\r\n" },
  isPolled: true,
  exact:
    /^(?:ST|US),[+-](?=[\d.]{8} {1,2}[a-z])\d+\.\d+ {1,2}(?:kg|g|lb|oz)$|^QT,[+-]\d{8} PC$|^OL,[+-](?:[9.]{8} {1,2}(?:kg|g|lb|oz|PC)|9{7}E\+19)$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
