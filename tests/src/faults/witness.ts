/** A device that remembers what it said, before the line could do anything to it. */
import { A02yyuw } from "@jumpa-madu/firmware-sim/a02yyuw";
import type { MtSicsScale } from "@jumpa-madu/firmware-sim/mt-sics-scale";
import type { StGsScale } from "@jumpa-madu/firmware-sim/st-gs-scale";

type Model = A02yyuw | StGsScale | MtSicsScale;

/** A number, blanks, and a unit: all that the frames of the two simulated scales have in common. */
const WEIGHT = /([+-]?) *(\d+(?:\.\d+)?) *(kg|g)\r\n$/;

/** Passes everything to the model, and notes the value of each frame. */
export class Witness {
  readonly #model: Model;
  readonly #said = new Set<number>();

  constructor(model: Model) {
    this.#model = model;
  }

  get baud(): number {
    return this.#model.baud;
  }

  get endlessByte(): number {
    return this.#model.endlessByte;
  }

  tick(nowMs: number): Uint8Array[] {
    return this.#noted(this.#model.tick(nowMs));
  }

  receive(bytes: Uint8Array, nowMs: number): Uint8Array[] {
    return this.#noted(this.#model.receive(bytes, nowMs));
  }

  spoil(frame: Uint8Array, random: Parameters<Model["spoil"]>[1]): Uint8Array {
    return this.#model.spoil(frame, random);
  }

  /** Those of `values` that the device never said. */
  untruths(values: number[]): number[] {
    return values.filter((value) => !this.#said.has(value));
  }

  #noted(frames: Uint8Array[]): Uint8Array[] {
    for (const frame of frames) {
      const value = this.#model instanceof A02yyuw ? millimetresOf(frame) : gramsOf(frame);
      if (value !== null) this.#said.add(value);
    }
    return frames;
  }
}

function millimetresOf(frame: Uint8Array): number {
  return (frame[1] ?? 0) * 256 + (frame[2] ?? 0);
}

function gramsOf(frame: Uint8Array): number | null {
  const [, sign, digits, unit] = WEIGHT.exec(Buffer.from(frame).toString("latin1")) ?? [];
  if (digits === undefined) return null;
  const grams = Number(digits) * (unit === "kg" ? 1000 : 1);
  // A thousandth of a gram is far below what either scale shows; it removes what binary fractions add.
  return Math.round((sign === "-" ? -grams : grams) * 1000) / 1000;
}
