/**
 * A waste bin: people throw bags in, more in the morning and evening than at night, and a truck empties it.
 *
 * The bin lives on its own calendar, which may run faster than the clock so that a demonstration shows a day in
 * minutes. It advances on a grid of one calendar minute: the same seed gives the same bin, however often one looks.
 */
import { Random } from "@jumpa-madu/contracts/random";

const MINUTE_MS = 60_000;
const MINUTES_PER_DAY = 1440;

/** A heap may stand above the rim: the level stops here. */
export const FILL_MAX = 1.15;

/** Share of a day's bags in each hour, 0 to 23: breakfast and market in the morning, cooking in the evening. */
const HOURLY_WEIGHTS = [
  1, 0.5, 0.5, 0.5, 1, 3, 7, 9, 7, 5, 4, 4, 5, 4, 3, 4, 6, 8, 9, 7, 5, 3, 2, 1.5,
] as const;
const HOURLY_WEIGHT_SUM = HOURLY_WEIGHTS.reduce<number>((sum, weight) => sum + weight, 0);

/** Bags that make up a typical day, whatever their size. */
const BAGS_PER_DAY = 24;

/** What a bin is like. */
export interface BinOptions {
  seed: number;
  /** Sensor to bottom, in millimetres; default 1200. */
  emptyMm?: number | undefined;
  /** Sensor to waste at level 1, in millimetres; default 150. */
  fullMm?: number | undefined;
  /** Level at the start, 0 to 1.15; default 0. */
  fill?: number | undefined;
  /** Mean rise of the level in a day; default 0.6. */
  fillPerDay?: number | undefined;
  /** Days between two visits of the truck; 0 for never; default 2. */
  emptyEveryDays?: number | undefined;
  /** Hour of the day at which the truck comes, 0 to 23; default 5. */
  emptyAtHour?: number | undefined;
  /** Hour of the day at the start, 0 to 24; default 6. */
  startHour?: number | undefined;
  /** Calendar seconds per clock second; default 1. 288 shows a day in five minutes. */
  timeScale?: number | undefined;
}

/** A bin whose level follows its calendar. */
export class Bin {
  readonly emptyMm: number;
  readonly fullMm: number;
  readonly #options: Required<{ [K in keyof BinOptions]: NonNullable<BinOptions[K]> }>;
  readonly #random: Random;
  #fill: number;
  #minute = 0;
  #dayFactor = 1;

  constructor(options: BinOptions) {
    this.emptyMm = options.emptyMm ?? 1200;
    this.fullMm = options.fullMm ?? 150;
    this.#options = {
      seed: options.seed,
      emptyMm: this.emptyMm,
      fullMm: this.fullMm,
      fill: options.fill ?? 0,
      fillPerDay: options.fillPerDay ?? 0.6,
      emptyEveryDays: options.emptyEveryDays ?? 2,
      emptyAtHour: options.emptyAtHour ?? 5,
      startHour: options.startHour ?? 6,
      timeScale: options.timeScale ?? 1,
    };
    this.#random = new Random(options.seed);
    this.#fill = this.#options.fill;
    this.#dayFactor = this.#drawDayFactor();
  }

  /** Level: 0 empty, 1 full, up to 1.15. */
  get fill(): number {
    return this.#fill;
  }

  /** Sensor to waste, in millimetres. */
  get distanceMm(): number {
    return Math.max(0, this.emptyMm - this.#fill * (this.emptyMm - this.fullMm));
  }

  /** Hour of the bin's calendar, 0 up to 24. */
  get hourOfDay(): number {
    return (this.#options.startHour + this.#minute / 60) % 24;
  }

  /** Lets the bin live until `nowMs` milliseconds of the clock after its start. */
  advanceTo(nowMs: number): void {
    const minute = Math.floor((nowMs * this.#options.timeScale) / MINUTE_MS);
    while (this.#minute < minute) this.#liveOneMinute();
  }

  /** Empties the bin now, as the truck does. */
  empty(): void {
    this.#fill = 0;
  }

  /** Sets the level, 0 to 1.15. */
  setFill(fill: number): void {
    this.#fill = Math.min(FILL_MAX, Math.max(0, fill));
  }

  #liveOneMinute(): void {
    this.#minute += 1;
    const { startHour, fillPerDay } = this.#options;
    const minuteOfCalendar = this.#minute + Math.round(startHour * 60);
    const minuteOfDay = minuteOfCalendar % MINUTES_PER_DAY;
    if (minuteOfDay === 0) this.#dayFactor = this.#drawDayFactor();
    if (this.#isTruckHere(minuteOfCalendar)) this.empty();
    const weight = HOURLY_WEIGHTS[Math.floor(minuteOfDay / 60)] ?? 0;
    const bagsExpected = (BAGS_PER_DAY * this.#dayFactor * weight) / HOURLY_WEIGHT_SUM / 60;
    for (let bags = this.#random.poisson(bagsExpected); bags > 0; bags -= 1) {
      this.setFill(this.#fill + (fillPerDay / BAGS_PER_DAY) * this.#random.between(0.4, 1.6));
    }
  }

  #isTruckHere(minuteOfCalendar: number): boolean {
    const { emptyEveryDays, emptyAtHour } = this.#options;
    if (emptyEveryDays === 0) return false;
    const day = Math.floor(minuteOfCalendar / MINUTES_PER_DAY);
    return day % emptyEveryDays === 0 && minuteOfCalendar % MINUTES_PER_DAY === emptyAtHour * 60;
  }

  /** Days differ by about a quarter: market days, rain, feasts. */
  #drawDayFactor(): number {
    return Math.exp(0.25 * this.#random.gaussian());
  }
}
