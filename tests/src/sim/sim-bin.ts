/** Readings of a simulated bin: it fills through the day, and now and then the truck has been there. */

import { Random } from "@jumpa-madu/contracts/random";
import type { BinEvent, BinLevel } from "@jumpa-madu/contracts/readings";
import { Bin } from "@jumpa-madu/firmware-sim/bin";

/** Noise of the sensor, one standard deviation, in millimetres. */
const NOISE_MM = 4;

/** Level below which a bin counts as emptied when it was above the other one before. */
const EMPTIED = { below: 0.1, drop: 0.2 };

const HOUR_MS = 3_600_000;

/** Western Indonesia Time is seven hours ahead of UTC. */
const WIB_OFFSET_H = 7;

/** A bin and the readings of its sensor. */
export class SimBin {
  readonly #id: string;
  readonly #bin: Bin;
  readonly #random: Random;
  readonly #startMs: number;
  #lastMs = 0;
  #lastFill: number;

  constructor({ id, seed, nowMs }: { id: string; seed: number; nowMs: number }) {
    const random = new Random(seed);
    this.#id = id;
    this.#startMs = nowMs;
    this.#random = random;
    this.#lastFill = random.between(0, 0.9);
    this.#bin = new Bin({
      seed: random.integer(0, 0xffff_ffff),
      fill: this.#lastFill,
      fillPerDay: random.between(0.2, 0.9),
      emptyEveryDays: random.integer(1, 3),
      emptyAtHour: random.integer(4, 8),
      startHour: (nowMs / HOUR_MS + WIB_OFFSET_H) % 24,
    });
  }

  /** The level now, and before it the event that the bin was emptied since the last time. No two share a millisecond. */
  readingsAt(nowMs: number): (BinLevel | BinEvent)[] {
    const t = Math.max(nowMs, this.#lastMs + 1);
    this.#lastMs = t;
    this.#bin.advanceTo(t - this.#startMs);
    const { emptyMm, fullMm } = this.#bin;
    const distanceMm = Math.max(30, Math.round(this.#bin.distanceMm + NOISE_MM * this.#random.gaussian()));
    const share = (emptyMm - distanceMm) / (emptyMm - fullMm);
    const fill = Math.round(Math.min(1, Math.max(0, share)) * 1_000) / 1_000;
    const before = this.#lastFill;
    this.#lastFill = fill;
    const level: BinLevel = {
      kind: "bin_level",
      bin: this.#id,
      t,
      distance_mm: distanceMm,
      fill,
      quality: "accepted",
    };
    if (fill >= EMPTIED.below || before - fill < EMPTIED.drop) return [level];
    const emptied = { event: "emptied", fill_before: Math.min(1, before), fill_after: fill } as const;
    return [{ kind: "bin_event", bin: this.#id, t, ...emptied }, level];
  }
}
