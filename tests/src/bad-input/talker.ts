/** A device that says the same lines again and again, whatever it is asked. */
import { type DeviceModel, latin1 } from "@jumpa-madu/firmware-sim/device-model";

/** Time between two lines. */
const LINE_MS = 100;

/** Says its lines in turn. */
export class Talker implements DeviceModel {
  readonly baud = 9_600;
  readonly endlessByte = 0x30;
  readonly #lines: readonly string[];
  #said = 0;
  #nextMs = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  tick(nowMs: number): Uint8Array[] {
    if (nowMs < this.#nextMs) return [];
    this.#nextMs = nowMs + LINE_MS;
    const line = this.#lines[this.#said % this.#lines.length] ?? "";
    this.#said += 1;
    return [latin1(line)];
  }

  receive(): Uint8Array[] {
    return [];
  }

  spoil(frame: Uint8Array): Uint8Array {
    return frame.with(0, 0x23);
  }
}
