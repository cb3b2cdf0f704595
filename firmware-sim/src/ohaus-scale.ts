/**
 * Ohaus scales: the Scout and Navigator layout, and that of the Defender 3000 indicators.
 *
 *     Scout, Navigator = weight SP unit [SP "?"] CR LF                           11 characters, right-aligned, with a minus
 *     Defender         = polarity SP weight SP unit stability legend CR LF
 *                        1           7         5    1         3 characters
 *     polarity = "-" | SP       stability = "?" moving | SP       legend = "G" | "NET", left-aligned
 *
 * 9600 8N1. Commands end in CR or CR LF: `P`, `IP` weight now, `SP` weight at rest, `CP` weight again and again, `0P` no
 * more, `Z` zero, `T` tare, `xT` with x in the unit of the line sets the tare. Source: Ohaus RS232 interface manual
 * p. EN-3, Defender 3000 manual p. EN-35. They do not say what is sent out of range: here the display, `Err 8.3` over
 * and `Err 8.4` under the range.
 */
import { CommandLines } from "./command-lines.ts";
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { spoilDigit } from "./spoil.ts";
import { COMMAND_BYTES_MAX, type Order, TextScale } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { gramsOf, type WeightStyle, writeSigned, writeWeight } from "./weight-text.ts";

/** The two layouts. */
export const OHAUS_LAYOUTS = ["scout", "defender"] as const;
export type OhausLayout = (typeof OHAUS_LAYOUTS)[number];

const PRESET_TARE = /^(\d{1,6}(?:\.\d{1,4})?)T$/;

/** What a scale is like. Defaults: 30 kg by 1 g; a Scout writes grams with two figures after the point, a Defender kilograms with three. */
export interface OhausScaleOptions extends ScaleOptions {
  /** Default scout. */
  layout?: OhausLayout | undefined;
  /** Whether lines are sent unasked from the start; default false. */
  isContinuous?: boolean | undefined;
}

/** How a Scout writes a weight. */
export interface ScoutStyle extends WeightStyle {
  /** Characters of the weight: 11, on some lines of the manual 12. */
  width: number;
}

/** Encodes a line of a Scout or Navigator. */
export function encodeScout(weightG: number, isStable: boolean, style: ScoutStyle): Uint8Array {
  const weight = writeSigned(weightG, style).padStart(style.width);
  return latin1(`${weight} ${style.unit}${isStable ? "" : " ?"}\r\n`);
}

/** What a line of a Defender says. */
export interface DefenderLine {
  weightG: number;
  isStable: boolean;
  legend: "G" | "NET";
}

/** Encodes a line of a Defender; 20 bytes for weights of up to 7 characters. */
export function encodeDefender({ weightG, isStable, legend }: DefenderLine, style: WeightStyle): Uint8Array {
  const { sign, digits } = writeWeight(weightG, style);
  const polarity = sign === "-" ? "-" : " ";
  const stability = isStable ? " " : "?";
  return latin1(
    `${polarity} ${digits.padStart(7)} ${style.unit.padEnd(5)}${stability}${legend.padEnd(3)}\r\n`,
  );
}

const ORDERS: ReadonlyMap<string, Order> = new Map([
  ["P", "weigh"],
  ["IP", "weigh"],
  ["SP", "weigh-stable"],
  ["CP", "repeat"],
  ["0P", "stop"],
  ["Z", "zero"],
  ["T", "tare"],
]);

/** A scale with a pan to put things on. */
export class OhausScale extends TextScale {
  constructor(options: OhausScaleOptions) {
    const isDefender = options.layout === "defender";
    const style = styleOf(options, isDefender ? { unit: "kg", decimals: 3 } : { unit: "g", decimals: 2 });
    super({
      cell: cellOf(options, { maxG: 30_000, divisionG: 1 }),
      line: lineOf(options),
      isContinuous: options.isContinuous ?? false,
      encode: (cell) => encodeCell(cell, isDefender, style),
      orderOf: (command) => ORDERS.get(command) ?? presetTareOf(command, style),
      commands: new CommandLines(COMMAND_BYTES_MAX, "cr"),
      spoil: spoilDigit,
    });
  }
}

function encodeCell(cell: WeighCell, isDefender: boolean, style: WeightStyle): Uint8Array {
  const { range, isStable, tareG, netG: weightG } = cell;
  if (range !== "in-range") return latin1(`Err 8.${range === "over" ? 3 : 4}\r\n`);
  if (!isDefender) return encodeScout(weightG, isStable, { ...style, width: 11 });
  return encodeDefender({ weightG, isStable, legend: tareG === 0 ? "G" : "NET" }, style);
}

function presetTareOf(command: string, { unit }: WeightStyle): Order | undefined {
  const [, value] = PRESET_TARE.exec(command) ?? [];
  if (value === undefined) return undefined;
  return (cell) => {
    cell.presetTare(gramsOf(Number(value), unit));
    return undefined;
  };
}
