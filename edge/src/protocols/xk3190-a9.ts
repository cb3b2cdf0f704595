/**
 * XK3190-A9: the binary-looking frame of Yaohua's weighbridge indicators (A9, A1+, A23p, A26 format 0, DS1, DS3), of Keli D2008
 * and of others.
 *
 *   frame   := STX weight xor ETX                             12 bytes, sent all the time
 *            | STX address command weight xor ETX             14 bytes, answer to B gross, C tare or D net
 *            | STX address "A" xor ETX                        6 bytes, answer to the handshake
 *   weight  := ("+" | "-") 6 digits place                     place := "0" to "4", figures behind the point
 *   address := "A" to "Z"                                     number of the indicator, from 1
 *   xor     := XOR of all bytes after STX, in two characters: each half + 30h, or + 37h over 9
 *
 * Sources: XK3190-A26 manual p. 10, -A23p p. 23 and 26, -DS1 p. 8, -DS3 p. 8. Keli and others are taken for the same layout:
 * drivers that read their seven digits as tenths agree with it on all frames known. `decimals` of the configuration is for a
 * device whose seventh digit is no place. No flag of stability. Baud 600 to 9600 by configuration; 9600 8N1 from the factory.
 *
 * In patterns `\cB` is STX, `\cC` is ETX.
 */
import { type DeviceProtocol, faulty, type Parsed, type ParseSettings, parsed } from "./protocol.ts";
import { type Measure, shapeFramer } from "./shape-framer.ts";
import { LOOSE_UNITS, shownWeight, withPoint } from "./shown-weight.ts";
import { isXorInCharacters } from "./xor-sum.ts";

const STX = 0x02;
const ETX = 0x03;
const LINE_ENDS = [0x0d, 0x0a];
const HANDSHAKE_LENGTH = 6;
const WEIGHT_LENGTH = 12;
const ANSWER_LENGTH = 14;

const BODY = /^(?:(?<address>[A-Z])(?<command>[A-D]))?(?:(?<sign>[+-])(?<digits>\d{6})(?<place>\d))?$/;
const GROSS = "B";
const TARE = "C";
const NET = "D";
const HIGHEST_PLACE = 4;

/** Bytes of the frame that begins so; null when none does. */
function lengthOf([, first, second = 0]: Uint8Array): number | null {
  if (first === 0x2b || first === 0x2d) return WEIGHT_LENGTH;
  if (first === undefined || first < 0x41 || first > 0x5a) return null;
  return second === 0x41 ? HANDSHAKE_LENGTH : ANSWER_LENGTH;
}

/** True for a frame of `length` bytes with a right sum; ETX may be missing at the end of the input. */
function isIntact(frame: Uint8Array, length: number): boolean {
  const end = length - 1;
  if (frame.length < end || (frame[end] ?? ETX) !== ETX) return false;
  return isXorInCharacters(frame.subarray(1, end - 2), frame[end - 2], frame[end - 1]);
}

function measure(bytes: Uint8Array, ended: boolean): Measure {
  if (bytes[0] !== STX) return "none";
  if (bytes.length < 3) return "more";
  const length = lengthOf(bytes);
  if (length === null) return "none";
  if (bytes.length >= length) {
    return isIntact(bytes.subarray(0, length), length) ? { frame: length } : { damaged: length };
  }
  return ended && isIntact(bytes, length) ? { frame: bytes.length } : "more";
}

function parse(frame: Uint8Array, settings: ParseSettings = {}): Parsed {
  const length = lengthOf(frame);
  if (frame[0] !== STX || length === null || frame.length < length - 1 || frame.length > length) {
    return faulty("unparseable");
  }
  if (!isIntact(frame, length)) return faulty("checksum");
  const body = BODY.exec(Buffer.from(frame.subarray(1, length - 3)).toString("latin1"))?.groups;
  if (body === undefined) return faulty("unparseable");
  const { address, command, sign, digits = "", place } = body;
  if (command === "A") return parsed({ command, status: "done" });
  if (settings.decimals === undefined && Number(place) > HIGHEST_PLACE) return faulty("unparseable");
  const decimals = settings.decimals ?? Number(place);
  const unit = settings.unit ?? "kg";
  const shown = shownWeight({ sign, decimal: withPoint(digits, decimals), unit }, LOOSE_UNITS);
  if (!shown.ok) return shown;
  const { weightG, imperial } = shown;
  if (command === TARE) return parsed({ tare_g: weightG, stable: null, mode: "tare" });
  const from = address === undefined ? {} : { device_id: address.charCodeAt(0) - 0x40 };
  const mode =
    command === GROSS ? { mode: "gross" as const } : command === NET ? { mode: "net" as const } : {};
  return parsed({ weight_g: weightG, stable: null, ...mode, ...imperial, ...from });
}

export const xk3190A9: DeviceProtocol = {
  key: "xk3190-a9",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: () =>
    shapeFramer({ shortest: HANDSHAKE_LENGTH, longest: ANSWER_LENGTH, separators: LINE_ENDS, measure }),
  parse,
  commands: {},
  isPolled: false,
  exact: /^\cB(?:[+-]\d{6}[0-4]|[A-Z][BCD][+-]\d{6}[0-4]|[A-Z]A)[0-9A-F]{2}\cC$/,
  hasChecksum: true,
  lacksStability: true,
  silenceMs: 5_000,
};
