/**
 * Toledo continuous: what Mettler Toledo terminals (8530, IND245, IND4xx, IND570, ICS) and many look-alikes send all the time.
 *
 *   frame  := STX SWA SWB SWC weight [">"] tare CR [CHK]       17 bytes, 18 with CHK; Cardinal puts ">" between the fields
 *           | STX SWA SWB SWC weight CR [CHK]                  short, without tare
 *   weight, tare := 6 digits without sign and point, filled with zeros or blanks from the left
 *   SWA    := bits 2-0 place of the point: 0 two zeros to add, 1 one zero, 2 none, 3 to 7 one to five figures behind it;
 *             bits 4-3 step of the last digit: 1, 2 or 3 for 1, 2 or 5; bit 5 is 1, bits 6 and 7 are 0
 *   SWB    := bit 0 net, bit 1 negative, bit 2 out of range, bit 3 motion, bit 4 kg (0 is lb), bit 5 is 1, bit 6 zero not
 *             captured since the power came on, bit 7 is 0
 *   SWC    := bits 2-0 unit: 0 by SWB, 1 g, 2 t, 3 oz, 4 troy oz, 5 pennyweight, 6 short ton, 7 custom; bit 3 print request;
 *             bit 4 display in tenths of the step; bit 5 is 1, bit 6 tare pressed, bit 7 is 0
 *   CHK    := two's complement of the low 7 bits of the sum of all bytes before it
 *
 * Sources: KERN FTC manual p. 42 and Rockwell 57C428 manual p. 37 (layout, CHK), Liden LUW2001 manual p. 15 (SWA), Triner TS-700
 * manual p. 15 (SWC), Fairbanks FB3000 manual p. 55 (SWC bit 6), Mettler Toledo's own sender of the IND245 (SWB bits 4 and 6,
 * units 3, 6 and 7; SWA places the point of the digits as they are sent, also in tenths), Cardinal 225 manual p. 118 (short form,
 * ">"). Units 4 and 5 are not documented by the maker in the pages at hand; they give a fault, as do 6 and 7. Line 9600 8N1, or 7E1.
 *
 * Before zero is captured the weight includes whatever lay on the pan: a device error. Whether a CHK follows shows only in the
 * byte after CR, so a frame is complete when that has come; only STX begins another frame. An IND570 was recorded with one blank
 * too many between two fields filled with blanks, which is read because no digit can be in the wrong field.
 *
 * In patterns `\cB` is STX.
 */
import { type DeviceProtocol, faulty, type Parsed, parsed } from "./protocol.ts";
import { type Measure, shapeFramer } from "./shape-framer.ts";
import { LOOSE_UNITS, shownWeight, withPoint } from "./shown-weight.ts";

const STX = 0x02;
const CR = 0x0d;
const FIELDS_AT = 4;
const DIGITS_SENT = 6;
/** Bytes of the short form. */
const SHORT_LENGTH = 11;
/** Bytes of the form with ">" or one blank too many, without its CR. */
const LONGEST_WITHOUT_CR = 17;
/** With its CR and CHK, and the STX that may follow. */
const LONGEST = 20;

/** Two fields filled with blanks, and one blank more than they need. */
const EXTRA_BLANK = /^(?<weight> {1,6}\d{1,6}) {1,7}(?<tare>\d{1,6})$/;
const DIGITS = /^ *\d+$/;

const BIT_5 = 0x20;
const STEP = 0x18;
const NET = 0x01;
const NEGATIVE = 0x02;
const OUT_OF_RANGE = 0x04;
const MOTION = 0x08;
const KILOGRAMS = 0x10;
const ZERO_NOT_CAPTURED = 0x40;
/** Units by the low bits of SWC; the first is by SWB. */
const UNITS = ["", "g", "t", "oz", "ozt", "dwt", "ton", "custom"];

function isSum(frame: Uint8Array, sum: number | undefined): boolean {
  return (-frame.reduce((total, byte) => total + byte, 0) & 0x7f) === sum;
}

/** True when the bytes that have come may be status words. */
function hasStatusWords([, swa = BIT_5 | STEP, swb = BIT_5, swc = BIT_5]: Uint8Array): boolean {
  return (swa & 0xe0) === BIT_5 && (swa & STEP) !== 0 && (swb & 0xa0) === BIT_5 && (swc & 0xa0) === BIT_5;
}

