/**
 * The family of ultrasonic distance sensors that send four bytes: A02YYUW, ME007YS, A01NYUB, JSN-SR04T.
 *
 *     frame = FF, distance high byte, distance low byte, sum       distance in millimetres, big-endian
 *     sum   = low byte of (FF + high + low)
 *
 * 9600 8N1. Source: wiki.dfrobot.com SEN0311 and SEN0312, whose example is `FF 07 A1 A7` = 1953 mm.
 */

import { Random } from "@jumpa-madu/contracts/random";
import type { Bin } from "./bin.ts";
import { type DeviceModel, LAG_MS_MAX } from "./device-model.ts";

/** What every sensor over a bin can be told. */
export interface BinSensorOptions {
  seed: number;
  /** The bin that it hangs over. */
  bin: Bin;
  /** Standard deviation of a value, in millimetres. */
  noiseMm?: number | undefined;
}

/** What makes one sensor of the family. */
export interface UltrasonicParts {
  noiseMm: number;
  /** Below this distance the sensor is blind. */
  blindMm: number;
  /** Beyond this distance no echo returns. */
  reachMm: number;
  /** What is sent in the blind zone, in millimetres. */
  drawBlindMm(random: Random): number;
  /** What is sent when no echo returns, in millimetres. */
  noEchoMm: number;
  /** Time to the next frame. */
  drawIntervalMs(random: Random): number;
  /** A byte from the host that asks for one frame, which comes an interval later; undefined sends unasked. */
  request?: number | undefined;
}

/** Encodes a distance of 0 to 65535 whole millimetres. */
export function encodeDistance(distanceMm: number): Uint8Array {
  const high = (distanceMm >> 8) & 0xff;
  const low = distanceMm & 0xff;
  return Uint8Array.of(0xff, high, low, (0xff + high + low) & 0xff);
}

/** A sensor over a bin. */
export class UltrasonicSensor implements DeviceModel {
  readonly baud = 9600;
  /** FF FF FF FF is not a frame: its sum would be FD. */
  readonly endlessByte = 0xff;
  readonly bin: Bin;
  readonly #parts: UltrasonicParts;
  readonly #random: Random;
  /** Undefined while nothing is asked. */
  #nextFrameMs: number | undefined;

  constructor({ seed, bin }: BinSensorOptions, parts: UltrasonicParts) {
    this.bin = bin;
    this.#parts = parts;
    this.#random = new Random(seed);
    this.#nextFrameMs = parts.request === undefined ? parts.drawIntervalMs(this.#random) : undefined;
  }

  tick(nowMs: number): Uint8Array[] {
    const frames: Uint8Array[] = [];
    if (this.#nextFrameMs !== undefined) this.#nextFrameMs = Math.max(this.#nextFrameMs, nowMs - LAG_MS_MAX);
    while (this.#nextFrameMs !== undefined && this.#nextFrameMs <= nowMs) {
      this.bin.advanceTo(this.#nextFrameMs);
      frames.push(encodeDistance(this.#measureMm()));
      this.#nextFrameMs = this.#isAsked ? undefined : this.#nextFrameMs + this.#drawIntervalMs();
    }
    return frames;
  }

  /** A request during a measurement is not heard. */
  receive(bytes: Uint8Array, nowMs: number): Uint8Array[] {
    const { request } = this.#parts;
    if (request !== undefined && bytes.includes(request)) {
      this.#nextFrameMs ??= nowMs + this.#drawIntervalMs();
    }
    return [];
  }

  /** Breaks the sum. */
  spoil(frame: Uint8Array, random: Random): Uint8Array {
    return frame.with(-1, (frame.at(-1) ?? 0) ^ random.integer(1, 255));
  }

  get #isAsked(): boolean {
    return this.#parts.request !== undefined;
  }

  #measureMm(): number {
    const { noiseMm, blindMm, reachMm, noEchoMm } = this.#parts;
    const measuredMm = Math.round(this.bin.distanceMm + noiseMm * this.#random.gaussian());
    if (measuredMm < blindMm) return this.#parts.drawBlindMm(this.#random);
    return measuredMm > reachMm ? noEchoMm : measuredMm;
  }

  #drawIntervalMs(): number {
    return this.#parts.drawIntervalMs(this.#random);
  }
}
