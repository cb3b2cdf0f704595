/**
 * A counter scale with the Mettler Toledo 8217 protocol: Ariva, Viva, and the scales in Magellan and DIVA scanners.
 *
 *     weight = STX digits ["N"] CR        digits WW.WWW in kg, 0WW.WW in lb; N after a net weight
 *     status = STX "?" status CR          status = 1 net centre-of-zero outside-zero-capture below-zero over motion, bits 6 to 0
 *
 * 9600 7E1. Commands are single capitals without an end: `W` weight, or status when the load moves, is negative or over
 * the capacity; `Z` zero (at rest, near zero, no tare); `T` tare, `Tnnnnn` with five digits a known tare, CR after both;
 * `C` clear tare (at rest); `A` confidence test, then `B` its result; `E` echo on, `F` off. After `T` and `C` the status
 * comes 150 ms later. Any other character is answered with the status. Source: PSC Magellan 8500 / DIVA service manual
 * p. 39 to 45; the probe `Ehello` in Odoo.
 */

import type { Random } from "@jumpa-madu/contracts/random";
import { ByteCommandScale } from "./byte-command-scale.ts";
import { latin1 } from "./device-model.ts";
import { cellOf, type ScaleOptions, sevenEvenLineOf } from "./scale-model.ts";
import { spoilAt } from "./spoil.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { GRAMS_PER, type WeightStyle, writeWeight } from "./weight-text.ts";

/** Time from `T` or `C` to the status. */
const TARE_MS = 150;

const TARE_DIGITS = 5;

/** Zero is taken within this share of the capacity. */
const ZERO_CAPTURE = 0.02;

/** Units that the scale can be set to. */
export const TOLEDO_8217_UNITS = ["kg", "lb"] as const;
export type Toledo8217Unit = (typeof TOLEDO_8217_UNITS)[number];

/** What a scale is like. Defaults: 15 kg by 5 g with three figures after the point, or by 0.01 lb with two. */
export interface Toledo8217ScaleOptions extends Omit<ScaleOptions, "unit"> {
  /** Unit of the weights, which the line does not tell; default kg. */
  unit?: Toledo8217Unit | undefined;
}

/** What the status byte tells. */
export interface Toledo8217Status {
  isMoving?: boolean;
  isOver?: boolean;
  isBelowZero?: boolean;
  isOutsideZeroCapture?: boolean;
  isCentreOfZero?: boolean;
  isNet?: boolean;
}

/** Encodes a weight of zero or above. */
export function encode8217Weight(
  weightG: number,
  style: WeightStyle<Toledo8217Unit>,
  isNet = false,
): Uint8Array {
  const { digits } = writeWeight(weightG, style);
  return latin1(`\x02${digits.padStart(6, "0")}${isNet ? "N" : ""}\r`);
}

/** Encodes a status. */
export function encode8217Status(status: Toledo8217Status): Uint8Array {
  const { isMoving, isOver, isBelowZero, isOutsideZeroCapture, isCentreOfZero, isNet } = status;
  const bits = [isMoving, isOver, isBelowZero, isOutsideZeroCapture, isCentreOfZero, isNet, true];
  const byte = bits.reduce((sum, bit, place) => sum | (bit === true ? 1 << place : 0), 0);
  return latin1(`\x02?${String.fromCharCode(byte)}\r`);
}

/** A command that waits for its time. */
interface Waiting {
  dueMs: number;
  /** Digits that came after `T`; undefined for `C`. */
  tareDigits: string | undefined;
}

/** A scale with a pan to put things on. */
export class Toledo8217Scale extends ByteCommandScale {
  readonly #style: WeightStyle<Toledo8217Unit>;
  #waiting: Waiting | undefined;
  #echoes = false;
  #isTested = false;

  constructor(options: Toledo8217ScaleOptions) {
    const { unit = "kg" } = options;
    const divisionG = unit === "kg" ? 5 : 0.01 * GRAMS_PER.lb;
    super(cellOf(options, { maxG: 15_000, divisionG }), sevenEvenLineOf(options));
    this.#style = { unit, decimals: options.decimals ?? (unit === "kg" ? 3 : 2) };
  }

  /** Replaces what is neither the STX nor the CR, so that the frame keeps its bounds. */
  spoil(frame: Uint8Array, random: Random): Uint8Array {
    return spoilAt(frame, frame.length < 3 ? 0 : random.integer(1, frame.length - 3));
  }

  protected override answerLate(nowMs: number): Uint8Array[] {
    if (this.#waiting === undefined || nowMs < this.#waiting.dueMs) return [];
    const { tareDigits } = this.#waiting;
    this.#waiting = undefined;
    if (tareDigits === undefined) {
      if (this.cell.isStable) this.cell.clearTare();
    } else if (tareDigits === "") {
      if (this.cell.isStable && this.cell.grossG > 0) this.cell.tare();
    } else if (tareDigits.length === TARE_DIGITS) {
      this.cell.presetTare((Number(tareDigits) * GRAMS_PER[this.#style.unit]) / 10 ** this.#style.decimals);
    }
    return [this.#status()];
  }

  protected hearByte(byte: number, nowMs: number): Uint8Array[] {
    const character = String.fromCharCode(byte);
    if (this.#echoes && character !== "F") return [Uint8Array.of(byte)];
    if (this.#waiting?.tareDigits !== undefined && /\d/.test(character)) {
      this.#waiting = {
        dueMs: nowMs + TARE_MS,
        tareDigits: this.#addDigit(this.#waiting.tareDigits, character),
      };
      return [];
    }
    return character === "\r" || character === "\n" ? [] : this.#obey(character, nowMs);
  }

  /** A sixth digit makes the tare one of a wrong length, which is not taken. */
  #addDigit(digits: string, digit: string): string {
    return digits.length > TARE_DIGITS ? digits : digits + digit;
  }

  #obey(command: string, nowMs: number): Uint8Array[] {
    switch (command) {
      case "W":
        return [this.#weigh()];
      case "Z":
        if (this.cell.isStable && this.cell.tareG === 0) this.cell.zero();
        return [this.#status()];
      case "T":
      case "C":
        this.#waiting = { dueMs: nowMs + TARE_MS, tareDigits: command === "T" ? "" : undefined };
        return [];
      case "A":
        this.#isTested = true;
        return [latin1("\x02\r")];
      case "B":
        // All tests passed.
        return [this.#isTested ? latin1("\x02?@\r") : this.#status()];
      case "E":
      case "F":
        this.#echoes = command === "E";
        return [latin1(`\x02${command}\r`)];
      default:
        return [this.#status()];
    }
  }

  #weigh(): Uint8Array {
    const { isStable, range, netG, grossG, tareG } = this.cell;
    const isShown = isStable && range === "in-range" && netG >= 0 && grossG >= 0;
    return isShown ? encode8217Weight(netG, this.#style, tareG > 0) : this.#status();
  }

  #status(): Uint8Array {
    return encode8217Status(statusOf(this.cell));
  }
}

function statusOf({ isStable, range, netG, grossG, tareG, maxG }: WeighCell): Toledo8217Status {
  return {
    isMoving: !isStable,
    isOver: range === "over",
    isBelowZero: netG < 0 || grossG < 0,
    isOutsideZeroCapture: Math.abs(grossG) > ZERO_CAPTURE * maxG,
    isCentreOfZero: isStable && grossG === 0,
    isNet: tareG > 0,
  };
}
