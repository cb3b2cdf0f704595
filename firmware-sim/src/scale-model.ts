/** What a model of a scale is to the rest of the simulator, and what every scale can be told. */
import type { DeviceModel } from "./device-model.ts";
import type { Pan } from "./pan.ts";
import type { Parity } from "./uart.ts";
import { WeighCell, type WeighCellOptions } from "./weigh-cell.ts";
import type { WeightStyle, WeightUnit } from "./weight-text.ts";

/** A scale: a device with a pan to put things on, over a weighing cell whose keys can be pressed. */
export interface ScaleModel extends DeviceModel {
  readonly cell: WeighCell;
  readonly pan: Pan;
}

/** What a scale is like; each model says its own defaults. */
export interface ScaleOptions {
  seed: number;
  /** Maximum load, in grams. */
  maxG?: number | undefined;
  /** Scale division, in grams. */
  divisionG?: number | undefined;
  /** Unit on the line. */
  unit?: "kg" | "g" | undefined;
  /** Figures after the point. */
  decimals?: number | undefined;
  /** Standard deviation of the noise, in grams; default 0.15 divisions. */
  noiseG?: number | undefined;
  /** Bits per second. */
  baud?: number | undefined;
  dataBits?: 7 | 8 | undefined;
  parity?: Parity | undefined;
}

/** How characters travel. */
export type LineSettings = Pick<DeviceModel, "baud" | "dataBits" | "parity">;

/** Figures after the point where a model does not say. */
const DECIMALS = { kg: 3, g: 0, lb: 2, oz: 1 } as const;

const KILOGRAMS: WeightStyle<"kg"> = { unit: "kg", decimals: DECIMALS.kg };

/** The weighing cell that the options ask for. */
export function cellOf(
  options: Omit<ScaleOptions, "unit"> & Pick<WeighCellOptions, "driftGPerH">,
  defaults: { maxG: number; divisionG: number },
): WeighCell {
  const { seed, maxG = defaults.maxG, divisionG = defaults.divisionG, noiseG, driftGPerH } = options;
  return new WeighCell({ seed, maxG, divisionG, noiseG, driftGPerH });
}

/** How the scale writes: as the defaults say, whose figures after the point are those of the default unit alone. */
export function styleOf<U extends WeightUnit>(
  options: { unit?: U | undefined; decimals?: number | undefined },
  defaults: WeightStyle<U | "kg"> = KILOGRAMS,
): WeightStyle<U | "kg"> {
  const { unit = defaults.unit } = options;
  const decimals = unit === defaults.unit ? defaults.decimals : DECIMALS[unit];
  return { unit, decimals: options.decimals ?? decimals };
}

/** The line that the options ask for; unless told, 8N1 at `defaultBaud`. */
export function lineOf(options: Omit<ScaleOptions, "unit">, defaultBaud = 9600): LineSettings {
  return { baud: options.baud ?? defaultBaud, dataBits: options.dataBits, parity: options.parity };
}

/** The line that the options ask for; unless told, 7E1 at `defaultBaud`, and with eight data bits no parity. */
export function sevenEvenLineOf(options: Omit<ScaleOptions, "unit">, defaultBaud = 9600): LineSettings {
  const dataBits = options.dataBits ?? 7;
  const parity = options.parity ?? (dataBits === 7 ? "even" : "none");
  return lineOf({ ...options, dataBits, parity }, defaultBaud);
}
