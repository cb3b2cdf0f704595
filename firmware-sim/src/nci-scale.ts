/**
 * A scale with the NCI protocol: Weigh-Tronix, Avery Berkel 67xx, Brecknell; variant `ecr` of cash registers.
 *
 *     weight = LF digits unit CR LF status CR ETX        digits 7 characters with the point
 *     status = 2 bytes, a third when bit 6 of the second is set; `ecr` puts "S" before them
 *     byte 1 = 0 1 1 eeprom-error ram-error at-zero motion        bits 6 to 0
 *     byte 2 = more 1 1 calibration-error rom-error over under
 *     byte 3 = more 1 1 initial-zero-error net range range
 *
 * 9600 7E1. Commands end in CR: `W` weight and status, `S` status, `Z` zero and status; others are answered `LF ? CR ETX`.
 * Out of range the digits are `^` above and `_` below. `ecr`: capital unit, 6 digits without sign, and nothing but the
 * status while the load moves, is negative or out of range. Source: NCI 7800 manual p. 32, Brecknell 3700LP manual p. 11,
 * Ohaus Aviator 7000 service manual p. 47 and 49, Adam MDW manual.
 */
import { CommandLines } from "./command-lines.ts";
import { latin1 } from "./device-model.ts";
import { cellOf, type ScaleOptions, sevenEvenLineOf, styleOf } from "./scale-model.ts";
import { spoilHead } from "./spoil.ts";
import { COMMAND_BYTES_MAX, TextScale } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { type WeightStyle, writeWeight } from "./weight-text.ts";

/** What a scale is like. Defaults: 15 kg by 5 g, kilograms with three figures after the point. */
export interface NciScaleOptions extends ScaleOptions {
  /** Default `bench`. */
  variant?: NciVariant | undefined;
  /** Whether a third status byte tells of the tare; default false. */
  hasThirdStatusByte?: boolean | undefined;
}

/** Variants of the protocol. */
export const NCI_VARIANTS = ["bench", "ecr"] as const;
export type NciVariant = (typeof NCI_VARIANTS)[number];

/** What the status bytes tell. */
export interface NciStatus {
  isMoving?: boolean;
  isAtZero?: boolean;
  isUnder?: boolean;
  isOver?: boolean;
  /** Sent in a third byte; undefined sends two. */
  isNet?: boolean | undefined;
}

const DIGITS_CHARACTERS = { bench: 7, ecr: 6 } as const;

/** Encodes a status alone. */
export function encodeNciStatus(status: NciStatus, variant: NciVariant): Uint8Array {
  return latin1(`\n${writeStatus(status, variant)}\r\x03`);
}

/** Encodes digits, right-aligned, and a status. */
export function encodeNciWeight(
  digits: string,
  status: NciStatus,
  { unit, variant }: { unit: "kg" | "g"; variant: NciVariant },
): Uint8Array {
  const shownUnit = variant === "ecr" ? unit.toUpperCase() : unit;
  const field = digits.padStart(DIGITS_CHARACTERS[variant], variant === "ecr" ? "0" : " ");
  return latin1(`\n${field}${shownUnit}\r\n${writeStatus(status, variant)}\r\x03`);
}

function writeStatus({ isMoving, isAtZero, isUnder, isOver, isNet }: NciStatus, variant: NciVariant): string {
  const first = 0x30 | (isMoving === true ? 1 : 0) | (isAtZero === true ? 2 : 0);
  const second = 0x30 | (isUnder === true ? 1 : 0) | (isOver === true ? 2 : 0);
  const bytes = isNet === undefined ? [first, second] : [first, second | 0x40, 0x30 | (isNet ? 4 : 0)];
  return `${variant === "ecr" ? "S" : ""}${String.fromCharCode(...bytes)}`;
}

/** A scale with a pan to put things on. */
export class NciScale extends TextScale {
  constructor(options: NciScaleOptions) {
    const { variant = "bench", hasThirdStatusByte = false } = options;
    const style = styleOf(options);
    const statusOf = ({ isStable, grossG, range, tareG }: WeighCell): NciStatus => ({
      isMoving: !isStable,
      isAtZero: isStable && grossG === 0,
      isUnder: range === "under" || grossG < 0,
      isOver: range === "over",
      isNet: hasThirdStatusByte ? tareG > 0 : undefined,
    });
    const replyStatus = (cell: WeighCell) => encodeNciStatus(statusOf(cell), variant);
    const unknown = latin1("\n?\r\x03");
    super({
      cell: cellOf(options, { maxG: 15_000, divisionG: 5 }),
      line: sevenEvenLineOf(options),
      isContinuous: false,
      commands: new CommandLines(COMMAND_BYTES_MAX, "cr"),
      encode: (cell) => {
        const digits = digitsOf(cell, style, variant);
        if (digits === undefined) return replyStatus(cell);
        return encodeNciWeight(digits, statusOf(cell), { unit: style.unit, variant });
      },
      orderOf: (command) => {
        if (command === "W") return "weigh";
        if (command === "S") return replyStatus;
        if (command !== "Z") return undefined;
        return (cell) => {
          cell.zero();
          return replyStatus(cell);
        };
      },
      replies: { done: () => [], refused: unknown, unknown, tooLong: unknown },
      // The LF or, in the answer with a weight, a character of its digits.
      spoil: (frame, random) =>
        spoilHead(frame, frame.length > 9 ? 1 + DIGITS_CHARACTERS[variant] : 1, random),
    });
  }
}

/** What stands in the place of the digits; undefined when only the status is told. */
function digitsOf(
  { range, isStable, netG, grossG }: WeighCell,
  style: WeightStyle,
  variant: NciVariant,
): string | undefined {
  const { sign, digits } = writeWeight(netG, style);
  if (variant === "ecr")
    return isStable && range === "in-range" && netG >= 0 && grossG >= 0 ? digits : undefined;
  if (range !== "in-range") return (range === "over" ? "^" : "_").repeat(DIGITS_CHARACTERS.bench);
  return sign === "-" ? `-${digits}` : digits;
}
