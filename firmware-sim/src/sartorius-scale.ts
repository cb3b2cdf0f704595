/**
 * A balance that speaks SBI (Sartorius Balance Interface).
 *
 *     16 characters = sign SP value SP unit CR LF                 value: 8 characters, right-aligned; unit: 3, left-aligned
 *     22 characters = header, then the 16                         header: 6 characters, "N" for a weight, "Stat" otherwise
 *     out of range  = 6 blanks, "H" over | "L" under, blanks      error = 3 blanks, "Err", SP, 3 characters, blanks
 *
 * A weight that is not stable has a blank unit. 9600 8N1; older ones 1200 7O1. Commands, whose line end is optional:
 * `ESC P` weight, `ESC T` zero or tare, `ESC U` tare, `ESC V` zero, `ESC x1_` name of the model. Source: Signum manual
 * p. 88, Cubis MSE manual p. 71, Master series manual p. 5-5.
 */
import { latin1 } from "./device-model.ts";
import { EscapeCommands } from "./escape-commands.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { spoilDigit } from "./spoil.ts";
import { type Order, TextScale } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { type WeightStyle, writeWeight } from "./weight-text.ts";

/** Characters of a line without its end, and of its header if it has one. */
const CHARACTERS = 14;
const HEADER_CHARACTERS = 6;

const MODEL_NAME = "JM-SIM 31";

/** What a balance is like. Defaults: 31 kg by 0.1 g; grams with one figure after the point. */
export interface SartoriusScaleOptions extends ScaleOptions {
  /** Whether lines have a header, which makes them 22 characters long; default false. */
  hasHeader?: boolean | undefined;
  /** Whether lines are sent unasked; default false. */
  isContinuous?: boolean | undefined;
  /** An error that it shows in place of every weight, 0 to 999; default none. */
  errorCode?: number | undefined;
}

/** Encodes a weight. */
export function encodeSbi(weightG: number, isStable: boolean, style: SbiStyle): Uint8Array {
  const { sign, digits } = writeWeight(weightG, style);
  return encodeLine("N", `${sign} ${digits.padStart(8)} ${isStable ? style.unit : ""}`, style);
}

/** How a balance writes. */
export interface SbiStyle extends WeightStyle {
  hasHeader: boolean;
}

/** Encodes that the load is out of range. */
export function encodeSbiRange(range: "over" | "under", style: SbiStyle): Uint8Array {
  return encodeLine("Stat", `      ${range === "over" ? "H" : "L"}`, style);
}

/** Encodes an error of 0 to 999. */
export function encodeSbiError(code: number, style: SbiStyle): Uint8Array {
  return encodeLine("Stat", `   Err ${String(code).padStart(3)}`, style);
}

function encodeLine(header: "N" | "Stat", text: string, { hasHeader }: SbiStyle): Uint8Array {
  const line = text.padEnd(CHARACTERS);
  return latin1(`${hasHeader ? header.padEnd(HEADER_CHARACTERS) : ""}${line}\r\n`);
}

const ORDERS: ReadonlyMap<string, Order> = new Map<string, Order>([
  ["P", "weigh"],
  ["T", zeroOrTare],
  ["U", "tare"],
  ["V", "zero"],
  ["x1_", () => latin1(`${MODEL_NAME.padEnd(CHARACTERS)}\r\n`)],
]);

/** The one key of a balance: near zero it zeroes, elsewhere it tares. */
function zeroOrTare(cell: WeighCell): undefined {
  if (cell.zero() !== "done") cell.tare();
}

/** A balance with a pan to put things on. */
export class SartoriusScale extends TextScale {
  constructor(options: SartoriusScaleOptions) {
    const { hasHeader = false, isContinuous = false, errorCode } = options;
    const style = { ...styleOf(options, { unit: "g", decimals: 1 }), hasHeader };
    super({
      cell: cellOf(options, { maxG: 31_000, divisionG: 0.1 }),
      line: lineOf(options),
      isContinuous,
      encode: (cell) =>
        errorCode === undefined ? encodeCell(cell, style) : encodeSbiError(errorCode, style),
      orderOf: (command) => ORDERS.get(command),
      commands: new EscapeCommands(),
      spoil: spoilDigit,
    });
  }
}

function encodeCell({ range, isStable, netG }: WeighCell, style: SbiStyle): Uint8Array {
  return range === "in-range" ? encodeSbi(netG, isStable, style) : encodeSbiRange(range, style);
}
