/**
 * Baxtran indicators, which send one of two formats without end.
 *
 *     XTA, FFN: header1 "," header2 ":" SP SP sign digits unit CR LF             `ST,GS:  +1.2345kg`
 *     UF:       state SP SP sign 7 digits SP unit CR LF                          `S  +001.234 kg`
 *     header1 = "ST" stable | "US" moving        header2 = "GS" gross | "NT" net
 *     state   = "S" stable | "U" moving; out of range the whole line is `OL    kg`
 *
 * 9600 8N1. Source: comments of drivers; there is no manual. They do not say what an XTA sends out of range (here `OL` and
 * dashes), nor how a UF tells an underload from an overload (here it does not), nor the commands (here those of the
 * `ST,GS` family, from which the XTA format comes).
 */
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { spoilHead } from "./spoil.ts";
import { type StGsFrame, stGsFrameOf, stGsOrderOf } from "./st-gs-scale.ts";
import { TextScale, type TextScaleParts } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { type WeightStyle, writeWeight } from "./weight-text.ts";

/** What an indicator is like. */
export interface BaxtranScaleOptions extends ScaleOptions {
  /** Whether frames are sent unasked; default true. */
  isContinuous?: boolean | undefined;
}

/** Encodes a line of an XTA or FFN; of an `OL` frame the sign of the weight alone counts. */
export function encodeXta({ header1, header2, weightG }: StGsFrame, style: WeightStyle): Uint8Array {
  const { sign, digits } = writeWeight(weightG, style);
  const data = header1 === "OL" ? digits.replace(/./g, "-") : digits;
  return latin1(`${header1},${header2}:  ${sign}${data}${style.unit}\r\n`);
}

/** Encodes a line of a UF: a weight, stable or not. */
export function encodeUf(state: "S" | "U", weightG: number, style: WeightStyle): Uint8Array {
  const { sign, digits } = writeWeight(weightG, style);
  return latin1(`${state}  ${sign}${digits.padStart(7, "0")} ${style.unit}\r\n`);
}

/** Encodes a line of a UF that is out of range. */
export function encodeUfOverload({ unit }: WeightStyle): Uint8Array {
  return latin1(`OL    ${unit}\r\n`);
}

/** An XTA or FFN. Defaults: 15 kg by 0.5 g; kilograms with four figures after the point. */
export class BaxtranXtaScale extends TextScale {
  constructor(options: BaxtranScaleOptions) {
    const style = styleOf(options, { unit: "kg", decimals: 4 });
    super({
      ...partsOf(options),
      cell: cellOf(options, { maxG: 15_000, divisionG: 0.5 }),
      encode: (cell) => encodeXta(stGsFrameOf(cell), style),
      spoil: (frame, random) => spoilHead(frame, 6, random),
    });
  }
}

/** A UF. Defaults: 60 kg by 5 g; kilograms with three figures after the point. */
export class BaxtranUfScale extends TextScale {
  constructor(options: BaxtranScaleOptions) {
    const style = styleOf(options);
    super({
      ...partsOf(options),
      cell: cellOf(options, { maxG: 60_000, divisionG: 5 }),
      encode: ({ range, isStable, netG }: WeighCell) =>
        range === "in-range" ? encodeUf(isStable ? "S" : "U", netG, style) : encodeUfOverload(style),
      spoil: (frame, random) => spoilHead(frame, 1, random),
    });
  }
}

function partsOf(options: BaxtranScaleOptions): Pick<TextScaleParts, "line" | "isContinuous" | "orderOf"> {
  return { line: lineOf(options), isContinuous: options.isContinuous ?? true, orderOf: stGsOrderOf };
}
