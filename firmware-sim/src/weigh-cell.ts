/** The part that every electronic scale has: load cell, zero, tare, stability, range. */
import { LAG_MS_MAX } from "./device-model.ts";
import { Pan } from "./pan.ts";

/** Time between two conversions of the load cell. */
const SAMPLE_MS = 50;

const HOUR_MS = 3_600_000;

/** The weight is stable when the last ten conversions, half a second, differ by at most one division. */
const STABLE_SAMPLES = 10;

/** A scale shows up to 9 divisions above its maximum (OIML R 76-1, 4.2.3). */
const OVER_DIVISIONS = 9;

/** Zero may be set within 2 % of the maximum either way (OIML R 76-1, 4.5.1: 4 % overall). */
const ZERO_RANGE = 0.02;

/** Below minus 2 % of the maximum the pan is taken for missing. */
const UNDER_RANGE = 0.02;

/** What a weighing cell is like; all in grams. */
export interface WeighCellOptions {
  seed: number;
  /** Maximum load. */
  maxG: number;
  /** Scale division: the step of the shown weight. */
  divisionG: number;
  /** Standard deviation of the noise; default 0.15 divisions. */
  noiseG?: number | undefined;
  /** How fast the empty cell's reading wanders, in grams an hour; default 0. */
  driftGPerH?: number | undefined;
}

/** A weighing cell under a pan. */
export class WeighCell {
  readonly pan: Pan;
  readonly maxG: number;
  readonly divisionG: number;
  readonly #driftGPerH: number;
  #samples: number[] = [];
  #nextSampleMs = 0;
  #zeroG = 0;
  #tareG = 0;

  constructor(options: WeighCellOptions) {
    this.maxG = options.maxG;
    this.divisionG = options.divisionG;
    this.#driftGPerH = options.driftGPerH ?? 0;
    this.pan = new Pan({ seed: options.seed, noiseG: options.noiseG ?? 0.15 * options.divisionG });
  }

  /** Makes the conversions that are due by `nowMs`. */
  sampleTo(nowMs: number): void {
    this.#nextSampleMs = Math.max(this.#nextSampleMs, nowMs - LAG_MS_MAX);
    for (; this.#nextSampleMs <= nowMs; this.#nextSampleMs += SAMPLE_MS) {
      const driftG = (this.#driftGPerH * this.#nextSampleMs) / HOUR_MS;
      this.#samples.push(this.pan.weightAtMs(this.#nextSampleMs) + driftG);
      if (this.#samples.length > STABLE_SAMPLES) this.#samples.shift();
    }
  }

  get isStable(): boolean {
    const spanG = Math.max(...this.#samples) - Math.min(...this.#samples);
    return this.#samples.length === STABLE_SAMPLES && spanG <= this.divisionG;
  }

  /** Weight above zero, rounded to the division. */
  get grossG(): number {
    return this.#round(this.#loadG);
  }

  /** Weight above zero and tare, rounded to the division. */
  get netG(): number {
    return this.#round(this.exactNetG);
  }

  /** Weight above zero and tare as the last conversion gave it. */
  get exactNetG(): number {
    return this.#loadG - this.#tareG;
  }

  /** What the last conversion gave, whatever zero and tare are. */
  get rawG(): number {
    return this.#samples.at(-1) ?? 0;
  }

  get tareG(): number {
    return this.#tareG;
  }

  get range(): "over" | "under" | "in-range" {
    if (this.#loadG > this.maxG + OVER_DIVISIONS * this.divisionG) return "over";
    return this.#loadG < -UNDER_RANGE * this.maxG ? "under" : "in-range";
  }

  /** Takes the present load as zero and clears the tare; does nothing and says why when it is too far from the first zero. */
  zero(): "done" | "over" | "under" {
    if (Math.abs(this.rawG) > ZERO_RANGE * this.maxG) return this.rawG > 0 ? "over" : "under";
    this.#zeroG = this.rawG;
    this.#tareG = 0;
    return "done";
  }

  /** Takes the present load as tare; does nothing and says why when it is negative or out of range. */
  tare(): "done" | "over" | "under" {
    if (this.range === "over") return "over";
    if (this.grossG < 0) return "under";
    this.#tareG = this.grossG;
    return "done";
  }

  /** Sets the tare, in grams from 0 to the maximum, rounded to the division; false when out of that range. */
  presetTare(tareG: number): boolean {
    if (!(tareG >= 0 && tareG <= this.maxG)) return false;
    this.#tareG = this.#round(tareG);
    return true;
  }

  clearTare(): void {
    this.#tareG = 0;
  }

  get #loadG(): number {
    return this.rawG - this.#zeroG;
  }

  #round(weightG: number): number {
    // The sum makes a zero of the minus zero that small negative loads round to.
    return Math.round(weightG / this.divisionG) * this.divisionG + 0;
  }
}
