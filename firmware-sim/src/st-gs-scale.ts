/**
 * A scale that sends the `ST,GS` format without end: A&D AD-4329A and the many indicators that copied it.
 *
 *     frame  = header1 "," header2 "," data unit CR LF                     18 bytes
 *     header1 = "ST" stable | "US" moving | "OL" out of range
 *     header2 = "GS" gross | "NT" net
 *     data   = sign, then 7 characters: blanks, digits and one point, right-aligned; zero has "+"
 *     unit   = "kg" | " g"
 *
 * 9600 8N1, about 10 frames a second. Out of range the digits are all 9 (format 2) or, but for the point, blank
 * (format 1), and the sign tells which way. Commands end in CR LF: `R`, `RW`, `P` read; `Z`, `MZ` zero; `T`, `MT` tare;
 * `CT` clear tare. Source: A&D AD-4329A manual p. 43, Selleton SL-7515 manual p. 14.
 *
 * Those who copied it changed the dress: zeros in place of blanks (weighbridges, Keli), a decimal comma and no padding,
 * blanks after the commas, a unit of four characters and an overload of twelve blanks (KERN KXS manual p. 70).
 */
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { spoilHead } from "./spoil.ts";
import { type Order, TextScale } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { ninesOf, type WeightStyle, writeWeight } from "./weight-text.ts";

/** How the fields are dressed; `and` is the original. */
export const ST_GS_DRESSES = ["and", "zeros", "comma", "spaced", "kern"] as const;
export type StGsDress = (typeof ST_GS_DRESSES)[number];

interface Dress {
  /** Between the fields. */
  comma: string;
  digitsWidth: number;
  padding: " " | "0";
  point: "." | ",";
  unitWidth: number;
}

const AND: Dress = { comma: ",", digitsWidth: 7, padding: " ", point: ".", unitWidth: 2 };

const DRESSES: Readonly<Record<StGsDress, Dress>> = {
  and: AND,
  zeros: { ...AND, digitsWidth: 8, padding: "0" },
  comma: { ...AND, digitsWidth: 0, point: "," },
  spaced: { ...AND, comma: ", ", unitWidth: 3 },
  kern: { ...AND, digitsWidth: 8, padding: "0", unitWidth: 4 },
};

/** What a scale is like. Defaults: 60 kg by 5 g; kilograms with three figures after the point, or whole grams. */
export interface StGsScaleOptions extends ScaleOptions {
  /** How an overload is written; default nines. */
  overload?: "nines" | "blanks" | undefined;
  /** Default `and`. */
  dress?: StGsDress | undefined;
  /** Whether frames are sent unasked; default true. False is the command mode. */
  isContinuous?: boolean | undefined;
}

/** One frame's content. */
export interface StGsFrame {
  header1: "ST" | "US" | "OL";
  header2: "GS" | "NT";
  /** Weight in grams; of an `OL` frame the sign alone counts. */
  weightG: number;
}

/** How a scale writes a weight. */
export interface StGsStyle extends WeightStyle {
  overload: "nines" | "blanks";
  /** Default `and`. */
  dress?: StGsDress | undefined;
}

/** Encodes a frame; 18 bytes in the dress `and` for weights of up to 7 characters. */
export function encodeStGs(frame: StGsFrame, style: StGsStyle): Uint8Array {
  const dress = DRESSES[style.dress ?? "and"];
  const { sign, digits } = writeWeight(frame.weightG, style);
  const data =
    frame.header1 === "OL"
      ? overloadData(style, dress)
      : `${digits.padStart(dress.digitsWidth, dress.padding)}${style.unit.padStart(dress.unitWidth)}`;
  const line = `${frame.header1}${dress.comma}${frame.header2}${dress.comma}${sign}${data}`;
  return latin1(`${line.replace(".", dress.point)}\r\n`);
}

/** Digits and unit of a frame that is out of range. */
function overloadData(style: StGsStyle, { digitsWidth, unitWidth }: Dress): string {
  if (style.dress === "kern") return " ".repeat(digitsWidth + unitWidth);
  const nines = ninesOf(Math.max(digitsWidth, AND.digitsWidth), style);
  const digits = style.overload === "nines" ? nines : nines.replaceAll("9", " ");
  return `${digits}${style.unit.padStart(unitWidth)}`;
}

const ORDERS: ReadonlyMap<string, Order> = new Map([
  ["R", "weigh"],
  ["RW", "weigh"],
  ["P", "weigh"],
  ["Z", "zero"],
  ["MZ", "zero"],
  ["T", "tare"],
  ["MT", "tare"],
  ["CT", "clear-tare"],
]);

/** The commands that the family takes. */
export function stGsOrderOf(command: string): Order | undefined {
  return ORDERS.get(command);
}

/** What the family says of the cell; out of range the sign of `weightG` tells which way. */
export function stGsFrameOf({ range, isStable, tareG, netG }: WeighCell): StGsFrame {
  const header2 = tareG === 0 ? "GS" : "NT";
  if (range !== "in-range") return { header1: "OL", header2, weightG: range === "over" ? 1 : -1 };
  return { header1: isStable ? "ST" : "US", header2, weightG: netG };
}

/** A scale with a pan to put things on. */
export class StGsScale extends TextScale {
  constructor(options: StGsScaleOptions) {
    const { overload = "nines", dress, isContinuous = true } = options;
    const style = { ...styleOf(options), overload, dress };
    super({
      cell: cellOf(options, { maxG: 60_000, divisionG: 5 }),
      line: lineOf(options),
      isContinuous,
      encode: (cell) => encodeStGs(stGsFrameOf(cell), style),
      orderOf: stGsOrderOf,
      // A letter or comma of the headers.
      spoil: (frame, random) => spoilHead(frame, 6, random),
    });
  }
}
