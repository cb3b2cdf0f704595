/**
 * Sartorius SBI: the data line of Sartorius balances and Signum scales, of 16 or 22 characters with CRLF.
 *
 *   frame   := [header] line CRLF                    header of 6 characters, left-aligned: it makes 22 of 16
 *   line    := sign(1) blank-or-figure(1) value(8) " " unit(3)
 *   sign    := "+" | "-" | " "
 *   value   := digits with a point, right-aligned; a figure that is not verified may stand in brackets
 *   unit    := left-aligned; blank while the weight is not stable
 *   header  := "N", "N1", "N2" net | "G", "G#" gross | "T", "T1", "T2" tare | "Qnt" count | "Stat" of a special line
 *   special := ["Stat"] "H" | "High" overload, "L" | "Low" underload, "--" | "- -" no weight yet, "C" | "Cal. Ext." calibration
 *   error   := ["Stat"] ("Err" | "ERR" | "E") " " number
 *
 * Sources: Signum manual p. 88; EB manual pp. 62 to 64; ME manual p. 135 (headers); Entris II manual p. 3 (brackets, High, Low).
 * Line 1200 7O1 on old ones, 9600 8N1 on new ones (in common use).
 *
 * A line that is not stable has no unit. It is taken as the configured one, grams unless given: such a weight is only shown.
 * All fields have their columns, so a line that lost a byte is a partial frame. A short form `+ 1.500 kg`, as look-alikes send
 * it, is taken too: it has one blank after its sign and none at its end. One look-alike puts "?" in place of the sign while the
 * weight is not stable (third-party fixture `? 168.4521 g`).
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
import { shownWeight } from "./shown-weight.ts";

const UNITS: ReadonlySet<string> = new Set(["mg", "g", "kg", "lb", "oz"]);

const HEADER = "(?<header>[A-Za-z][A-Za-z0-9#. -]{5})?";
const DECIMAL = "\\d{1,9}(?:[.,]\\d{0,8})?|[.,]\\d{1,8}";
/** All columns but the header's; what they leave between sign and unit is nine for the value. */
const LINE = new RegExp(
  `^${HEADER}(?=.{14}$)(?<sign>[+ -]) {0,8}(?<decimal>${DECIMAL}) (?=.{3}$)(?<unit>[A-Za-z%]{1,3}|) *$`,
);
/** Without the blanks after its unit, which some readers of lines take away. */
const TRIMMED = new RegExp(
  `^${HEADER}(?<sign>[+ -])(?=[ \\d.,]{9} [A-Za-z%]) {0,8}(?<decimal>${DECIMAL}) (?<unit>[A-Za-z%]{1,3})$`,
);
const SHORT = new RegExp(
  `^(?:(?<sign>[+-])|(?<motion>\\?)) ?(?<decimal>${DECIMAL}) (?<unit>[A-Za-z%]{1,3})$`,
);

const SPECIAL = /^(?:Stat)? *(?<code>H|High|L|Low|C|Cal\. ?Ext\.|- ?-) *$/;
const ERROR = /^(?:Stat)? *(?:Err|ERR|E) *(?<code>\d{1,3}) *$/;

/** Anything with figures that is like a piece of a line. */
const CUT = /^(?:[A-Za-z][A-Za-z0-9#]{0,3})? *[+-]? *[\d.,]*\d[\d.,]* *(?:mg|kg|g|t|lb|oz|m|k|l|o|pcs)? *$/;

function parse(frame: Uint8Array, { unit = "g" }: ParseSettings = {}): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = Buffer.from(frame)
    .toString("latin1")
    .replace(/\[(\d)\]/, "$1");
  const fields = (LINE.exec(text) ?? TRIMMED.exec(text) ?? SHORT.exec(text))?.groups;
  if (fields !== undefined) return parseLine(fields, unit);
  const special = SPECIAL.exec(text)?.groups?.code;
  if (special !== undefined) return parseSpecial(special);
  const code = ERROR.exec(text)?.groups?.code;
  if (code !== undefined) return faulty("device_error", { code: Number(code) });
  return faulty(CUT.test(text) ? "partial_frame" : "unparseable");
}

function parseLine(fields: Record<string, string | undefined>, unitless: string): Parsed {
  const { sign, decimal = "", unit = "", header = "", motion } = fields;
  const stable = unit !== "" && motion === undefined;
  const name = header.trimEnd();
  if (name === "Qnt") {
    if (!/^\d+$/.test(decimal)) return faulty("unparseable");
    return parsed({ count: Number(decimal) * (sign === "-" ? -1 : 1), stable });
  }
  const shown = shownWeight({ sign, decimal, unit: unit === "" ? unitless : unit }, UNITS);
  if (!shown.ok) return shown;
  const { weightG, imperial } = shown;
  if (name === "") return parsed({ weight_g: weightG, stable, ...imperial });
  if (/^T[12]?$/.test(name)) return parsed({ tare_g: weightG, stable, mode: "tare" });
  // Any other header marks a reference, a result or a sum, which lies on no pan.
  if (!/^(?:N[12]?|G#?)$/.test(name)) return faulty("unparseable");
  return parsed({ weight_g: weightG, stable, mode: name.startsWith("N") ? "net" : "gross", ...imperial });
}

function parseSpecial(code: string): Parsed {
  if (code.startsWith("H")) return faulty("overload");
  if (code.startsWith("L")) return faulty("underload");
  return faulty(code.startsWith("C") ? "not_executable" : "motion");
}

export const sartoriusSbi: DeviceProtocol = {
  key: "sartorius-sbi",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  // ESC P prints, ESC V zeroes, ESC U tares; no command clears a tare.
  commands: { read: "\x1bP\r\n", zero: "\x1bV\r\n", tare: "\x1bU\r\n" },
  isPolled: true,
  exact: /^(?:[A-Z][A-Za-z0-9#]{0,5} {0,5}(?=.{14}$))?(?=.{14}$)[+ -] [ \d.]{8} (?:kg |g {2}|mg | {3})$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
