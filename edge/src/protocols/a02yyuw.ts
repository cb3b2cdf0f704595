/**
 * A02YYUW and its family: waterproof ultrasonic distance sensors that send one and the same frame.
 *
 *   frame := FF H L SUM        distance = H × 256 + L, in millimetres
 *   SUM   := (FF + H + L) mod 256
 *
 * Line 9600 8N1; a frame every 100 to 300 ms, or one for each byte 55 that a JSN-SR04T with a resistor of 120 kΩ at R27 is
 * sent (mode 3; 47 kΩ is mode 2, pushed). Sources: wiki.dfrobot.com SEN0311 (A02YYUW), SEN0312 (ME007YS), SEN0313 (A01NYUB),
 * "Serial output"; JSN-SR04T-V3.0 manual, modes 2 and 3. Reach in millimetres stands with each. Frames with a right sum that
 * say 0, 32768 or 65535 do occur: the range is judged after the sum.
 *
 * FF also occurs as data (H or L), so a wrong sum gives up one byte, not four.
 */
import type { BinSensorProtocol } from "@jumpa-madu/contracts/protocols";
import type { Reach } from "@jumpa-madu/sensing/reach";
import { type DeviceProtocol, faulty, type Parsed, parsed } from "./protocol.ts";
import { sumFramer } from "./sum-framer.ts";

const START = 0xff;
const LENGTH = 4;

function isIntact(frame: Uint8Array): boolean {
  const [start = 0, high = 0, low = 0, sum] = frame;
  return ((start + high + low) & 0xff) === sum;
}

function parse(frame: Uint8Array, { minMm, maxMm }: Reach): Parsed {
  const [start, high = 0, low = 0] = frame;
  if (frame.length !== LENGTH || start !== START) return faulty("unparseable");
  if (!isIntact(frame)) return faulty("checksum");
  const distanceMm = high * 256 + low;
  return parsed({ distance_mm: distanceMm, in_range: distanceMm >= minMm && distanceMm <= maxMm });
}

function member(key: BinSensorProtocol, reach: Reach, more: Partial<DeviceProtocol> = {}): DeviceProtocol {
  return {
    key,
    line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
    frame: () => sumFramer({ start: START, length: LENGTH, isIntact }),
    parse: (frame) => parse(frame, reach),
    commands: {},
    isPolled: false,
    exact: /^\xff.{3}$/s,
    hasChecksum: true,
    reach,
    silenceMs: 5_000,
    ...more,
  };
}

export const a02yyuw = member("a02yyuw", { minMm: 30, maxMm: 4500 });
export const me007ys = member("me007ys", { minMm: 30, maxMm: 4500 });
export const a01nyub = member("a01nyub", { minMm: 280, maxMm: 7500 });

/** A JSN-SR04T takes 343 m/s for granted, unlike the others, which measure the temperature of the air. */
const JSN_SR04T_REACH = { minMm: 200, maxMm: 6000 };
export const jsnSr04t = member("jsn-sr04t", JSN_SR04T_REACH, { lacksTemperature: true });
export const jsnSr04tPolled = member("jsn-sr04t-polled", JSN_SR04T_REACH, {
  lacksTemperature: true,
  isPolled: true,
  commands: { read: "\x55" },
});
