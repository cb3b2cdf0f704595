/**
 * Plain text: sketches for the load-cell amplifier HX711, and anything that prints a number a line.
 *
 *   frame := [label] [sign] digits [("." | ",") digits] [unit] (CR | LF | CRLF)      with blanks between; nothing else on the line
 *          | "one reading:" number "|" "average:" number      of bogde's library: the average is taken
 *          | "W," grams "," raw "," ("S" | "U") "*" check                           the line that we recommend for new sketches
 *   label := ("Reading" | "One reading" | "Weight" | "Berat" | "Massa" | "Peso" | "Load_cell output val") ["(" unit ")"] (":" | "=")
 *   unit  := "g" | "gr" | "gram" | "grams" | "kg" | "kgs" | "lb" | "lbs" | "oz" | "t"           in any case
 *   check := XOR of all bytes before the asterisk, two hexadecimal digits in capitals; raw is the amplifier's count
 *
 * No maker's document: the forms are those that common sketches print (`Reading: 12.3 g`, ` 12.34 grams`, `12.34`). A number
 * without a unit is in the configured one, kilograms unless given; one without a point gets the configured figures after it. A
 * flag of stability is in the recommended line only. Line 9600 8N1.
 *
 * This is the weakest of all grammars, and a calibration factor or a raw count must not pass for a weight: a line with another
 * label, or with anything beside its number, is a fault. The tail of a number is a number, so the first line of an opened port is
 * dropped.
 */
import { DECIMAL_PATTERN } from "./decimal-weight.ts";
import { lineFramer } from "./line-framer.ts";
import {
  type DeviceProtocol,
  FRAME_BYTES_MAX,
  faulty,
  type Parsed,
  type ParseSettings,
  parsed,
} from "./protocol.ts";
import { LOOSE_UNITS, shownWeight, UNIT_PATTERN, withPoint } from "./shown-weight.ts";

const LABEL =
  "(?:Reading|One reading|Weight|Berat|Massa|Peso|Load_cell output val)[ \\t]{0,4}(?:\\((?<labelled>kgs?|g|gr|grams?|lbs?|oz)\\)[ \\t]{0,4})?[:=]";
/** What stands before the average of ten in the line of bogde's example. */
const ONE_READING = `One reading:[ \\t]{0,8}[+-]?${DECIMAL_PATTERN}[ \\t]{0,8}\\|[ \\t]{0,8}average:`;
const NUMBER = new RegExp(
  `^[ \\t]{0,16}(?:${LABEL}|${ONE_READING})?[ \\t]{0,16}(?<sign>[+-]?) {0,8}(?<decimal>${DECIMAL_PATTERN})[ \\t]{0,4}(?<unit>${UNIT_PATTERN})?[ \\t]{0,8}$`,
  "i",
);

const UNIT_OF: ReadonlyMap<string, string> = new Map([
  ["gr", "g"],
  ["gram", "g"],
  ["grams", "g"],
  ["kgs", "kg"],
  ["lbs", "lb"],
]);

const RECOMMENDED =
  /^(?<guarded>W,(?<sign>-?)(?<decimal>\d{1,9}(?:\.\d{1,3})?),-?\d{1,10},(?<state>[SU]))\*(?<check>[0-9A-F]{2})$/;
const CUT_HEAD = /^W(?:,[-\d.,]*[SU]?)?(?:\*[0-9A-F]?)?$/;
const CUT_TAIL = /^[-\d.,]*[SU]?\*?[0-9A-F]{2}$/;

function checkOf(guarded: string): number {
  return Buffer.from(guarded, "latin1").reduce((check, byte) => check ^ byte, 0);
}

function parse(frame: Uint8Array, settings: ParseSettings = {}): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = Buffer.from(frame).toString("latin1");
  const recommended = RECOMMENDED.exec(text)?.groups;
  if (recommended !== undefined) return parseRecommended(recommended);
  const fields = NUMBER.exec(text)?.groups;
  if (fields !== undefined) return parseNumber(fields, settings);
  return faulty(CUT_HEAD.test(text) || CUT_TAIL.test(text) ? "partial_frame" : "unparseable");
}

function parseRecommended(fields: Record<string, string | undefined>): Parsed {
  const { sign, decimal, state, guarded = "", check = "" } = fields;
  if (checkOf(guarded) !== Number.parseInt(check, 16)) return faulty("checksum");
  const shown = shownWeight({ sign, decimal, unit: "g" });
  return shown.ok ? parsed({ weight_g: shown.weightG, stable: state === "S" }) : shown;
}

function parseNumber(fields: Record<string, string | undefined>, settings: ParseSettings): Parsed {
  const { sign, decimal = "", unit, labelled } = fields;
  if (unit !== undefined && labelled !== undefined) return faulty("unparseable");
  const written = unit ?? labelled ?? settings.unit ?? "kg";
  const shown = shownWeight(
    {
      sign,
      decimal: withPoint(decimal, settings.decimals),
      unit: UNIT_OF.get(written.toLowerCase()) ?? written,
    },
    LOOSE_UNITS,
  );
  return shown.ok ? parsed({ weight_g: shown.weightG, stable: null, ...shown.imperial }) : shown;
}

export const plain: DeviceProtocol = {
  key: "plain",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  commands: {},
  isPolled: false,
  exact: /^(?:W,-?\d+(?:\.\d+)?,-?\d+,[SU]\*[0-9A-F]{2}|Reading: -?\d+\.\d+ (?:g|kg|lbs))$/,
  hasChecksum: false,
  lacksStability: true,
  silenceMs: 5_000,
};
