/**
 * A CAS scale that answers a cash register: AP-1, ER, SW-II, PD-II type 6.
 *
 *     host ENQ   scale ACK when it can weigh, NAK when not
 *     host DC1   scale SOH STX status sign digits unit BCC ETX EOT       15 bytes
 *     status = "S" stable | "U" moving
 *     sign   = " " zero or above | "-" below | "F" overload
 *     digits = 6 characters with the point; out of range all "F"
 *     unit   = "kg"
 *     BCC    = exclusive or from status to unit
 *
 * 9600 8N1. Source: AP-1 protocol sheet, SW-II manual p. 15, PD-II manual p. 23. A DC1 without an ENQ before it is
 * answered with NAK; what a load far below zero gives is not said: here "-" and "F".
 */

import type { Random } from "@jumpa-madu/contracts/random";
import { ByteCommandScale } from "./byte-command-scale.ts";
import { latin1 } from "./device-model.ts";
import { exclusiveOr } from "./exclusive-or.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { misreadDigit } from "./spoil.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { type WeightStyle, writeWeight } from "./weight-text.ts";

const ENQ = 0x05;
const ACK = 0x06;
const DC1 = 0x11;
const NAK = 0x15;

const DIGITS_CHARACTERS = 6;

/** What a scale is like. Defaults: 15 kg by 5 g, kilograms with three figures after the point. */
export interface CasDc1ScaleOptions extends ScaleOptions {
  /** What fills the digits up; default zeros. */
  padding?: "zeros" | "blanks" | undefined;
}

/** One block's content. */
export interface CasDc1Block {
  isStable: boolean;
  /** Out of range the weight says only which way. */
  isInRange: boolean;
  weightG: number;
}

/** Encodes a block. */
export function encodeCasDc1(block: CasDc1Block, style: WeightStyle, filler: "0" | " " = "0"): Uint8Array {
  const { isStable, isInRange, weightG } = block;
  const { sign, digits } = writeWeight(weightG, style);
  const shownSign = sign === "-" ? "-" : isInRange ? " " : "F";
  const shownDigits = isInRange ? digits.padStart(DIGITS_CHARACTERS, filler) : "F".repeat(DIGITS_CHARACTERS);
  const text = `${isStable ? "S" : "U"}${shownSign}${shownDigits}${style.unit.padStart(2)}`;
  const check = String.fromCharCode(exclusiveOr(latin1(text)));
  return latin1(`\x01\x02${text}${check}\x03\x04`);
}

/** A scale with a pan to put things on. */
export class CasDc1Scale extends ByteCommandScale {
  readonly #style: WeightStyle;
  readonly #filler: "0" | " ";
  #isAsked = false;

  constructor(options: CasDc1ScaleOptions) {
    super(cellOf(options, { maxG: 15_000, divisionG: 5 }), lineOf(options));
    this.#style = styleOf(options);
    this.#filler = options.padding === "blanks" ? " " : "0";
  }

  /** Changes a digit, which breaks the BCC; of a handshake the byte itself. */
  spoil(frame: Uint8Array, random: Random): Uint8Array {
    return misreadDigit(frame, random);
  }

  protected hearByte(byte: number): Uint8Array[] {
    const wasAsked = this.#isAsked;
    this.#isAsked = byte === ENQ;
    if (byte === ENQ) return [Uint8Array.of(ACK)];
    if (byte !== DC1) return [];
    return [wasAsked ? encodeCasDc1(blockOf(this.cell), this.#style, this.#filler) : Uint8Array.of(NAK)];
  }
}

function blockOf({ range, isStable, netG, maxG }: WeighCell): CasDc1Block {
  if (range === "in-range") return { isStable, isInRange: true, weightG: netG };
  return { isStable, isInRange: false, weightG: range === "over" ? maxG : -maxG };
}
