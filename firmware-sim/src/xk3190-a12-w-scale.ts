/**
 * A Yaohua XK3190-A12 or A12E of the older text format, as it is sold in Indonesia under other names too.
 *
 *     frame = "ww" gross | "wn" net | "wt" tare, value, unit, CR LF        13 bytes
 *     value = 7 characters with the point, filled up with zeros; a negative one begins with "-"
 *     unit  = "kg" | "lb"
 *
 * 9600 8N1 or less, about 10 lines a second; the line does not tell whether the load moves. Source: lines captured from
 * such indicators. No manual of this format was found: that a line tells the tare now and then, and that nothing is sent
 * out of range, is made here.
 */
import { framePeriodMs } from "./cadence.ts";
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions } from "./scale-model.ts";
import { spoilDigit } from "./spoil.ts";
import { TextScale } from "./text-scale.ts";
import { GRAMS_PER, type WeightStyle } from "./weight-text.ts";
import { writeZeroPadded } from "./zero-padded-weight.ts";

const VALUE_CHARACTERS = 7;

/** While there is a tare, one line in so many tells it. */
const TARE_EVERY = 5;

/** Units that an indicator can be set to. */
export const XK3190_A12_W_UNITS = ["kg", "lb"] as const;
export type Xk3190A12WUnit = (typeof XK3190_A12_W_UNITS)[number];

/** What an indicator is like. Defaults: 60 kg by 5 g, or by 0.01 lb, with three figures after the point, or two. */
export interface Xk3190A12WScaleOptions extends Omit<ScaleOptions, "unit"> {
  /** Default kg. */
  unit?: Xk3190A12WUnit | undefined;
  /** Whether lines with the tare are among the others while there is one; default false. */
  tellsTare?: boolean | undefined;
}

/** Encodes a line. */
export function encodeXk3190A12W(
  head: "ww" | "wn" | "wt",
  weightG: number,
  style: WeightStyle<Xk3190A12WUnit>,
): Uint8Array {
  return latin1(`${head}${writeZeroPadded(weightG, style, VALUE_CHARACTERS)}${style.unit}\r\n`);
}

/** An indicator with a pan to put things on. It takes no commands. */
export class Xk3190A12WScale extends TextScale {
  constructor(options: Xk3190A12WScaleOptions) {
    const { unit = "kg", tellsTare = false } = options;
    const style = { unit, decimals: options.decimals ?? (unit === "kg" ? 3 : 2) };
    const line = lineOf(options);
    let lines = 0;
    super({
      cell: cellOf(options, { maxG: 60_000, divisionG: unit === "kg" ? 5 : 0.01 * GRAMS_PER.lb }),
      line,
      frameMs: framePeriodMs(line, 13),
      isContinuous: true,
      encode: ({ range, tareG, netG }) => {
        if (range !== "in-range") return undefined;
        lines += 1;
        const isTareLine = tellsTare && tareG > 0 && lines % TARE_EVERY === 0;
        if (isTareLine) return encodeXk3190A12W("wt", tareG, style);
        return encodeXk3190A12W(tareG === 0 ? "ww" : "wn", netG, style);
      },
      orderOf: () => undefined,
      spoil: spoilDigit,
    });
  }
}
