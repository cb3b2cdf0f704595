/** A sensor over a bin that sends a value at a fixed rate and takes no commands. */

import { Random } from "@jumpa-madu/contracts/random";
import type { Bin } from "./bin.ts";
import { Cadence } from "./cadence.ts";
import type { DeviceModel } from "./device-model.ts";
import type { BinSensorOptions } from "./ultrasonic-sensor.ts";

/** What makes one sensor. */
export interface StreamingBinSensorParts {
  baud: number;
  endlessByte: number;
  periodMs: number;
  /** The frame that tells a distance in millimetres. */
  encode(distanceMm: number, random: Random): Uint8Array;
  spoil(frame: Uint8Array, random: Random): Uint8Array;
}

/** A sensor over a bin. */
export class StreamingBinSensor implements DeviceModel {
  readonly baud: number;
  readonly endlessByte: number;
  readonly bin: Bin;
  readonly #parts: StreamingBinSensorParts;
  readonly #random: Random;
  readonly #cadence: Cadence;

  constructor({ seed, bin }: BinSensorOptions, parts: StreamingBinSensorParts) {
    this.bin = bin;
    this.baud = parts.baud;
    this.endlessByte = parts.endlessByte;
    this.#parts = parts;
    this.#random = new Random(seed);
    this.#cadence = new Cadence(parts.periodMs);
  }

  tick(nowMs: number): Uint8Array[] {
    return this.#cadence.due(nowMs).map((dueMs) => {
      this.bin.advanceTo(dueMs);
      return this.#parts.encode(this.bin.distanceMm, this.#random);
    });
  }

  receive(): Uint8Array[] {
    return [];
  }

  spoil(frame: Uint8Array, random: Random): Uint8Array {
    return this.#parts.spoil(frame, random);
  }
}
