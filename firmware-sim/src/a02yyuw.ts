/**
 * A02YYUW (DFRobot SEN0311), and ME007YS (SEN0312) which sends the same: ultrasonic distance sensor.
 *
 *     frame = FF, distance high byte, distance low byte, sum       distance in millimetres, big-endian
 *     sum   = low byte of (FF + high + low)
 *
 * 9600 8N1, unasked. With its RX pin high (or open) the sensor sends a smoothed value every 100 to 300 ms, with RX low
 * the raw value every 100 ms. It measures from 30 to 4500 mm. Source: wiki.dfrobot.com SEN0311, SEN0312; the example
 * there is `FF 07 A1 A7` = 1953 mm. The pages do not say what is sent out of range: here 0 to 30 mm in the blind
 * zone, and 65535 (seen in the field) when no echo returns.
 */
import type { Bin } from "./bin.ts";
import { type DeviceModel, LAG_MS_MAX } from "./device-model.ts";
import { Random } from "./random.ts";

/** Below this distance the sensor is blind. */
export const BLIND_MM = 30;

/** Beyond this distance no echo returns. */
export const RANGE_MM_MAX = 4500;

const NO_ECHO = 0xffff;

/** What a sensor is like. */
export interface A02yyuwOptions {
  seed: number;
  /** The bin that it hangs over. */
  bin: Bin;
  /** Level of the RX pin: high gives processed values, low raw ones; default processed. */
  output?: "processed" | "raw" | undefined;
  /** Standard deviation of a value, in millimetres; default 2 processed, 6 raw. */
  noiseMm?: number | undefined;
}

/** Encodes a distance of 0 to 65535 whole millimetres. */
export function encodeDistance(distanceMm: number): Uint8Array {
  const high = (distanceMm >> 8) & 0xff;
  const low = distanceMm & 0xff;
  return Uint8Array.of(0xff, high, low, (0xff + high + low) & 0xff);
}

/** A sensor over a bin. It takes no commands. */
export class A02yyuw implements DeviceModel {
  readonly baud = 9600;
  /** FF FF FF FF is not a frame: its sum would be FD. */
  readonly endlessByte = 0xff;
  readonly bin: Bin;
  readonly #random: Random;
  readonly #isRaw: boolean;
  readonly #noiseMm: number;
  #nextFrameMs: number;

  constructor(options: A02yyuwOptions) {
    this.bin = options.bin;
    this.#isRaw = options.output === "raw";
    this.#noiseMm = options.noiseMm ?? (this.#isRaw ? 6 : 2);
    this.#random = new Random(options.seed);
    this.#nextFrameMs = this.#drawIntervalMs();
  }

  tick(nowMs: number): Uint8Array[] {
    const frames: Uint8Array[] = [];
    this.#nextFrameMs = Math.max(this.#nextFrameMs, nowMs - LAG_MS_MAX);
    for (; this.#nextFrameMs <= nowMs; this.#nextFrameMs += this.#drawIntervalMs()) {
      this.bin.advanceTo(this.#nextFrameMs);
      frames.push(encodeDistance(this.#measureMm()));
    }
    return frames;
  }

  receive(): Uint8Array[] {
    return [];
  }

  /** Breaks the sum. */
  spoil(frame: Uint8Array, random: Random): Uint8Array {
    const spoilt = Uint8Array.from(frame);
    const last = spoilt.length - 1;
    spoilt[last] = (frame[last] ?? 0) ^ random.integer(1, 255);
    return spoilt;
  }

  #measureMm(): number {
    const measuredMm = Math.round(this.bin.distanceMm + this.#noiseMm * this.#random.gaussian());
    if (measuredMm < BLIND_MM) return this.#random.integer(0, BLIND_MM);
    return measuredMm > RANGE_MM_MAX ? NO_ECHO : measuredMm;
  }

  #drawIntervalMs(): number {
    return this.#isRaw ? 100 : this.#random.between(100, 300);
  }
}
