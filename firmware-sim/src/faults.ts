/** Faults of a serial line and of the device at its end, which can be switched on and off while it runs. */

import type { Random } from "@jumpa-madu/contracts/random";
import type { DeviceModel } from "./device-model.ts";

/**
 * The faults:
 * - `silence`: nothing is sent; the port stays.
 * - `garbage`: random bytes before each frame.
 * - `bad-checksum`: each frame is damaged so that a correct reader must notice.
 * - `torn-frame`: each frame is cut off somewhere. Its head is what arrives: a head and the tail of a later frame could
 *   join into a frame with a wrong weight, and nobody could notice.
 * - `flood`: the last frame again and again, as fast as the baud allows; the queue overflows.
 * - `burst`: a flood over a line that runs 16 times faster than its baud, as some USB adapters do.
 * - `endless`: bytes that never complete a frame, as fast as the baud allows.
 */
export const FAULTS = [
  "silence",
  "garbage",
  "bad-checksum",
  "torn-frame",
  "flood",
  "burst",
  "endless",
] as const;
export type FaultName = (typeof FAULTS)[number];

/** How much faster the line runs in a burst. */
export const BURST_FACTOR = 16;

/** Most random bytes before a frame. */
export const GARBAGE_BYTES_MAX = 24;

/** The faults that are on, and what they do to the frames of one device. */
export class FaultInjector {
  readonly #model: Pick<DeviceModel, "spoil" | "endlessByte">;
  readonly #random: Random;
  readonly #active = new Set<FaultName>();
  #lastFrame: Uint8Array | undefined;

  constructor(model: Pick<DeviceModel, "spoil" | "endlessByte">, random: Random) {
    this.#model = model;
    this.#random = random;
  }

  set(fault: FaultName, on: boolean): void {
    if (on) this.#active.add(fault);
    else this.#active.delete(fault);
  }

  clear(): void {
    this.#active.clear();
  }

  /** The faults that are on, in the order of `FAULTS`. */
  get active(): FaultName[] {
    return FAULTS.filter((fault) => this.#active.has(fault));
  }

  /** How much faster than its baud the line runs. */
  get speedFactor(): number {
    return this.#active.has("burst") ? BURST_FACTOR : 1;
  }

  /** What leaves the device in place of a frame. */
  shape(frame: Uint8Array): Uint8Array[] {
    this.#lastFrame = frame;
    if (this.#active.has("silence") || this.#active.has("endless")) return [];
    const shaped = this.#damage(frame);
    if (!this.#active.has("garbage")) return [shaped];
    return [this.#random.bytes(this.#random.integer(1, GARBAGE_BYTES_MAX)), shaped];
  }

  /** What leaves the device besides its frames: enough to fill `freeBytes` of the queue, and one frame beyond. */
  extra(freeBytes: number): Uint8Array[] {
    if (this.#active.has("silence")) return [];
    if (this.#active.has("endless")) return [new Uint8Array(freeBytes).fill(this.#model.endlessByte)];
    const floods = this.#active.has("flood") || this.#active.has("burst");
    if (!floods || !this.#lastFrame) return [];
    const frame = this.#lastFrame;
    const copies = Math.floor(freeBytes / frame.length) + 1;
    return Array.from({ length: copies }, () => this.#damage(frame));
  }

  #damage(frame: Uint8Array): Uint8Array {
    const spoilt = this.#active.has("bad-checksum") ? this.#model.spoil(frame, this.#random) : frame;
    if (!this.#active.has("torn-frame")) return spoilt;
    return spoilt.slice(0, this.#random.integer(1, spoilt.length - 1));
  }
}
