/**
 * A scale that sends the `ST,GS` format without end: A&D AD-4329A and the many indicators that copied it.
 *
 *     frame  = header1 "," header2 "," data unit CR LF                     18 bytes
 *     header1 = "ST" stable | "US" moving | "OL" out of range
 *     header2 = "GS" gross | "NT" net
 *     data   = sign, then 7 characters: blanks, digits and one point, right-aligned; zero has "+"
 *     unit   = "kg" | " g"
 *
 * 9600 8N1, about 10 frames a second. Out of range the digits are all 9 (format 2) or, but for the point, blank
 * (format 1), and the sign tells which way. Commands end in CR LF: `R`, `RW` read; `Z`, `MZ` zero; `T`, `MT` tare;
 * `CT` clear tare. Source: A&D AD-4329A manual p. 43, Selleton SL-7515 manual p. 14.
 */
import { CommandLines } from "./command-lines.ts";
import { type DeviceModel, LAG_MS_MAX, latin1 } from "./device-model.ts";
import type { Pan } from "./pan.ts";
import type { Random } from "./random.ts";
import { WeighCell } from "./weigh-cell.ts";

/** Time between two frames of the stream. */
export const FRAME_MS = 100;

/** A command of more bytes than this is thrown away. */
export const COMMAND_BYTES_MAX = 32;

const DATA_CHARACTERS = 7;

/** What a scale is like. */
export interface StGsScaleOptions {
  seed: number;
  /** Maximum load, in grams; default 60 000. */
  maxG?: number | undefined;
  /** Scale division, in grams; default 5. */
  divisionG?: number | undefined;
  /** Unit on the line; default kg. */
  unit?: "kg" | "g" | undefined;
  /** Figures after the point; default 3 for kg, 0 for g (no point then). */
  decimals?: number | undefined;
  /** How an overload is written; default nines. */
  overload?: "nines" | "blanks" | undefined;
  /** Whether frames are sent unasked; default true. False is the command mode. */
  isContinuous?: boolean | undefined;
  /** Standard deviation of the noise, in grams; default 0.15 divisions. */
  noiseG?: number | undefined;
}

/** One frame's content. */
export interface StGsFrame {
  header1: "ST" | "US" | "OL";
  header2: "GS" | "NT";
  /** Weight in grams; of an `OL` frame the sign alone counts. */
  weightG: number;
}

/** How a scale writes a weight. */
export interface StGsStyle {
  unit: "kg" | "g";
  decimals: number;
  overload: "nines" | "blanks";
}

/** Encodes a frame; 18 bytes for weights of up to 7 characters. */
export function encodeStGs(frame: StGsFrame, style: StGsStyle): Uint8Array {
  const sign = frame.weightG < 0 ? "-" : "+";
  const digits = frame.header1 === "OL" ? overloadDigits(style) : weightDigits(frame.weightG, style);
  return latin1(`${frame.header1},${frame.header2},${sign}${digits}${style.unit.padStart(2)}\r\n`);
}

function weightDigits(weightG: number, { unit, decimals }: StGsStyle): string {
  const magnitude = Math.abs(unit === "kg" ? weightG / 1000 : weightG);
  return magnitude.toFixed(decimals).padStart(DATA_CHARACTERS);
}

function overloadDigits({ decimals, overload }: StGsStyle): string {
  const filler = overload === "nines" ? "9" : " ";
  if (decimals === 0) return filler.repeat(DATA_CHARACTERS);
  return `${filler.repeat(DATA_CHARACTERS - 1 - decimals)}.${filler.repeat(decimals)}`;
}

/** A scale with a pan to put things on. */
export class StGsScale implements DeviceModel {
  readonly baud = 9600;
  /** A digit never ends a line. */
  readonly endlessByte = 0x30;
  readonly pan: Pan;
  readonly #cell: WeighCell;
  readonly #style: StGsStyle;
  readonly #isContinuous: boolean;
  readonly #commands = new CommandLines(COMMAND_BYTES_MAX);
  #nextFrameMs = FRAME_MS;

  constructor(options: StGsScaleOptions) {
    const { seed, maxG = 60_000, divisionG = 5, noiseG, unit = "kg", overload = "nines" } = options;
    this.#cell = new WeighCell({ seed, maxG, divisionG, noiseG });
    this.pan = this.#cell.pan;
    this.#style = { unit, overload, decimals: options.decimals ?? (unit === "kg" ? 3 : 0) };
    this.#isContinuous = options.isContinuous ?? true;
  }

  tick(nowMs: number): Uint8Array[] {
    const frames: Uint8Array[] = [];
    this.#nextFrameMs = Math.max(this.#nextFrameMs, nowMs - LAG_MS_MAX);
    for (; this.#nextFrameMs <= nowMs; this.#nextFrameMs += FRAME_MS) {
      this.#cell.sampleTo(this.#nextFrameMs);
      if (this.#isContinuous) frames.push(this.#frame());
    }
    return frames;
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    const answers: Uint8Array[] = [];
    for (const line of this.#commands.push(bytes)) {
      if (line.ok) answers.push(...this.#obey(line.text));
    }
    return answers;
  }

  /**
   * Replaces a letter or comma of the headers: the format has no checksum, so that a wrong digit could not be noticed
   * by anyone.
   */
  spoil(frame: Uint8Array, random: Random): Uint8Array {
    const spoilt = Uint8Array.from(frame);
    spoilt[random.integer(0, 5)] = 0x23;
    return spoilt;
  }

  #obey(command: string): Uint8Array[] {
    if (command === "R" || command === "RW") return [this.#frame()];
    if (command === "Z" || command === "MZ") this.#cell.zero();
    if (command === "T" || command === "MT") this.#cell.tare();
    if (command === "CT") this.#cell.clearTare();
    return [];
  }

  #frame(): Uint8Array {
    const { range, isStable, tareG, netG, grossG } = this.#cell;
    const header2 = tareG === 0 ? "GS" : "NT";
    if (range !== "in-range") {
      return encodeStGs({ header1: "OL", header2, weightG: range === "over" ? 1 : -1 }, this.#style);
    }
    const weightG = tareG === 0 ? grossG : netG;
    return encodeStGs({ header1: isStable ? "ST" : "US", header2, weightG }, this.#style);
  }
}
