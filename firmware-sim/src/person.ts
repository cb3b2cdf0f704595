/** People at a scale: someone comes, puts one bag or a few on, waits for the weight, takes all off. */

import { Random } from "@jumpa-madu/contracts/random";
import type { Pan } from "./pan.ts";

/** What the people are like. */
export interface PersonOptions {
  seed: number;
  pan: Pan;
  /** Mean pause between two people, in seconds; default 15. */
  pauseS?: number | undefined;
  /** Weight of half of the bags, in grams; default `BAG_G`. */
  bagG?: number | undefined;
  /** Heaviest bag, in grams; default `BAG_MAX_G`. */
  bagMaxG?: number | undefined;
}

/** Weight of half of the bags, in grams, unless given. */
export const BAG_G = 2500;

/** Heaviest bag, in grams, unless given. */
export const BAG_MAX_G = 20_000;

const BAG_MIN_G = 100;
const BAGS_MAX = 3;

/** One place in the queue before a scale. It is told the time, in milliseconds that never fall. */
export class Person {
  readonly #options: PersonOptions;
  readonly #random: Random;
  #bagsLeft = 0;
  #isWeighing = false;
  #nextMs: number;

  constructor(options: PersonOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#nextMs = this.#drawPauseMs();
  }

  /** Does what is due by `nowMs`. */
  tick(nowMs: number): void {
    if (nowMs < this.#nextMs) return;
    const { pan } = this.#options;
    if (!this.#isWeighing) {
      this.#isWeighing = true;
      this.#bagsLeft = this.#random.integer(1, BAGS_MAX);
    }
    if (this.#bagsLeft > 0) {
      this.#bagsLeft -= 1;
      pan.place(this.#drawBagG());
      // The next bag follows soon; after the last one the operator reads the weight and books it.
      const waitS = this.#bagsLeft > 0 ? this.#random.between(1, 3) : this.#random.between(4, 12);
      this.#nextMs = nowMs + waitS * 1000;
      return;
    }
    pan.remove();
    this.#isWeighing = false;
    this.#nextMs = nowMs + this.#drawPauseMs();
  }

  #drawPauseMs(): number {
    return 1000 * (1 + this.#random.exponential((this.#options.pauseS ?? 15) - 1));
  }

  #drawBagG(): number {
    const { bagG = BAG_G, bagMaxG = BAG_MAX_G } = this.#options;
    const drawn = bagG * Math.exp(0.7 * this.#random.gaussian());
    return Math.round(Math.min(bagMaxG, Math.max(BAG_MIN_G, drawn)));
  }
}
