/**
 * Benewake TFmini, TFmini Plus, TFmini-S and TF-Luna: lidar distance sensors, standard frame.
 *
 *   frame := 59 59 Dl Dh Sl Sh Tl Th SUM       distance D in cm, strength S of the echo, low byte first
 *   SUM   := (sum of the first 8 bytes) mod 256
 *
 * T tells the temperature of the chip: T / 8 - 256 °C. The first TFmini has its mode (02 or 07) and a spare 00 there instead.
 * Line 115200 8N1, 100 frames a second. An echo too weak to be believed:
 *
 *   TFmini          S < 20                  D = FFFF; beyond 12 m D = 1200
 *   TFmini Plus     S < 100 or S = FFFF     D = 0
 *   TFmini-S        S ≤ 100                 D = FFFF; FFFE when S is saturated (FFFF), FFFC when daylight blinds it
 *
 * Sources: TFmini manual SJ-PM-TFmini-T-01 A03 p. 12, TFmini Plus A04 p. 12-13, TFmini-S A00 p. 12.
 */
import { type DeviceProtocol, faulty, type Parsed, parsed } from "./protocol.ts";
import { sumFramer } from "./sum-framer.ts";

const START = 0x59;
const LENGTH = 9;

const REACH = { minMm: 100, maxMm: 12_000 };
const BEYOND_CM = 1200;

/** Strengths below these are no echo: of the first TFmini, and of those that came after it. */
const FIRST_STRENGTH_MIN = 20;
const STRENGTH_MIN = 100;
const SATURATED = 0xffff;

/** Distances from here on are none, but negative numbers that name what is wrong. */
const SIGNS_FROM = 0xff00;
const WEAK = 0xffff;

/** Temperatures that such a chip can have, in degrees Celsius; others are no temperature. */
const CHIP_TEMP_C = { from: -40, to: 125 };

function isIntact(frame: Uint8Array): boolean {
  const sum = frame.subarray(0, LENGTH - 1).reduce((total, byte) => total + byte, 0);
  return frame[1] === START && (sum & 0xff) === frame[LENGTH - 1];
}

function parse(frame: Uint8Array): Parsed {
  if (frame.length !== LENGTH || frame[0] !== START) return faulty("unparseable");
  if (!isIntact(frame)) return faulty("checksum");
  const [distance = 0, strength = 0, third = 0] = [2, 4, 6].map(
    (at) => (frame[at] ?? 0) + 256 * (frame[at + 1] ?? 0),
  );
  // A spare byte of zero would be a temperature below -224 °C.
  const isFirst = third < 0x100;
  const weak = strength < (isFirst ? FIRST_STRENGTH_MIN : STRENGTH_MIN) || strength === SATURATED;
  if (weak || distance === WEAK) return faulty("low_strength", { strength });
  if (distance >= SIGNS_FROM) return faulty("device_error", { code: distance - 0x10000, strength });
  const distanceMm = distance * 10;
  const isBeyond = distanceMm > REACH.maxMm || (isFirst && distance === BEYOND_CM);
  const tempC = third / 8 - 256;
  const hasTemp = tempC >= CHIP_TEMP_C.from && tempC <= CHIP_TEMP_C.to;
  return parsed({
    distance_mm: distanceMm,
    in_range: distanceMm >= REACH.minMm && !isBeyond,
    strength,
    ...(hasTemp ? { temp_c: tempC } : {}),
  });
}

export const tfmini: DeviceProtocol = {
  key: "tfmini",
  line: { baud: 115_200, dataBits: 8, parity: "none", stopBits: 1 },
  frame: () => sumFramer({ start: START, length: LENGTH, isIntact }),
  parse,
  commands: {},
  isPolled: false,
  exact: /^YY.{7}$/s,
  hasChecksum: true,
  reach: REACH,
  silenceMs: 5_000,
};
