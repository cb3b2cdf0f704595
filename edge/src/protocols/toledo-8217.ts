/**
 * Toledo 8217: the protocol for cash registers of Mettler Toledo (Ariva, Viva, DIVA, in Magellan 8500) and of look-alikes.
 *
 *   frame  := STX (weight | status | done) CR
 *   weight := decimal [unit] ["N" net]        two figures after the point are pounds (0WW.WW, WW.WW), three kilograms
 *                                             (WW.WWW), unless the unit is sent or configured; look-alikes put blanks before
 *   status := "?" byte                        in place of a weight, or after a command
 *   byte   := 0 bit-6 net centre-of-zero outside-zero-capture under-zero over motion    from bit 7; bit 6 is always 1 in the
 *             manuals, and "bad command" in the drivers of cash registers, whose look-alikes leave it 0
 *   done   := "" test begun | "E" echo on | "F" echo off
 *   echo   := STX "E" CR "hello"              answer to `Ehello`, by which such a scale is found
 *
 * Commands are one capital letter without a terminator. The scale gives no weight while the load moves, and none below zero:
 * every weight is stable, and one with a minus, which a Dibal sends for any load below zero, is underload. Sources: Mettler
 * Toledo DIVA service manual p. 39-45, Brecknell 67xxU service manual p. 71 (unit in the frame), Salter Brecknell 3700LP manual
 * p. 11 (grams without a point). Brecknell sends kilograms with two figures: then the unit must be configured. Line 9600 7E1.
 *
 * In patterns `\cB` is STX.
 */
import {
  type DeviceProtocol,
  type Fault,
  faulty,
  type Parsed,
  type ParseSettings,
  parsed,
  type ReplyFrame,
} from "./protocol.ts";
import { type Measure, measureEnvelope, shapeFramer } from "./shape-framer.ts";
import { LOOSE_UNITS, shownWeight } from "./shown-weight.ts";

const STX = 0x02;
const CR = 0x0d;
const LONGEST = 24;
/** Bytes of the shortest weight, STX WW.WW CR. */
const SHORTEST = 7;

const ECHO = Buffer.from("\x02E\rhello");
/** Bytes of the answer to `E`, with which the echo begins. */
const ECHO_ON = 3;

/** Five or six characters without a unit, of which two or three figures follow the point; a unit makes any place plain. */
const WEIGHT =
  /^ *(?<sign>-?)(?:(?<decimal>(?=[\d.,]{5,6}[N\r]|[\d.,]{6}$)\d{1,3}[.,]\d{2,3}|\d{5,6})|(?<decimal>\d{1,4}[.,]\d{1,3}|\d{4,6})(?<unit>[a-z]{1,5}|KG|LB|OZ|G))(?<net>N?)(?<end>\r?)$/;
/** A weight that is whole even without its CR. */
const WHOLE = /^ ?\d\d[.,]\d{3}N?$/;
/** Units that the frame may name. */
const UNITS = new Set(["kg", "KG", "lb", "LB", "oz", "OZ", "g", "G"]);
const STATUS = /^ *\?(?<status>[^\r\n\x80-\xff])\r?$/;
/** STX `?` byte CR; the byte may look like STX. */
const STATUS_LENGTH = 4;
const QUESTION_MARK = 0x3f;
const DONE: ReadonlyMap<string, ReplyFrame> = new Map([
  ["\r", { command: "A", status: "started" }],
  ["E\r", { command: "E", status: "done" }],
  ["F\r", { command: "F", status: "done" }],
] as const);

function measure(bytes: Uint8Array, ended: boolean): Measure {
  const matched = bytes.subarray(0, ECHO.length).findIndex((byte, index) => byte !== ECHO[index]);
  if (matched < 0 && bytes.length >= ECHO.length) return { frame: ECHO.length };
  if (matched < 0 && bytes.length >= ECHO_ON && !ended) return "more";
  const isStatus = bytes[0] === STX && bytes[1] === QUESTION_MARK && bytes[2] === STX;
  if (isStatus && bytes.length < STATUS_LENGTH && !ended) return "more";
  if (isStatus && bytes[STATUS_LENGTH - 1] === CR) return { frame: STATUS_LENGTH };
  return measureEnvelope(bytes, ended, STX, CR);
}

function parse(frame: Uint8Array, settings: ParseSettings = {}): Parsed {
  const text = Buffer.from(frame).toString("latin1");
  if (text[0] !== "\x02") return faulty("unparseable");
  if (ECHO.equals(frame)) return parsed({ echo: text.slice(ECHO_ON) });
  const body = text.slice(1);
  const done = DONE.get(body);
  if (done !== undefined) return parsed(done);
  const status = STATUS.exec(body)?.groups?.status;
  if (status !== undefined) return parseStatus(status);
  const weight = WEIGHT.exec(body)?.groups;
  if (weight !== undefined && (weight.end === "\r" || WHOLE.test(body))) return parseWeight(weight, settings);
  return faulty(body.endsWith("\r") ? "unparseable" : "partial_frame");
}

function parseWeight(fields: Record<string, string | undefined>, settings: ParseSettings): Parsed {
  const { sign, decimal = "", net } = fields;
  if (sign === "-") return faulty("underload", { sign });
  const figures = decimal.split(/[.,]/)[1]?.length;
  const unit = fields.unit ?? settings.unit ?? (figures === 2 ? "lb" : "kg");
  // The point is missing in grams and nowhere else; otherwise a byte was lost, and the weight would be a thousandfold.
  if ((figures === undefined) !== (unit.toLowerCase() === "g")) return faulty("unparseable");
  const shown = shownWeight({ decimal, unit }, fields.unit === undefined ? LOOSE_UNITS : UNITS);
  if (!shown.ok) return shown;
  const mode = net === "N" ? "net" : "gross";
  return parsed({ weight_g: shown.weightG, stable: true, mode, ...shown.imperial });
}

/** Faults of a status, the gravest first, by their bits. */
const STATUS_FAULTS: readonly (readonly [bit: number, fault: Fault])[] = [
  [0b0010, { error: "overload" }],
  [0b0100, { error: "underload" }],
  // A load that is being put on moves outside the range in which zero may be set; only at rest does that say anything.
  [0b0001, { error: "motion" }],
  [0b1000, { error: "device_error", code: "outside zero capture" }],
];
const CENTER_OF_ZERO = 0b0001_0000;

function parseStatus(status: string): Parsed {
  const bits = status.charCodeAt(0);
  const fault = STATUS_FAULTS.find(([bit]) => (bits & bit) !== 0)?.[1];
  if (fault !== undefined) return { ok: false, fault };
  return parsed({ status: (bits & CENTER_OF_ZERO) === 0 ? "ready" : "center_of_zero", stable: true });
}

export const toledo8217: DeviceProtocol = {
  key: "toledo-8217",
  line: { baud: 9600, dataBits: 7, parity: "even", stopBits: 1 },
  frame: () => shapeFramer({ shortest: SHORTEST, longest: LONGEST, separators: [CR, 0x0a], measure }),
  parse,
  commands: { read: "W", zero: "Z", tare: "T", clear_tare: "C" },
  isPolled: true,
  exact: /^\cB(?:\d\d\.\d{3}N?|0?\d\d\.\d\dN?|\?[\x40-\x7f])\r$/,
  hasChecksum: false,
  silenceMs: 5_000,
};
