/**
 * Steadying: gives a scale that has no flag of stability, and whose last digit never rests, the flag and the weight that a better
 * indicator would show.
 *
 * A load cell with an HX711 prints each conversion with its noise: 4990.5, 4997.6, 4995.8. What was read for half a second has
 * settled when it lies close together. Then the median of it, rounded to the division, is shown, and stays until the load
 * has really changed: one reading beside it is noise, two are a load.
 */
import type { WeightFrame } from "../protocols/protocol.ts";
import { STALE_AFTER_MS, UNCHANGED_MS_MIN } from "./stable-weight.ts";

/** Readings at least that must lie close together. */
const READINGS_MIN = 2;

/** Readings that follow faster than this tell nothing new, in milliseconds. */
const READING_GAP_MS_MIN = 10;

/** Spread of the readings of a load at rest that is noise of a bare load cell, in grams and as a share of the load. */
const SPREAD_G = 5;
const SPREAD_SHARE = 0.002;

/** Drift below zero of an empty scale that shows as zero, as a multiple of the spread. */
const ZERO_SPREADS = 2;

/** Share of a division, or of the spread if that is greater, by which the median may wander before another weight is shown. */
const WANDER_SHARE = 0.75;

/** Readings in a row beside the shown weight that are another load. */
const BESIDE_MIN = 2;

/** A frame to weigh, with its bytes. */
export interface Steadied {
  readonly frame: WeightFrame;
  readonly raw: Uint8Array;
}

/** The steadying of one scale. Pure: `nowMs` is monotonic. */
export interface Steadying {
  /**
   * Takes a frame; gives it with the weight to show, and in place of `stable: null` whether it is at rest. `raw` is then that
   * frame of the last half second whose weight is nearest. A frame with a flag of its own is given as it came.
   */
  take(frame: WeightFrame, raw: Uint8Array, nowMs: number): Steadied;
  /** What came before proves nothing any more: a fault of the scale, a closed port. */
  interrupt(): void;
}

interface Reading {
  readonly weightG: number;
  readonly raw: Uint8Array;
  readonly atMs: number;
}

/** What is known of a scale: its division in grams, and whether it prints the noise of its load cell, or rounds by itself. */
export interface SteadyingTraits {
  readonly divisionG?: number | undefined;
  readonly isNoisy: boolean;
}

/** Starts with nothing read. The readings of a load at rest lie within a division; with noise, within 5 g or 0.2 % as well. */
export function steadying({ divisionG, isNoisy }: SteadyingTraits): Steadying {
  let readings: Reading[] = [];
  let side = "";
  // What is shown, in grams. It outlives an interruption: a bag that lay there all the time must not become another weight.
  let shownG: number | null = null;
  let isSettled = false;
  let beside = 0;

  const spreadAt = (weightG: number): number =>
    Math.max(divisionG ?? 0, isNoisy ? Math.max(SPREAD_G, SPREAD_SHARE * Math.abs(weightG)) : 0);

  function interrupt(): void {
    readings = [];
    isSettled = false;
    beside = 0;
  }

  /** Keeps what was read in the last half second, and the last reading before that. */
  function keep(reading: Reading): void {
    const last = readings.at(-1);
    if (last !== undefined && reading.atMs - last.atMs < READING_GAP_MS_MIN) return;
    readings.push(reading);
    while (reading.atMs - (readings[1]?.atMs ?? reading.atMs) >= UNCHANGED_MS_MIN) readings.shift();
  }

  /** Median and spread of the readings when they lie close together for long enough; null when they do not. */
  function restAt(nowMs: number): { medianG: number; spreadG: number } | null {
    const [first] = readings;
    if (first === undefined || readings.length < READINGS_MIN || nowMs - first.atMs < UNCHANGED_MS_MIN) {
      return null;
    }
    const sorted = readings.map(({ weightG }) => weightG).sort((a, b) => a - b);
    const lowG = sorted[0] ?? 0;
    const highG = sorted.at(-1) ?? 0;
    if (highG - lowG > spreadAt(highG)) return null;
    const half = sorted.length >> 1;
    const middleG = sorted[half] ?? 0;
    const isOne = lowG === highG || sorted.length % 2 === 1;
    const medianG = isOne ? middleG : (middleG + (sorted[half - 1] ?? 0)) / 2;
    return { medianG, spreadG: highG - lowG };
  }

  /** What a weight is shown as. Without a division it is whole grams, unless all readings agree to the last digit. */
  function rounded(weightG: number): number {
    const spreadG = spreadAt(weightG);
    if (weightG < 0 && weightG >= -ZERO_SPREADS * spreadG) return 0;
    if (divisionG === undefined) {
      return readings.every((one) => one.weightG === weightG) ? weightG : Math.round(weightG);
    }
    // To 0.1 mg: a division of 0.1 g has no exact number.
    return Math.round(Math.round(weightG / divisionG) * divisionG * 10_000) / 10_000;
  }

  function isBeside(weightG: number): boolean {
    return shownG === null || Math.abs(weightG - shownG) > reachOf(shownG, weightG);
  }

  /** How far a reading of the shown weight may lie from it. */
  function reachOf(ofG: number, weightG: number): number {
    return spreadAt(ofG) * (ofG === 0 && weightG < 0 ? ZERO_SPREADS : 1);
  }

  /** Shows the load at rest, unless it is what is shown already. */
  function settle(weightG: number, spreadG: number): void {
    isSettled = true;
    beside = 0;
    const isDrift = shownG === 0 && weightG < 0 && !isBeside(weightG);
    const wanderG = WANDER_SHARE * Math.max(divisionG ?? 0, spreadG);
    if (shownG === null || (!isDrift && Math.abs(weightG - shownG) > wanderG)) shownG = rounded(weightG);
  }

  function nearestRaw(weightG: number, raw: Uint8Array): Uint8Array {
    let best: { raw: Uint8Array; apartG: number } = { raw, apartG: Number.POSITIVE_INFINITY };
    for (const one of readings) {
      const apartG = Math.abs(one.weightG - weightG);
      if (apartG <= best.apartG) best = { raw: one.raw, apartG };
    }
    return best.raw;
  }

  return {
    take(frame, raw, nowMs) {
      if (frame.stable !== null) return { frame, raw };
      const sideNow = `${frame.mode} ${frame.unit} ${frame.tare_g}`;
      if (sideNow !== side || nowMs - (readings.at(-1)?.atMs ?? nowMs) > STALE_AFTER_MS) interrupt();
      side = sideNow;
      keep({ weightG: frame.weight_g, raw: Uint8Array.from(raw), atMs: nowMs });
      beside = isBeside(frame.weight_g) ? beside + 1 : 0;
      if (beside >= BESIDE_MIN) isSettled = false;
      const rest = restAt(nowMs);
      if (rest !== null) settle(rest.medianG, rest.spreadG);
      if (shownG === null || (!isSettled && isBeside(frame.weight_g))) {
        return { frame: { ...frame, weight_g: rounded(frame.weight_g), stable: false }, raw };
      }
      return {
        frame: { ...frame, weight_g: shownG, stable: isSettled },
        raw: isSettled ? nearestRaw(shownG, raw) : raw,
      };
    },
    interrupt,
  };
}
