/**
 * NCI: the protocol for cash registers of Weigh-Tronix, also in Avery Berkel, Brecknell, Salter, CAS, Adam and Ohaus scales.
 *
 *   frame   := LF field CR LF status CR ETX                   answer to W
 *            | LF status CR ETX                               answer to S and Z; to W too, in the ECR form, when there is no weight
 *            | LF "?" CR ETX                                  unknown command
 *   field   := ["-"] digits with at most one point, unit      `pcs` pieces; `5lb 12.5oz` is one weight
 *            | "^" ... overload | "_" ... underload | "-" ... zero error, [unit]
 *   status  := ["S"] byte byte {byte}                         "S" in the ECR form; bits 4 and 5 are always 1
 *   byte 1  := bit 0 motion, 1 at zero, 2 RAM error, 3 EEPROM error, 6 is 0
 *   byte 2  := bit 0 under capacity, 1 over capacity, 2 ROM error, 3 faulty calibration, 6 another byte follows
 *   byte 3  := bits 1-0 range or hold, 2 net, 3 initial zero error, 6 another byte follows
 *
 * Sources: Weigh-Tronix SCP-01 and NCI 6702 manual p. 14 (grammar, display marks), Mettler Toledo DIVA service manual p. 34-37 and
 * Ohaus Aviator service manual p. 47-49 (ECR form, status bytes), CAS CI-100A manual p. 38 (polarity, pieces, lb:oz), Adam MDW
 * manual p. 14. DIVA sends four status bytes whatever bit 6 says. Line 9600 8N1; some are set to 7E1.
 *
 * In patterns `\cC` is ETX.
 */
import { type DeviceProtocol, type Fault, faulty, type Parsed, parsed } from "./protocol.ts";
import { type Measure, shapeFramer } from "./shape-framer.ts";
import { shownWeight, UNIT_PATTERN } from "./shown-weight.ts";

const LF = 0x0a;
const LONGEST = 40;
/** Bytes of the shortest answer, LF "?" CR ETX. */
const SHORTEST = 4;

const FRAME = /^\n[^\n\r\cC]{1,24}\r(?:\n[^\n\r\cC]{1,8}\r)?\cC/;
const UNENDED = /^\n[^\n\r\cC]{0,24}(?:\r(?:\n(?:[^\n\r\cC]{0,8}\r?)?)?)?$/;

const ANSWER = /^\n(?:(?<field>[^\n\r]+)\r\n)?S?(?<status>[0-?][0-?p-\x7f]{1,5})(?:\r\cC?)?$/;
/** At least four characters before the unit: shorter, and the frame has lost its head. One letter of a unit fills two columns. */
const WEIGHT = new RegExp(
  `^(?=[- \\d.,]{4}) *(?<sign>-?) *(?<decimal>\\d{1,8}(?:[.,]\\d{1,6})?) *(?<unit>[A-Za-z] ?|${UNIT_PATTERN})$`,
);
/** Units of the manuals; capitals in the ECR form. */
const UNITS = new Set(["kg", "KG", "lb", "LB", "oz", "OZ", "g", "G"]);
/** Grams stand next to their digits and fill two columns, or have no point: `kg` with a wrong byte is no grams. */
const GRAMS = /^(?:[^.,]*\dg|.*\dg )$/i;
const POUNDS_OUNCES = /^ *(?<sign>-?) *(?<pounds>\d{1,4})lb(?:: ?| +)(?<ounces>\d{1,2}(?:\.\d{1,3})?)oz *$/i;
const MARKS = /^ *(?<mark>\^+|_+|-[ -]*-) *(?:[A-Za-z:]{1,5})? *$/;
const ANOTHER_FOLLOWS = 0b0100_0000;
const OUNCES_PER_POUND = 16n;

function measure(bytes: Uint8Array, ended: boolean): Measure {
  if (bytes[0] !== LF) return "none";
  const text = Buffer.from(bytes).toString("latin1");
  const frame = FRAME.exec(text)?.[0];
  if (frame !== undefined) return { frame: frame.length };
  if (!UNENDED.test(text)) return "none";
  return ended && isWhole(text) ? { frame: bytes.length } : "more";
}

/** True for an answer that lacks ETX alone, or CR and ETX, though none of its status bytes. */
function isWhole(text: string): boolean {
  const status = ANSWER.exec(text)?.groups?.status;
  return status !== undefined && isComplete(Buffer.from(status, "latin1"));
}

