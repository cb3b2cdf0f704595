/**
 * A02YYUW (DFRobot SEN0311) and ME007YS (SEN0312): waterproof ultrasonic distance sensors that push frames.
 *
 *   frame := FF H L SUM        distance = H × 256 + L, in millimetres
 *   SUM   := (FF + H + L) mod 256
 *
 * Source: wiki.dfrobot.com SEN0311 and SEN0312, "Serial output". Line 9600 8N1; a frame every 100 to 300 ms. Range
 * 30 to 4500 mm. Frames with a right sum that say 0, 32768 or 65535 do occur: the range is judged after the sum.
 *
 * FF also occurs as data (H or L), so a wrong sum gives up one byte, not four.
 */
import { type DeviceProtocol, faulty, type Parsed, parsed } from "./protocol.ts";
import { sumFramer } from "./sum-framer.ts";

const REACH = { minMm: 30, maxMm: 4500 };
const START = 0xff;
const LENGTH = 4;

function isIntact(frame: Uint8Array): boolean {
  const [start = 0, high = 0, low = 0, sum] = frame;
  return ((start + high + low) & 0xff) === sum;
}

function parse(frame: Uint8Array): Parsed {
  const [start, high = 0, low = 0] = frame;
  if (frame.length !== LENGTH || start !== START) return faulty("unparseable");
  if (!isIntact(frame)) return faulty("checksum");
  const distanceMm = high * 256 + low;
  const inRange = distanceMm >= REACH.minMm && distanceMm <= REACH.maxMm;
  return parsed({ distance_mm: distanceMm, in_range: inRange });
}

export const a02yyuw: DeviceProtocol = {
  key: "a02yyuw",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: () => sumFramer({ start: START, length: LENGTH, isIntact }),
  parse,
  commands: {},
  reach: REACH,
  silenceMs: 5_000,
};
