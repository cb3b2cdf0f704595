/**
 * An Arduino with a load cell behind an HX711, which prints what its sketch likes.
 *
 *     label   = "Reading: " digits SP unit CR LF            `Reading: 12.3 g`, `Reading: 0.0 lbs`
 *     unit    = SP digits " grams" CR LF                    ` 12.34 grams`
 *     bare    = digits CR LF                                `1.250`, by default kilograms
 *     checked = "W," grams "," raw "," ("S" stable | "U" moving) "*" XX CR LF        the sketch of this project
 *     XX      = XOR of all bytes before the "*", two hexadecimal figures, capitals
 *
 * 9600 8N1, ten lines a second; the key `t`, without a line end, tares. The board restarts when a program opens its port,
 * and then prints a banner first. Readings wander below zero, and none tells an overload: the converter has 24 bits and
 * stays at its end, where only `checked` shows it (raw 8388607 or -8388608, and never `S`). Source: sketches in use; the
 * HX711 data sheet for the converter.
 */
import { latin1 } from "./device-model.ts";
import { exclusiveOr } from "./exclusive-or.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { misreadDigit, spoilDigit } from "./spoil.ts";
import { TextScale } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { gramsOf, type WeightStyle, type WeightUnit } from "./weight-text.ts";

/** Time that a board needs after a restart before its sketch speaks. */
export const BOOT_MS = 500;

/** Ends of the converter's range. */
export const RAW_MAX = 0x7f_ffff;
export const RAW_MIN = -0x80_0000;

/** Conversion of a bar of 20 kg: what the empty cell gives, and how much a gram adds. */
const RAW_EMPTY = 84_000;
const RAW_PER_G = 400;

const BANNER = ["HX711 scale demo\r\n", "Readings:\r\n"].map(latin1);

/** What sketches print. */
export const PLAIN_LINES = ["label", "unit", "bare", "checked"] as const;
export type PlainLine = (typeof PLAIN_LINES)[number];

/** Units that it can write. */
export const PLAIN_UNITS = ["kg", "g", "lb"] as const satisfies readonly WeightUnit[];
type PlainUnit = (typeof PLAIN_UNITS)[number];
type PlainStyle = WeightStyle<PlainUnit>;

const STYLES: Readonly<Record<PlainLine, PlainStyle>> = {
  label: { unit: "g", decimals: 1 },
  unit: { unit: "g", decimals: 2 },
  bare: { unit: "kg", decimals: 3 },
  checked: { unit: "g", decimals: 1 },
};

/** What a board is like. Defaults: 20 kg; the unit and the figures after the point are those of the examples above. */
export interface PlainScaleOptions extends Omit<ScaleOptions, "unit"> {
  /** Default g, of a bare number kg; the sketches `unit` and `checked` know grams alone. */
  unit?: PlainUnit | undefined;
  /** Default label. */
  line?: PlainLine | undefined;
  /** How fast the reading wanders, in grams an hour; default -60. */
  driftGPerH?: number | undefined;
}

/** Encodes a line of a sketch that prints nothing but a number, perhaps with words about it. */
export function encodePlain(
  line: Exclude<PlainLine, "checked">,
  weightG: number,
  style: PlainStyle,
): Uint8Array {
  // A sketch prints a minus before a zero that is a little below it, and so does this.
  const number = (weightG / gramsOf(1, style.unit)).toFixed(style.decimals);
  if (line === "label") return latin1(`Reading: ${number} ${style.unit === "lb" ? "lbs" : style.unit}\r\n`);
  return latin1(line === "unit" ? ` ${number} grams\r\n` : `${number}\r\n`);
}

/** What a line of the project's own sketch says. */
export interface CheckedReading {
  weightG: number;
  /** What the converter gave, from `RAW_MIN` to `RAW_MAX`. */
  raw: number;
  isStable: boolean;
}

/** Encodes a line of the project's own sketch. */
export function encodeChecked({ weightG, raw, isStable }: CheckedReading, decimals = 1): Uint8Array {
  const text = `W,${weightG.toFixed(decimals)},${raw},${isStable ? "S" : "U"}`;
  const check = exclusiveOr(latin1(text));
  return latin1(`${text}*${check.toString(16).toUpperCase().padStart(2, "0")}\r\n`);
}

/** A board with a pan to put things on. */
export class PlainScale extends TextScale {
  #bootEndMs = 0;
  #isUp = false;

  constructor(options: PlainScaleOptions) {
    const { line = "label", driftGPerH = -60 } = options;
    const { unit, decimals } = STYLES[line];
    const isGramsAlone = line === "unit" || line === "checked";
    const style = styleOf(isGramsAlone ? { decimals: options.decimals } : options, { unit, decimals });
    let keyTareG = 0;
    super({
      cell: cellOf({ ...options, driftGPerH }, { maxG: 20_000, divisionG: 1 }),
      line: lineOf(options),
      isContinuous: true,
      encode: (cell) => {
        const { raw, weightG } = convert(cell);
        const shownG = weightG - keyTareG;
        if (line !== "checked") return encodePlain(line, shownG, style);
        const isStable = cell.isStable && raw > RAW_MIN && raw < RAW_MAX;
        return encodeChecked({ weightG: shownG, raw, isStable }, style.decimals);
      },
      orderOf: (key) => {
        if (key !== "t") return undefined;
        return (cell) => {
          keyTareG = convert(cell).weightG;
          return undefined;
        };
      },
      commands: {
        push: (bytes) => Array.from(bytes, (byte) => ({ ok: true, text: String.fromCharCode(byte) })),
      },
      spoil: line === "checked" ? misreadDigit : spoilDigit,
    });
  }

  opened(nowMs: number): void {
    this.#bootEndMs = nowMs + BOOT_MS;
    this.#isUp = false;
  }

  override tick(nowMs: number): Uint8Array[] {
    const lines = super.tick(nowMs);
    if (nowMs < this.#bootEndMs) return [];
    const banner = this.#isUp ? [] : BANNER;
    this.#isUp = true;
    return [...banner, ...lines];
  }
}

/** What the converter makes of the load, and the weight that the sketch makes of that. */
function convert({ rawG, exactNetG }: WeighCell): { raw: number; weightG: number } {
  const unlimited = Math.round(RAW_EMPTY + rawG * RAW_PER_G);
  const raw = Math.min(RAW_MAX, Math.max(RAW_MIN, unlimited));
  return { raw, weightG: exactNetG + (raw - unlimited) / RAW_PER_G };
}
