/**
 * MT-SICS: Mettler Toledo Standard Interface Command Set, levels 0 and 1, as spoken by balances and many look-alikes.
 *
 *   answer  := id " " status [" " value " " unit] (CRLF | CR | LF)
 *   weight  := "S" ("S" stable | "D" dynamic) value unit              answer to S, SI, SIR, SR
 *   tare    := "T" ("S" | "D") value unit | "TI" ... | "TA" "A" value unit
 *   done    := ("Z" | "T" | "TAC" | ...) "A" | "ZI" ("S" | "D")       "B": begun, the answer proper follows
 *   refused := id ("I" not executable now | "L" wrong parameter | "+" overload | "-" underload)
 *   error   := "ES" syntax | "ET" transmission | "EL" logical
 *   info    := "I" digit " A " quoted { " " quoted }
 *
 * The value is 10 characters, right-aligned; look-alikes pad otherwise, so any run of blanks separates fields. Commands are
 * in capitals and end in CRLF. Sources: Mettler Toledo AT balances manual p. 87; AL-IC manual p. 72. Line 9600 8N1.
 *
 * The weight is net once the balance has been tared, and the answer to SI does not tell: `mode` stays absent.
 */
import { DECIMAL_PATTERN, toGrams } from "./decimal-weight.ts";
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";

const VALUE = `(?<sign>[+-]?) ?(?<decimal>${DECIMAL_PATTERN})`;
const UNIT = "(?<unit>mg|g|kg|t|lb|oz)";
const WEIGHT = new RegExp(`^(?<id>S|T|TI|TA) (?<status>[SDA]) ${VALUE} ${UNIT} ?$`);
const ANSWER = /^(?<id>[A-Z]{1,3}\d{0,2}) (?<status>[A-Z+-]) ?$/;
const INFO = /^(?<id>I\d{1,2}) [AB] (?<answer>".*) ?$/;
const ERROR = /^E[SLT] ?$/;

/** A weight that lacks its beginning, or ends before its unit. */
const CUT_TAIL = new RegExp(`^(?:[SDA] | ?)[+-]? ?${DECIMAL_PATTERN} (?:mg|g|kg|t|lb|oz) ?$`);
const CUT_HEAD = new RegExp(`^(?:S|T|TI|TA) [SDA] [+-]? ?${DECIMAL_PATTERN} ?[kmlo]? ?$`);

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  // Any number of blanks separates fields: look-alikes do not pad to ten characters.
  const text = Buffer.from(frame).toString("latin1").replaceAll(/ +/g, " ");
  const weight = WEIGHT.exec(text)?.groups;
  if (weight !== undefined) return parseWeight(weight);
  const answer = ANSWER.exec(text)?.groups;
  if (answer !== undefined) return parseAnswer(answer.id ?? "", answer.status ?? "");
  const info = INFO.exec(text)?.groups;
  if (info !== undefined) return parseInfo(info.id ?? "", info.answer ?? "");
  if (ERROR.test(text)) return faulty("device_error", { code: text.trim() });
  return faulty(CUT_TAIL.test(text) || CUT_HEAD.test(text) ? "partial_frame" : "unparseable");
}

function parseWeight(fields: Record<string, string>): Parsed {
  const { id, status, sign = "", decimal = "", unit = "" } = fields;
  // A is the status of TA alone, and TA has no other.
  if ((status === "A") !== (id === "TA")) return faulty("unparseable");
  const grams = toGrams(sign, decimal, unit);
  if (grams === null) return faulty("out_of_range");
  const stable = status !== "D";
  return parsed(id === "S" ? { weight_g: grams, stable } : { tare_g: grams, stable, mode: "tare" });
}

function parseAnswer(id: string, status: string): Parsed {
  switch (status) {
    case "+":
      return faulty("overload", { sign: "+" });
    case "-":
      return faulty("underload", { sign: "-" });
    case "I":
      return faulty("not_executable");
    case "L":
      return faulty("device_error", { code: `${id} L` });
    case "A":
      return parsed({ command: id, status: "done" });
    case "B":
      return parsed({ command: id, status: "started" });
    case "S":
    case "D":
      return id === "ZI" ? parsed({ command: id, status: "done" }) : faulty("partial_frame");
    default:
      return faulty("unparseable");
  }
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
  commands: { poll: "SI\r\n", zero: "Z\r\n", tare: "T\r\n" },
  silenceMs: 5_000,
};
