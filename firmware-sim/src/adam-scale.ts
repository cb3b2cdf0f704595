/**
 * Adam scales: the CPWplus floor scale, and the AZextra counter scale, which keeps silent when there is nothing new.
 *
 *     CPWplus, asked    = ("G/W" | "N/W" | "T/W") SP SP sign SP digits SP unit CR LF          `G/W  + 5.00 lb`
 *     CPWplus, unasked  = sign SP SP digits SP SP unit CR LF                                  `+  5.00  lb`
 *     AZextra, asked    = digits unit CR LF; nothing when the weight is 0 or as last told     `1.234kg`
 *
 * No stability flag. CPWplus 9600 8N1: `G` gross, `N` net and `T` tare weight, `P` what is shown, `Z` the key that
 * tares. AZextra 4800 8N1: `P` weight, `Z` zero, `T` tare. Commands are capitals and end in CR LF. Source: CPWplus manual
 * p. 14 (commands), comments of drivers (answers). They do not say what is sent out of range: here nothing.
 */
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { spoilDigit } from "./spoil.ts";
import { type Order, TextScale, type TextScaleParts } from "./text-scale.ts";
import { type WeightStyle, type WeightUnit, writeSigned, writeWeight } from "./weight-text.ts";

/** The two kinds. */
export const ADAM_KINDS = ["cpwplus", "az-extra"] as const;
export type AdamKind = (typeof ADAM_KINDS)[number];

/** Units that it can write. */
export const ADAM_UNITS = ["kg", "g", "lb"] as const satisfies readonly WeightUnit[];
type AdamUnit = (typeof ADAM_UNITS)[number];
type AdamStyle = WeightStyle<AdamUnit>;

/** What a scale is like. Defaults: CPWplus 75 kg by 20 g, AZextra 15 kg by 5 g; kilograms with three figures after the point. */
export interface AdamScaleOptions extends Omit<ScaleOptions, "unit"> {
  unit?: AdamUnit | undefined;
  /** Default cpwplus. */
  kind?: AdamKind | undefined;
  /** Whether a CPWplus sends unasked; default true. An AZextra never does. */
  isContinuous?: boolean | undefined;
}

/** Encodes the answer to a request. */
export function encodeCpwAnswer(label: "G/W" | "N/W" | "T/W", weightG: number, style: AdamStyle): Uint8Array {
  const { sign, digits } = writeWeight(weightG, style);
  return latin1(`${label}  ${sign} ${digits} ${style.unit}\r\n`);
}

/** Encodes a line that is sent unasked. */
export function encodeCpwLine(weightG: number, style: AdamStyle): Uint8Array {
  const { sign, digits } = writeWeight(weightG, style);
  return latin1(`${sign}  ${digits}  ${style.unit}\r\n`);
}

/** Encodes the answer of an AZextra. */
export function encodeAzExtra(weightG: number, style: AdamStyle): Uint8Array {
  return latin1(`${writeSigned(weightG, style)}${style.unit}\r\n`);
}

/** A scale with a pan to put things on. */
export class AdamScale extends TextScale {
  constructor(options: AdamScaleOptions) {
    const style = styleOf(options);
    const parts = options.kind === "az-extra" ? azExtraOf(options, style) : cpwPlusOf(options, style);
    super({ ...parts, spoil: spoilDigit });
  }
}

type AdamParts = Omit<TextScaleParts, "spoil">;

function cpwPlusOf(options: AdamScaleOptions, style: AdamStyle): AdamParts {
  const orders = new Map<string, Order>([
    ["G", ({ range, grossG }) => (range === "in-range" ? encodeCpwAnswer("G/W", grossG, style) : undefined)],
    ["N", ({ range, netG }) => (range === "in-range" ? encodeCpwAnswer("N/W", netG, style) : undefined)],
    ["T", ({ tareG }) => encodeCpwAnswer("T/W", tareG, style)],
    ["P", "weigh"],
    ["Z", "tare"],
  ]);
  return {
    cell: cellOf(options, { maxG: 75_000, divisionG: 20 }),
    line: lineOf(options),
    isContinuous: options.isContinuous ?? true,
    encode: ({ range, netG }) => (range === "in-range" ? encodeCpwLine(netG, style) : undefined),
    orderOf: (command) => orders.get(command),
  };
}

function azExtraOf(options: AdamScaleOptions, style: AdamStyle): AdamParts {
  const orders = new Map<string, Order>([
    ["P", "weigh"],
    ["Z", "zero"],
    ["T", "tare"],
  ]);
  let toldG = 0;
  return {
    cell: cellOf(options, { maxG: 15_000, divisionG: 5 }),
    line: lineOf(options, 4800),
    isContinuous: false,
    encode: ({ range, netG }) => {
      if (range !== "in-range" || netG === toldG || netG === 0) return undefined;
      toldG = netG;
      return encodeAzExtra(netG, style);
    },
    orderOf: (command) => orders.get(command),
  };
}
