/**
 * MT-SICS: Mettler Toledo Standard Interface Command Set, levels 0 and 1, as spoken by balances and many look-alikes.
 *
 *   answer  := id " " status [" " value " " unit] (CRLF | CR | LF)
 *   weight  := "S" ("S" stable | "D" dynamic) value unit              answer to S, SI, SIR, SR
 *   tare    := "T" ("S" | "D") value unit | "TI" ... | "TA" "A" value unit
 *   done    := ("Z" | "T" | "TAC" | ...) ("A" | "D") | "ZI" ("S" | "D")       "B": begun, the answer proper follows
 *   refused := id ("I" not executable now | "L" wrong parameter | "+" overload | "-" underload)
 *   error   := "ES" syntax | "ET" transmission | "EL" logical
 *   info    := "I" digit " A " quoted { " " quoted }
 *
 * RADWAG balances speak a dialect. They answer a command with "A" when they begin and with "D" when done, with "^" and "v" beyond
 * a limit, with "E" when the load does not come to rest, and with "OK"; their manuals print a blank as "_", and a "Z_A" written so
 * is taken as begun, while "Z A" may be Mettler's done. Their weight has fixed columns:
 *
 *   mass    := ("S" | "SI" | "SU" | "SUI") in 3, state 1, blank, sign 1, digits 9, blank, unit 3
 *   state   := blank stable | "?" not stable | "^" overload | "v" underload
 *
 * The value is 10 characters, right-aligned; look-alikes pad otherwise, so any run of blanks separates fields. Commands are
 * in capitals and end in CRLF. SIR repeats; SI, which asks for one weight, also ends the repetition. Sources: Mettler Toledo AT
 * balances manual p. 87; AL-IC manual p. 72; RADWAG WTC manual p. 48, ITKU manual p. 68. Line 9600 8N1.
 *
 * The weight is net once the balance has been tared, and the answer to SI does not tell: `mode` stays absent.
 */
import { DECIMAL_PATTERN } from "./decimal-weight.ts";
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";
import { shownWeight, UNIT_PATTERN } from "./shown-weight.ts";

const VALUE = `(?<sign>[+-]?) ?(?<decimal>${DECIMAL_PATTERN})`;
const UNITS: ReadonlySet<string> = new Set(["mg", "g", "kg", "t", "lb", "oz"]);
const WEIGHT = new RegExp(`^(?<id>S|T|TI|TA) (?<status>[SDA]) ${VALUE} (?<unit>${UNIT_PATTERN}) ?$`);
const MASS = new RegExp(
  `^(?:S {2}|S[IU] |SUI)(?<state>[ ?^v]) (?<sign>[ -])(?=[ \\d.]{9} ) {0,8}(?<decimal>${DECIMAL_PATTERN}) (?<unit>${UNIT_PATTERN}) {0,2}$`,
);
const ANSWER = /^(?<id>[A-Z]{1,3}\d{0,2})(?<gap>[ _])(?<status>OK|[A-Zv^+-]) ?$/;
const INFO = /^(?<id>I\d{1,2}) [AB] (?<answer>".*) ?$/;
const ERROR = /^E[SLT][ _]?$/;

/** A weight that lacks its beginning, or ends before its unit. */
const CUT_TAIL = new RegExp(`^(?:[SDA] | ?)[+-]? ?${DECIMAL_PATTERN} (?:mg|g|kg|t|lb|oz) ?$`);
const CUT_HEAD = new RegExp(`^(?:S|T|TI|TA) [SDA] [+-]? ?${DECIMAL_PATTERN} ?[kmlo]? ?$`);

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  // Any number of blanks separates fields: look-alikes do not pad to ten characters.
  const line = Buffer.from(frame).toString("latin1");
  const mass = MASS.exec(line)?.groups;
  if (mass !== undefined) return parseMass(mass);
  const text = line.replaceAll(/ +/g, " ");
  if (CUT_TAIL.test(text) || CUT_HEAD.test(text)) return faulty("partial_frame");
  const weight = WEIGHT.exec(text)?.groups;
  if (weight !== undefined) return parseWeight(weight);
  const answer = ANSWER.exec(text)?.groups;
  if (answer !== undefined) return parseAnswer(answer);
  const info = INFO.exec(text)?.groups;
  if (info !== undefined) return parseInfo(info.id ?? "", info.answer ?? "");
  if (ERROR.test(text)) return faulty("device_error", { code: text.slice(0, 2) });
  return faulty("unparseable");
}

function parseWeight(fields: Record<string, string>): Parsed {
  const { id, status } = fields;
  // A is the status of TA alone, and TA has no other.
  if ((status === "A") !== (id === "TA")) return faulty("unparseable");
  const shown = shownWeight(fields, UNITS);
  if (!shown.ok) return shown;
  const { weightG, imperial } = shown;
  const stable = status !== "D";
  if (id === "S") return parsed({ weight_g: weightG, stable, ...imperial });
  return parsed({ tare_g: weightG, stable, mode: "tare" });
}

function parseMass(fields: Record<string, string>): Parsed {
  const { state } = fields;
  if (state === "^") return faulty("overload");
  if (state === "v") return faulty("underload");
  const shown = shownWeight(fields, UNITS);
  if (!shown.ok) return shown;
  return parsed({ weight_g: shown.weightG, stable: state === " ", ...shown.imperial });
}

function parseAnswer({ id = "", gap, status }: Record<string, string>): Parsed {
  switch (status) {
    case "+":
      return faulty("overload", { sign: "+" });
    case "-":
      return faulty("underload", { sign: "-" });
    case "^":
      return faulty("overload");
    case "v":
      return faulty("underload");
    case "I":
    case "E":
      return faulty("not_executable");
    case "L":
      return faulty("device_error", { code: `${id} L` });
    case "A":
      return parsed({ command: id, status: gap === "_" ? "started" : "done" });
    case "OK":
      return parsed({ command: id, status: "done" });
    case "B":
      return parsed({ command: id, status: "started" });
    case "S":
    case "D":
      return id === "ZI" || isDone(id, status)
        ? parsed({ command: id, status: "done" })
        : faulty("partial_frame");
    default:
      return faulty("unparseable");
  }
}

/** D of RADWAG after Z or T. After S and TI it is Mettler's, and the value is missing. */
function isDone(id: string, status: string): boolean {
  return status === "D" && (id === "Z" || id === "T");
}

function parseInfo(id: string, answer: string): Parsed {
  const quoted = Array.from(answer.matchAll(/"([^"]*)"/g), (match) => match[1] ?? "");
  const [first] = quoted;
  if (first === undefined) return faulty("partial_frame");
  return parsed(id === "I1" ? { info: id, level: first } : { info: id, text: quoted.join(" ") });
}

export const mtSics: DeviceProtocol = {
  key: "mt-sics",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: (sync) => lineFramer(sync),
  parse,
  commands: { read: "SI\r\n", zero: "Z\r\n", tare: "T\r\n", clear_tare: "TAC\r\n" },
  isPolled: true,
  exact: /^S [SD] [ +\-.\d]{10} (?:mg|g|kg|t|lb|oz)$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
