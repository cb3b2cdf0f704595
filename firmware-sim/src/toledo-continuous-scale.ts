/**
 * A Mettler Toledo indicator in the continuous mode, and the many that copied it: IND4xx, IND570, 8530, TI400, LUW, KERN.
 *
 *     frame = STX SWA SWB SWC weight tare CR [CHK]        17 or 18 bytes; weight and tare 6 digits without sign or point
 *     short = STX SWA SWB SWC weight CR [CHK]             11 or 12 bytes (Cardinal 225)
 *     SWA   = 0 0 1 step point                            step 2 bits: 01, 10, 11 = 1, 2, 5; point 3 bits: 010 none to 111 five figures
 *     SWB   = 0 not-zeroed 1 kg motion out-of-range negative net     kg 0 = lb
 *     SWC   = 0 0 1 x10 print unit                        unit 3 bits: 000 that of SWB, 001 g, 010 t
 *     CHK   = two's complement of the sum of all bytes before it, 7 bits
 *
 * 9600 8N1, about 10 frames a second. Commands end in CR LF: `P` print, `Z` zero, `T` tare, `Tn.nnn` known tare, `C`
 * clear. Source: Liden LUW2001 p. 15, KERN FTC p. 42, Rockwell 57C428 p. 37, Cardinal 225 p. 118. That the kg bit is 0
 * for pounds is general knowledge; a manual that says what the digits are out of range was not found: here nines.
 */
import { framePeriodMs } from "./cadence.ts";
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions } from "./scale-model.ts";
import { misreadDigit, spoilAt } from "./spoil.ts";
import { type Order, TextScale } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { GRAMS_PER, type WeightStyle, type WeightUnit } from "./weight-text.ts";

const DIGITS = 6;

/** Units that an indicator can be set to. */
export const TOLEDO_CONTINUOUS_UNITS = ["kg", "g", "lb"] as const;
export type ToledoContinuousUnit = (typeof TOLEDO_CONTINUOUS_UNITS)[number];

/** What an indicator is like. Defaults: 60 kg by 5 g, kilograms with three figures after the point. */
export interface ToledoContinuousScaleOptions extends Omit<ScaleOptions, "unit"> {
  /** Default kg. */
  unit?: ToledoContinuousUnit | undefined;
  /** Whether CHK follows the CR; default true. */
  hasChecksum?: boolean | undefined;
  /** Whether the tare is left out; default false. */
  isShort?: boolean | undefined;
  /** Whether zeros before the number are blanks; default false. */
  isBlankPadded?: boolean | undefined;
  /** Whether frames are sent unasked; default true. */
  isContinuous?: boolean | undefined;
}

/** One frame's content. */
export interface ToledoContinuousFrame {
  /** Weight in grams, net when `isNet`. */
  weightG: number;
  tareG: number;
  isNet: boolean;
  isMoving: boolean;
  /** The sign of `weightG` tells which way. */
  isOutOfRange: boolean;
}

/** How an indicator writes. */
export interface ToledoContinuousStyle extends WeightStyle<ToledoContinuousUnit> {
  /** Step of the last figure. */
  step: 1 | 2 | 5;
  hasChecksum: boolean;
  isShort: boolean;
  isBlankPadded: boolean;
}

const STEP_BITS = { 1: 0b01, 2: 0b10, 5: 0b11 } as const;

/** Encodes a frame. */
export function encodeToledoContinuous(
  frame: ToledoContinuousFrame,
  style: ToledoContinuousStyle,
): Uint8Array {
  const { weightG, tareG, isNet, isMoving, isOutOfRange } = frame;
  const a = 0x20 | (STEP_BITS[style.step] << 3) | (style.decimals + 2);
  const kgBit = style.unit === "lb" ? 0 : 0x10;
  const b =
    0x20 | kgBit | (isMoving ? 8 : 0) | (isOutOfRange ? 4 : 0) | (weightG < 0 ? 2 : 0) | (isNet ? 1 : 0);
  const c = 0x20 | (style.unit === "g" ? 1 : 0);
  const weight = isOutOfRange ? "9".repeat(DIGITS) : writeDigits(weightG, style);
  const tare = style.isShort ? "" : writeDigits(tareG, style);
  const bytes = latin1(`\x02${String.fromCharCode(a, b, c)}${weight}${tare}\r`);
  return style.hasChecksum ? Uint8Array.from([...bytes, toledoChecksumOf(bytes)]) : bytes;
}

function toledoChecksumOf(bytes: Uint8Array): number {
  return -bytes.reduce((sum, byte) => sum + (byte & 0x7f), 0) & 0x7f;
}

function writeDigits(weightG: number, { unit, decimals, isBlankPadded }: ToledoContinuousStyle): string {
  const steps = Math.round((Math.abs(weightG) / GRAMS_PER[unit]) * 10 ** decimals);
  return String(steps).padStart(DIGITS, isBlankPadded ? " " : "0");
}

const ORDERS: Readonly<Record<string, Order>> = { P: "weigh", Z: "zero", T: "tare", C: "clear-tare" };

/** An indicator with a pan to put things on. */
export class ToledoContinuousScale extends TextScale {
  constructor(options: ToledoContinuousScaleOptions) {
    const { unit = "kg", hasChecksum = true, isShort = false, isBlankPadded = false } = options;
    const decimals = options.decimals ?? { kg: 3, g: 0, lb: 2 }[unit];
    const cell = cellOf(options, { maxG: 60_000, divisionG: unit === "lb" ? 0.02 * GRAMS_PER.lb : 5 });
    const step = stepOf(cell.divisionG, unit);
    const style: ToledoContinuousStyle = { unit, decimals, step, hasChecksum, isShort, isBlankPadded };
    const line = lineOf(options);
    super({
      cell,
      line,
      frameMs: framePeriodMs(line, 18),
      isContinuous: options.isContinuous ?? true,
      encode: ({ range, isStable, netG, tareG, maxG }) =>
        encodeToledoContinuous(
          {
            weightG: range === "in-range" ? netG : range === "over" ? maxG : -maxG,
            tareG,
            isNet: tareG > 0,
            isMoving: !isStable,
            isOutOfRange: range !== "in-range",
          },
          style,
        ),
      orderOf: (command) => ORDERS[command] ?? presetTareOf(command, unit),
      // Any changed digit breaks the sum; without one, only a character that is no digit can be noticed.
      spoil: (frame, random) =>
        hasChecksum ? misreadDigit(frame, random) : spoilAt(frame, random.integer(4, 3 + DIGITS)),
    });
  }
}

/** The first figure of the division. */
function stepOf(divisionG: number, unit: WeightUnit): 1 | 2 | 5 {
  const figure = (divisionG / GRAMS_PER[unit]).toExponential(0).charAt(0);
  return figure === "2" || figure === "5" ? (Number(figure) as 2 | 5) : 1;
}

function presetTareOf(command: string, unit: ToledoContinuousUnit): Order | undefined {
  const digits = /^T(\d{1,6}(?:\.\d{1,5})?)$/.exec(command)?.[1];
  if (digits === undefined) return undefined;
  return (cell: WeighCell) => {
    cell.presetTare(Number(digits) * GRAMS_PER[unit]);
    return undefined;
  };
}
