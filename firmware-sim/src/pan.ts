/**
 * The pan of a scale and what lies on it: a mass on a damped spring, with noise.
 *
 * A load that is put on overshoots and swings out within about a second, as the reading of a real scale does.
 */
import { Random } from "@jumpa-madu/contracts/random";

/** Longest pause that is integrated step by step; after it every swing has died out. */
export const SWING_MS_MAX = 5000;

/** Natural frequency and damping: put on, it overshoots by a third; taken off, the empty pan swings less. */
const FREQUENCY_HZ = 2;
const DAMPING_LOADED = 0.3;
const DAMPING_EMPTY = 0.8;

const STEP_S = 0.001;

/** What a pan is like. */
export interface PanOptions {
  seed: number;
  /** Standard deviation of the noise of one reading, in grams; default 0.5. */
  noiseG?: number | undefined;
}

/** The pan. It is told the time by whoever reads it. */
export class Pan {
  readonly #random: Random;
  readonly #noiseG: number;
  #loadG = 0;
  #forceG = 0;
  #velocity = 0;
  #nowMs = 0;

  constructor(options: PanOptions) {
    this.#random = new Random(options.seed);
    this.#noiseG = options.noiseG ?? 0.5;
  }

  /** What lies on the pan, in grams, at rest and without noise. */
  get loadG(): number {
    return this.#loadG;
  }

  /** Puts a further load on, from the time of the last reading on. */
  place(weightG: number): void {
    this.#loadG += weightG;
  }

  /** Takes everything off. */
  remove(): void {
    this.#loadG = 0;
  }

  /** What the load cell feels at `nowMs`, in grams, with swing and noise. `nowMs` never falls. */
  weightAtMs(nowMs: number): number {
    const steps = Math.floor(nowMs) - this.#nowMs;
    if (steps > SWING_MS_MAX) {
      this.#forceG = this.#loadG;
      this.#velocity = 0;
    } else {
      for (let step = 0; step < steps; step += 1) this.#swing();
    }
    this.#nowMs = Math.max(this.#nowMs, Math.floor(nowMs));
    return this.#forceG + this.#noiseG * this.#random.gaussian();
  }

  /** One step of semi-implicit Euler, which does not gain energy. */
  #swing(): void {
    const omega = 2 * Math.PI * FREQUENCY_HZ;
    const damping = this.#loadG === 0 ? DAMPING_EMPTY : DAMPING_LOADED;
    const acceleration = omega ** 2 * (this.#loadG - this.#forceG) - 2 * damping * omega * this.#velocity;
    this.#velocity += acceleration * STEP_S;
    this.#forceG += this.#velocity * STEP_S;
  }
}
