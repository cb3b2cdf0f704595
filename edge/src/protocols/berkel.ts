/**
 * Berkel: the protocol for cash registers of Berkel scales, also in the Aviator 5000 and 7000 by Ohaus.
 *
 *   host ENQ -> scale ACK data | NUL no data | CAN repeat the weighing | NAK
 *   host DC1 -> scale frame, host CR "received, and compared correctly"
 *
 *   frame  := STX id weight BCC ETX | STX id weight ETX BCC           9 bytes
 *   id     := bits 2-0 capacity: 1 15 kg × 0.005 kg, 2 30 lb × 0.01 lb, 3 6 kg × 0.002 kg; bit 3 is 1; bit 4 under or over
 *             the range; bit 5 is 1; bit 6 another capacity than these
 *   weight := 5 digits without a point
 *   BCC    := even column parity, which is the XOR, of all characters but STX and ETX
 *
 * Source: Ohaus Aviator service manual p. 37 (section 6.1.2). It writes BCC before ETX in the data and after it in the commands:
 * both are read. One bit stands for both ends of the range, so that beyond it the fault is `overload`. Line 2400 7E1.
 *
 * In patterns `\cB` is STX.
 */
import { ENQ, followAnswer, isAnswer, parseAnswer } from "./enquiry.ts";
import { type DeviceProtocol, faulty, type Parsed, type ParseSettings, parsed } from "./protocol.ts";
import { type Measure, shapeFramer } from "./shape-framer.ts";
import { LOOSE_UNITS, shownWeight, withPoint } from "./shown-weight.ts";
import { xorOf } from "./xor-sum.ts";

const STX = 0x02;
const ETX = 0x03;
const LENGTH = 9;
const BODY_AT = 1;
const BODY_END = 7;

const ALWAYS_ONE = 0b0010_1000;
const BEYOND = 0b0001_0000;
const OTHER_CAPACITY = 0b0100_0000;
const CAPACITY = 0b0000_0111;
const CAPACITIES = new Map([
  [1, { unit: "kg", decimals: 3 }],
  [2, { unit: "lb", decimals: 2 }],
  [3, { unit: "kg", decimals: 3 }],
]);

function isIntact(frame: Uint8Array): boolean {
  const sum = xorOf(frame.subarray(BODY_AT, BODY_END));
  const [one, other] = frame.subarray(BODY_END, LENGTH);
  return frame[0] === STX && ((one === sum && other === ETX) || (one === ETX && other === sum));
}

function measure(bytes: Uint8Array, ended: boolean): Measure {
  if (isAnswer(bytes[0])) return { frame: 1 };
  if (bytes[0] !== STX) return "none";
  if (bytes.length >= LENGTH) {
    return isIntact(bytes.subarray(0, LENGTH)) ? { frame: LENGTH } : { damaged: LENGTH };
  }
  // Only ETX is missing.
  const isWhole = bytes.length === LENGTH - 1 && isIntact(Uint8Array.of(...bytes, ETX));
  return ended && isWhole ? { frame: bytes.length } : "more";
}

function parse(frame: Uint8Array, settings: ParseSettings = {}): Parsed {
  if (frame.length === 1) return parseAnswer(frame[0]);
  if (frame.length < LENGTH - 1 || frame.length > LENGTH) return faulty("unparseable");
  if (!isIntact(frame.length === LENGTH ? frame : Uint8Array.of(...frame, ETX))) return faulty("checksum");
  const [, id = 0] = frame;
  const digits = Buffer.from(frame.subarray(BODY_AT + 1, BODY_END)).toString("latin1");
  if ((id & ALWAYS_ONE) !== ALWAYS_ONE || id > 0x7f) return faulty("unparseable");
  if ((id & BEYOND) !== 0) return faulty("overload");
  if (!/^ *\d+$/.test(digits)) return faulty("unparseable");
  const known = (id & OTHER_CAPACITY) === 0 ? CAPACITIES.get(id & CAPACITY) : undefined;
  const unit = settings.unit ?? known?.unit;
  const decimals = settings.decimals ?? known?.decimals;
  // A capacity that is not in the manual's table: where the point stands must be configured.
  if (unit === undefined || decimals === undefined) return faulty("unparseable");
  const shown = shownWeight({ decimal: withPoint(digits.trim(), decimals), unit }, LOOSE_UNITS);
  return shown.ok ? parsed({ weight_g: shown.weightG, stable: null, ...shown.imperial }) : shown;
}

export const berkel: DeviceProtocol = {
  key: "berkel",
  line: { baud: 2400, dataBits: 7, parity: "even", stopBits: 1 },
  frame: () => shapeFramer({ shortest: LENGTH, longest: LENGTH, measure }),
  parse,
  commands: { read: ENQ, zero: "\x02Z\0\0\0\0\0\x03Z", tare: "\x02N\0\0\0\0\0\x03N" },
  isPolled: true,
  follow: (reading) => ("weight_g" in reading ? "\r" : followAnswer(reading)),
  exact: /^\cB[\x29-\x2b\x39-\x3b]\d{5}.{2}$/s,
  // A frame has one, but an answer to ENQ is a single byte that nothing guards.
  hasChecksum: false,
  lacksStability: true,
  silenceMs: 5_000,
};
