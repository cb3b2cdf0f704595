/** A device that remembers what it showed, before the line could do anything to it. */
import type { BinSensorModel } from "@jumpa-madu/firmware-sim/device-catalogue";
import type { DeviceModel } from "@jumpa-madu/firmware-sim/device-model";
import type { ScaleModel } from "@jumpa-madu/firmware-sim/scale-model";

/** A model whose truth can be looked up. */
export type WitnessedModel = ScaleModel | BinSensorModel;

/** Steps in which a model is led to the present: no two frames of a scale lie in one, so that each has its own weight. */
const STEP_MS = 10;

/** Passes everything to the model, and notes what it shows whenever it sends. */
export class Witness<M extends WitnessedModel = WitnessedModel> implements DeviceModel {
  readonly model: M;
  readonly #said = new Set<number>();
  #nowMs = 0;
  #frames = 0;

  constructor(model: M) {
    this.model = model;
  }

  get baud(): number {
    return this.model.baud;
  }

  get dataBits(): DeviceModel["dataBits"] {
    return this.model.dataBits;
  }

  get parity(): DeviceModel["parity"] {
    return this.model.parity;
  }

  get endlessByte(): number {
    return this.model.endlessByte;
  }

  /** Frames that it sent. */
  get frames(): number {
    return this.#frames;
  }

  opened(nowMs: number): void {
    this.model.opened?.(nowMs);
  }

  tick(nowMs: number): Uint8Array[] {
    const frames: Uint8Array[] = [];
    while (this.#nowMs < nowMs) {
      this.#nowMs = Math.min(nowMs, this.#nowMs + STEP_MS);
      frames.push(...this.#noted(() => this.model.tick(this.#nowMs)));
    }
    return frames;
  }

  receive(bytes: Uint8Array, nowMs: number): Uint8Array[] {
    return this.#noted(() => this.model.receive(bytes, nowMs));
  }

  spoil(frame: Uint8Array, random: Parameters<DeviceModel["spoil"]>[1]): Uint8Array {
    return this.model.spoil(frame, random);
  }

  /** Those of `values`, in grams or millimetres, that the device never said, nor any within `slack` of them. */
  untruths(values: readonly number[], slack = 0): number[] {
    const isSaid = (value: number) => [...this.#said].some((said) => Math.abs(said - value) <= slack);
    return values.filter((value) => !this.#said.has(value) && (slack === 0 || !isSaid(value)));
  }

  /** What was shown before a step and what is shown after it: the frames in between say one or the other. */
  #noted(step: () => Uint8Array[]): Uint8Array[] {
    const before = shownBy(this.model);
    const frames = step();
    if (frames.length > 0) for (const value of [...before, ...shownBy(this.model)]) this.#said.add(value);
    this.#frames += frames.length;
    return frames;
  }
}

/** Grams or millimetres that a model shows now; none while a scale is out of its range. */
function shownBy(model: WitnessedModel): number[] {
  if ("bin" in model) return [Math.round(model.bin.distanceMm)];
  const { range, netG, exactNetG } = model.cell;
  // A sketch prints what its converter gives, in tenths of a gram and not in divisions.
  return range === "in-range" ? [exactG(netG), Math.round(exactNetG * 10) / 10] : [];
}

/** A weight without what binary fractions add: a tenth of a milligram is far below what any scale shows. */
export function exactG(weightG: number): number {
  return Math.round(weightG * 10_000) / 10_000;
}
