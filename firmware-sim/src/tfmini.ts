/**
 * Benewake TFmini, TFmini Plus and TFmini-S: laser distance sensors.
 *
 *     frame = 59 59 distance strength tail sum       9 bytes; distance (cm), strength, tail 16 bits, low byte first
 *     tail  = temperature, (C + 256) * 8             Plus and S
 *           | mode (02 near, 07 far), 00             TFmini
 *     sum   = low byte of the sum of the first 8 bytes
 *     pix   = metres with two figures after the point CR LF, for the first Pixhawk firmwares
 *
 * 115200 8N1, unasked, 100 times a second, to 12 m. A weak echo makes the distance worthless: strength below 100 sends 0
 * (Plus), below 20 FFFF (TFmini), in the pix format -1. Beyond 12 m the TFmini sends 1200. Source: TFmini manual p. 12,
 * TFmini Plus manual p. 12 and 13. How strength falls with distance and darkness is made here; so is `-1.00` for -1.
 */

import type { Random } from "@jumpa-madu/contracts/random";
import { latin1 } from "./device-model.ts";
import { spoilDigit } from "./spoil.ts";
import { StreamingBinSensor } from "./streaming-bin-sensor.ts";
import type { BinSensorOptions } from "./ultrasonic-sensor.ts";

const PERIOD_MS = 10;
const RANGE_CM = 1200;

/** Strength of the echo of a white sheet at one metre. */
const STRENGTH_AT_1_M = 3000;

/** Kinds of sensor: the least strength that counts, and the distance that a weaker echo sends. */
const KINDS = {
  plus: { strengthLeast: 100, weakCm: 0 },
  mini: { strengthLeast: 20, weakCm: 0xffff },
} as const;
export type TfminiKind = keyof typeof KINDS;

/** Names of the kinds. */
export const TFMINI_KINDS = Object.keys(KINDS) as TfminiKind[];

/** What a sensor is like. Default noise: 10 mm. */
export interface TfminiOptions extends BinSensorOptions {
  /** Default plus. */
  kind?: TfminiKind | undefined;
  /** How much light the waste sends back, 0 to 1; default 0.4. Black bags have 0.01 or less. */
  reflectivity?: number | undefined;
  /** Temperature of the chip, in degrees Celsius; default 40. */
  temperatureC?: number | undefined;
}

/** One frame's content. */
export interface TfminiFrame {
  distanceCm: number;
  strength: number;
  /** Bytes 6 and 7 as one number. */
  tail: number;
}

/** The tail that tells a temperature. */
export function tailOfTemperature(temperatureC: number): number {
  return Math.round((temperatureC + 256) * 8);
}

/** Encodes a frame. */
export function encodeTfmini({ distanceCm, strength, tail }: TfminiFrame): Uint8Array {
  const bytes = [0x59, 0x59, ...lowFirst(distanceCm), ...lowFirst(strength), ...lowFirst(tail)];
  return Uint8Array.of(...bytes, bytes.reduce((sum, byte) => sum + byte, 0) & 0xff);
}

function lowFirst(value: number): [number, number] {
  return [value & 0xff, (value >> 8) & 0xff];
}

/** Encodes a line of the pix format; undefined is a weak echo. */
export function encodeTfminiPix(distanceCm: number | undefined): Uint8Array {
  return latin1(`${(distanceCm === undefined ? -1 : distanceCm / 100).toFixed(2)}\r\n`);
}

/** What the sensor finds: the strength of the echo, and the distance when it is strong enough. */
function measure(
  distanceMm: number,
  random: Random,
  { kind = "plus", reflectivity = 0.4, noiseMm = 10 }: TfminiOptions,
): { distanceCm: number | undefined; strength: number } {
  const fade = Math.max(0.3, distanceMm / 1000) ** 2;
  const strength = Math.max(
    0,
    Math.round(((STRENGTH_AT_1_M * reflectivity) / fade) * (1 + 0.05 * random.gaussian())),
  );
  const measuredCm = Math.round((distanceMm + noiseMm * random.gaussian()) / 10);
  const isStrong = strength >= KINDS[kind].strengthLeast;
  return { distanceCm: isStrong ? Math.min(RANGE_CM, Math.max(0, measuredCm)) : undefined, strength };
}

/** A sensor over a bin. */
export class Tfmini extends StreamingBinSensor {
  constructor(options: TfminiOptions) {
    const { kind = "plus", temperatureC = 40 } = options;
    super(options, {
      baud: 115_200,
      // 59 59 59 59 59 59 59 59 59 is not a frame: its sum would be C8.
      endlessByte: 0x59,
      periodMs: PERIOD_MS,
      encode: (distanceMm, random) => {
        const { distanceCm = KINDS[kind].weakCm, strength } = measure(distanceMm, random, options);
        const tail = kind === "plus" ? tailOfTemperature(temperatureC) : 0x0002;
        return encodeTfmini({ distanceCm, strength, tail });
      },
      spoil: (frame, random) => frame.with(-1, (frame.at(-1) ?? 0) ^ random.integer(1, 255)),
    });
  }
}

/** A sensor over a bin, set to the pix format. */
export class TfminiPix extends StreamingBinSensor {
  constructor(options: TfminiOptions) {
    super(options, {
      baud: 115_200,
      // A digit never ends a line.
      endlessByte: 0x30,
      periodMs: PERIOD_MS,
      encode: (distanceMm, random) => encodeTfminiPix(measure(distanceMm, random, options).distanceCm),
      spoil: spoilDigit,
    });
  }
}
