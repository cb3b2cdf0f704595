/**
 * A Yaohua XK3190-A12(E) of the newer format, with a checksum.
 *
 *     frame = text xor-high xor-low CR LF                   15 bytes; xor of the 11 bytes of the text
 *     text  = "W" ("G" gross | "N" net) value "kg"
 *           | 9 blanks "OL"                                 above the maximum by more than 9 divisions
 *           | 9 blanks "LO"                                 far below zero
 *     value = 7 characters with the point, filled up with zeros; "-" first when negative; without a point the last is blank
 *
 * 9600 8N1, about 10 lines a second; the line does not tell whether the load moves. Source: XK3190-A12(E) manual p. 13,
 * whose example is `WG004.139kg3D`.
 */
import { framePeriodMs } from "./cadence.ts";
import { latin1 } from "./device-model.ts";
import { writeExclusiveOr } from "./exclusive-or.ts";
import { cellOf, lineOf, type ScaleOptions } from "./scale-model.ts";
import { misreadDigit } from "./spoil.ts";
import { TextScale } from "./text-scale.ts";
import { writeZeroPadded } from "./zero-padded-weight.ts";

const VALUE_CHARACTERS = 7;

/** What an indicator is like. Defaults: 60 kg by 5 g, three figures after the point. */
export type Xk3190A12eChkScaleOptions = Omit<ScaleOptions, "unit">;

/** Encodes a line with a weight in grams, in kilograms with `decimals` figures after the point. */
export function encodeXk3190A12eChk(head: "WG" | "WN", weightG: number, decimals: number): Uint8Array {
  const width = decimals === 0 ? VALUE_CHARACTERS - 1 : VALUE_CHARACTERS;
  const value = writeZeroPadded(weightG, { unit: "kg", decimals }, width);
  return encodeText(`${head}${value.padEnd(VALUE_CHARACTERS)}kg`);
}

/** Encodes the line of a load out of range. */
export function encodeXk3190A12eOutOfRange(range: "over" | "under"): Uint8Array {
  return encodeText(`${" ".repeat(9)}${range === "over" ? "OL" : "LO"}`);
}

function encodeText(text: string): Uint8Array {
  return latin1(`${text}${writeExclusiveOr(latin1(text))}\r\n`);
}

/** An indicator with a pan to put things on. It takes no commands. */
export class Xk3190A12eChkScale extends TextScale {
  constructor(options: Xk3190A12eChkScaleOptions) {
    const { decimals = 3 } = options;
    const line = lineOf(options);
    super({
      cell: cellOf(options, { maxG: 60_000, divisionG: 5 }),
      line,
      frameMs: framePeriodMs(line, 15),
      isContinuous: true,
      encode: ({ range, tareG, netG }) =>
        range === "in-range"
          ? encodeXk3190A12eChk(tareG === 0 ? "WG" : "WN", netG, decimals)
          : encodeXk3190A12eOutOfRange(range),
      orderOf: () => undefined,
      // The xor gives any changed digit away.
      spoil: misreadDigit,
    });
  }
}