/** True when each byte that another byte announces is there. */
function isComplete(status: Uint8Array): boolean {
  return status.every(
    (byte, index) => index === 0 || (byte & ANOTHER_FOLLOWS) === 0 || index + 1 < status.length,
  );
}

function parse(frame: Uint8Array): Parsed {
  const text = Buffer.from(frame).toString("latin1");
  if (/^\n\?(?:\r\cC?)?$/.test(text)) return faulty("device_error", { code: "?" });
  const answer = ANSWER.exec(text)?.groups;
  if (answer === undefined || frame.length > LONGEST) return faulty("unparseable");
  const { field, status = "" } = answer;
  const bits = Buffer.from(status, "latin1");
  if (!isComplete(bits)) return faulty("partial_frame");
  const fault = faultOf(bits) ?? markOf(field);
  if (fault !== null) return { ok: false, fault };
  return field === undefined ? parseStatus(bits) : parseField(field, bits);
}

/** Faults of the status bytes, the gravest first. */
const STATUS_FAULTS: readonly (readonly [byte: number, bit: number, fault: Fault])[] = [
  [0, 0b0100, { error: "device_error", code: "RAM" }],
  [0, 0b1000, { error: "device_error", code: "EEPROM" }],
  [1, 0b0100, { error: "device_error", code: "ROM" }],
  [1, 0b1000, { error: "device_error", code: "calibration" }],
  [1, 0b0010, { error: "overload" }],
  [1, 0b0001, { error: "underload" }],
  [2, 0b1000, { error: "device_error", code: "zero" }],
];

function faultOf(bits: Uint8Array): Fault | null {
  return STATUS_FAULTS.find(([byte, bit]) => ((bits[byte] ?? 0) & bit) !== 0)?.[2] ?? null;
}

/** Fault of a display that is filled with marks. */
function markOf(field = ""): Fault | null {
  const mark = MARKS.exec(field)?.groups?.mark?.[0];
  if (mark === undefined) return null;
  if (mark === "^") return { error: "overload" };
  return mark === "_" ? { error: "underload" } : { error: "device_error", code: "zero" };
}

const MOTION = 0b01;
const AT_ZERO = 0b10;

function parseStatus([first = 0]: Uint8Array): Parsed {
  if ((first & MOTION) !== 0) return faulty("motion");
  return parsed({ status: (first & AT_ZERO) === 0 ? "ready" : "center_of_zero", stable: true });
}

function parseField(field: string, [first = 0, , third]: Uint8Array): Parsed {
  const stable = (first & MOTION) === 0;
  const { sign, decimal, unit }: Fields = inOunces(field) ?? WEIGHT.exec(field)?.groups ?? {};
  if (decimal === undefined || unit === undefined) return faulty("unparseable");
  if (/^pcs?$/i.test(unit)) {
    const isCount = /^\d+$/.test(decimal) && sign !== "-";
    return isCount ? parsed({ count: Number(decimal), stable }) : faulty("unparseable");
  }
  if (/^g ?$/i.test(unit) && !GRAMS.test(field)) return faulty("unparseable");
  const shown = shownWeight({ sign, decimal, unit: unit.trim() }, UNITS);
  if (!shown.ok) return shown;
  const mode = third === undefined ? {} : ({ mode: (third & 0b0100) === 0 ? "gross" : "net" } as const);
  return parsed({ weight_g: shown.weightG, stable, ...mode, ...shown.imperial });
}

interface Fields {
  readonly sign?: string | undefined;
  readonly decimal?: string | undefined;
  readonly unit?: string | undefined;
}

/** Pounds and ounces as ounces; null for any other field. */
function inOunces(field: string): Fields | null {
  const { sign = "", pounds, ounces = "" } = POUNDS_OUNCES.exec(field)?.groups ?? {};
  if (pounds === undefined) return null;
  const [whole = "", fraction = ""] = ounces.split(".");
  if (BigInt(whole) >= OUNCES_PER_POUND) return null;
  return { sign, decimal: `${BigInt(pounds) * OUNCES_PER_POUND + BigInt(whole)}.${fraction}`, unit: "oz" };
}

export const nci: DeviceProtocol = {
  key: "nci",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: () => shapeFramer({ shortest: SHORTEST, longest: LONGEST, measure }),
  parse,
  commands: { read: "W\r", zero: "Z\r" },
  isPolled: true,
  exact: /^\n(?: {0,5}-?\d{0,5}\.?\d{1,5}(?:lb|kg|oz|g|LB|KG|OZ|G)\r\n)?S?[0-?][0-?p-\x7f]{1,3}\r\cC$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
