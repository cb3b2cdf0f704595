/**
 * A balance that sends A&D's standard format.
 *
 *     frame  = header "," data unit CR LF                                   17 bytes
 *     header = "ST" stable | "US" moving | "OL" out of range
 *     data   = sign, then 8 characters: digits and at most one point, filled with zeros; zero has "+"
 *     unit   = 3 characters, right-aligned: "  g" | " kg"
 *
 * 9600 8N1 here; older ones 2400 7E1. Out of range the digits are all 9 and the sign tells which way. Commands end in CR LF:
 * `Q` weight now, `S` weight at rest, `SIR` weight again and again, `C` no more; `R`, `Z` re-zero, `T` tare. With
 * `erCd 1` a key is acknowledged with `06` CR LF when the command came and again when it is done, and trouble is told as
 * `EC,Exx`. Source: A&D EK-L manual p. 28, AD-4212B manual p. 69, FZ-i manual p. 75.
 */
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { spoilHead } from "./spoil.ts";
import { type CommandReplies, type Order, TextScale } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { ninesOf, type WeightStyle, writeWeight } from "./weight-text.ts";

const DATA_DIGITS = 8;

/** What a balance is like. Defaults: 30 kg by 0.1 g; grams with one figure after the point. */
export interface AndStandardScaleOptions extends ScaleOptions {
  /** Stream mode; default true. False is the command mode. */
  isContinuous?: boolean | undefined;
  /** Whether it acknowledges (`erCd 1`); default false. */
  acknowledges?: boolean | undefined;
}

/** Encodes a frame; of an `OL` frame the sign of the weight alone counts. */
export function encodeAndStandard(
  header: "ST" | "US" | "OL",
  weightG: number,
  style: WeightStyle,
): Uint8Array {
  const { sign, digits } = writeWeight(weightG, style);
  const data = header === "OL" ? ninesOf(DATA_DIGITS, style) : digits.padStart(DATA_DIGITS, "0");
  return latin1(`${header},${sign}${data}${style.unit.padStart(3)}\r\n`);
}

const ORDERS: ReadonlyMap<string, Order> = new Map([
  ["Q", "weigh"],
  ["S", "weigh-stable"],
  ["SIR", "repeat"],
  ["C", "stop"],
  ["R", "zero"],
  ["Z", "zero"],
  ["T", "tare"],
]);

const ACKNOWLEDGED = latin1("\u0006\r\n");

/** `E01` unknown command, `E02` not ready, `E04` too many characters. */
const REPLIES: CommandReplies = {
  done: (order) => (order === "stop" ? [ACKNOWLEDGED] : [ACKNOWLEDGED, ACKNOWLEDGED]),
  refused: latin1("EC,E02\r\n"),
  unknown: latin1("EC,E01\r\n"),
  tooLong: latin1("EC,E04\r\n"),
};

/** A balance with a pan to put things on. */
export class AndStandardScale extends TextScale {
  constructor(options: AndStandardScaleOptions) {
    const { isContinuous = true, acknowledges = false } = options;
    const style = styleOf(options, { unit: "g", decimals: 1 });
    super({
      cell: cellOf(options, { maxG: 30_000, divisionG: 0.1 }),
      line: lineOf(options),
      isContinuous,
      encode: (cell) => encodeCell(cell, style),
      orderOf: (command) => ORDERS.get(command),
      replies: acknowledges ? REPLIES : undefined,
      spoil: (frame, random) => spoilHead(frame, 3, random),
    });
  }
}

function encodeCell({ range, isStable, netG }: WeighCell, style: WeightStyle): Uint8Array {
  if (range !== "in-range") return encodeAndStandard("OL", range === "over" ? 1 : -1, style);
  return encodeAndStandard(isStable ? "ST" : "US", netG, style);
}
