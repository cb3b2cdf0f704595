/**
 * A Tenzo-M indicator in its text mode, seen at weighbridges.
 *
 *     frame = "=" 6 characters CR LF         right-aligned digits; a minus before them, or a plus on some
 *
 * 9600 8N1, kilograms, without a stability flag and without commands. Source: `=  3015` and `= +2380` in fixtures of a
 * weighbridge program, which do not show what is sent out of range: here six dashes, as on its display.
 */
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { spoilHead } from "./spoil.ts";
import { TextScale } from "./text-scale.ts";
import { type WeightStyle, writeWeight } from "./weight-text.ts";

const DATA_CHARACTERS = 6;

/** What an indicator is like. Defaults: 3 t by 1 kg; whole kilograms. */
export interface TenzoScaleOptions extends ScaleOptions {
  /** Whether a plus is written; default false. */
  showsPlus?: boolean | undefined;
}

/** How an indicator writes a weight; the unit is not on the line. */
export interface TenzoStyle extends WeightStyle {
  showsPlus: boolean;
}

/** Encodes a weight. */
export function encodeTenzo(weightG: number, style: TenzoStyle): Uint8Array {
  const { sign, digits } = writeWeight(weightG, style);
  const shownSign = sign === "-" || style.showsPlus ? sign : "";
  return latin1(`=${`${shownSign}${digits}`.padStart(DATA_CHARACTERS)}\r\n`);
}

/** An indicator with a platform to put things on. */
export class TenzoScale extends TextScale {
  constructor(options: TenzoScaleOptions) {
    const style = { ...styleOf(options, { unit: "kg", decimals: 0 }), showsPlus: options.showsPlus ?? false };
    super({
      cell: cellOf(options, { maxG: 3_000_000, divisionG: 1000 }),
      line: lineOf(options),
      isContinuous: true,
      encode: ({ range, netG }) =>
        range === "in-range" ? encodeTenzo(netG, style) : latin1(`=${"-".repeat(DATA_CHARACTERS)}\r\n`),
      orderOf: () => undefined,
      spoil: (frame, random) => spoilHead(frame, 1, random),
    });
  }
}