function measure(bytes: Uint8Array, ended: boolean): Measure {
  if (bytes[0] !== STX || !hasStatusWords(bytes)) return "none";
  const end = bytes.indexOf(CR, FIELDS_AT);
  if (end < 0) {
    if (bytes.length > LONGEST_WITHOUT_CR || bytes.indexOf(STX, 1) > 0) return "none";
    return ended && fieldsOf(bytes, -1) !== null ? { frame: bytes.length } : "more";
  }
  const length = end + 1;
  if (fieldsOf(bytes, end) === null) return "none";
  const sum = bytes[length];
  if (sum === undefined) return ended ? { frame: length } : "more";
  const judged: Measure = isSum(bytes.subarray(0, length), sum)
    ? { frame: length + 1 }
    : { damaged: length + 1 };
  if (sum !== STX) return judged;
  // 02h is a CHK when another STX follows it, else it begins the next frame.
  const next = bytes[length + 1];
  if (next === undefined) return ended ? judged : "more";
  return next === STX ? judged : { frame: length };
}

interface Fields {
  readonly weight: string;
  readonly tare?: string | undefined;
}

/**
 * The fields before the CR at `end`, which is -1 when a program has stripped it; null when they fit no form. Only such a
 * program was seen to send one blank too many, and the short form without its CR may be the head of the long one.
 */
function fieldsOf(frame: Uint8Array, end: number): Fields | null {
  const isStripped = end < 0;
  const text = Buffer.from(frame.subarray(FIELDS_AT, isStripped ? undefined : end)).toString("latin1");
  const weight = text.slice(0, DIGITS_SENT);
  if (text.length === DIGITS_SENT) return isStripped ? null : { weight };
  if (text.length === 2 * DIGITS_SENT) return { weight, tare: text.slice(DIGITS_SENT) };
  if (text.length !== 2 * DIGITS_SENT + 1) return null;
  if (text[DIGITS_SENT] === ">") return { weight, tare: text.slice(DIGITS_SENT + 1) };
  const { weight: padded, tare } = (isStripped ? EXTRA_BLANK.exec(text)?.groups : undefined) ?? {};
  return padded === undefined ? null : { weight: padded, tare };
}

function parse(frame: Uint8Array): Parsed {
  const end = frame.indexOf(CR, FIELDS_AT);
  const length = end < 0 ? frame.length : end + 1;
  if (frame[0] !== STX || !hasStatusWords(frame) || frame.length > length + 1) return faulty("unparseable");
  if (frame.length > length && !isSum(frame.subarray(0, length), frame[length])) return faulty("checksum");
  const fields = fieldsOf(frame, end);
  return fields === null ? faulty("unparseable") : parseFields(frame, fields);
}

function parseFields(frame: Uint8Array, { weight, tare }: Fields): Parsed {
  const [, swa = 0, swb = 0, swc = 0] = frame;
  const isNegative = (swb & NEGATIVE) !== 0;
  if ((swb & OUT_OF_RANGE) !== 0) {
    return isNegative ? faulty("underload", { sign: "-" }) : faulty("overload", { sign: "+" });
  }
  if ((swb & ZERO_NOT_CAPTURED) !== 0) return faulty("device_error", { code: "zero not captured" });
  if (!DIGITS.test(weight) || !(tare === undefined || /^ *\d*$/.test(tare))) return faulty("unparseable");

  const unit = UNITS[swc & 0x07] || ((swb & KILOGRAMS) === 0 ? "lb" : "kg");
  const shown = shownWeight({ sign: isNegative ? "-" : "", decimal: place(weight, swa), unit }, LOOSE_UNITS);
  if (!shown.ok) return shown;
  const isNet = (swb & NET) !== 0;
  const shownTare =
    isNet && tare?.trim() ? shownWeight({ decimal: place(tare, swa), unit }, LOOSE_UNITS) : null;
  return parsed({
    weight_g: shown.weightG,
    stable: (swb & MOTION) === 0,
    mode: isNet ? "net" : "gross",
    ...(shownTare?.ok === true ? { tare_g: shownTare.weightG } : {}),
    ...shown.imperial,
  });
}

/** The digits with their point, or with the zeros that stand for what is not sent. */
function place(digits: string, swa: number): string {
  const decimals = (swa & 0x07) - 2;
  return decimals < 0 ? digits.trim() + "0".repeat(-decimals) : withPoint(digits.trim(), decimals);
}

export const toledoContinuous: DeviceProtocol = {
  key: "toledo-continuous",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: () => shapeFramer({ shortest: SHORT_LENGTH, longest: LONGEST, measure }),
  parse,
  // KERN FTC manual p. 42.
  commands: { zero: "Z\r\n", tare: "T\r\n", clear_tare: "C\r\n" },
  isPolled: false,
  exact: /^\cB[\x28-\x3f][\x20-\x7f][\x20-\x3f](?:[ \d]{5}\d[ \d]{5}\d|[ \d]{5}\d)\r[\0-\x7f]?$/,
  // CHK is optional.
  hasChecksum: false,
  silenceMs: 5_000,
};
