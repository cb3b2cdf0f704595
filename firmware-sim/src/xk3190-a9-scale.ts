/**
 * A Yaohua XK3190-A9 (A1+, A26 format 0, DS) and its look-alikes: Keli D2008, VESAR.
 *
 *     frame  = STX value xor-high xor-low ETX                   12 bytes
 *     value  = sign, 6 digits, number of figures after the point (0 to 4)
 *     answer = STX address letter [value] xor-high xor-low ETX  14 bytes, of a handshake 6
 *     xor    = exclusive or of all bytes after the STX, one character a half: 0 to 9, A to F
 *
 * 9600 8N1, about 10 frames a second; net while there is a tare, which the frame does not tell, nor whether the load
 * moves. Commands (see xk3190-commands.ts): `A` handshake, `B` gross, `C` tare, `D` net. Source: XK3190-A26 manual p. 10,
 * A9+ manual p. 11. Some firmware sends the characters `:` to `?` for A to F. What is sent out of range is not said: here
 * nothing, or blanks for the digits.
 */
import { framePeriodMs } from "./cadence.ts";
import { latin1 } from "./device-model.ts";
import { writeExclusiveOr } from "./exclusive-or.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { misreadDigit } from "./spoil.ts";
import { type Order, TextScale } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { type WeightStyle, writeWeight } from "./weight-text.ts";
import { Xk3190Commands } from "./xk3190-commands.ts";

const DIGITS = 6;
const ADDRESS = "A";

/** What an indicator is like. Defaults: 60 kg by 5 g, kilograms with three figures after the point. */
export interface Xk3190A9ScaleOptions extends ScaleOptions {
  /** Characters of an xor half over 9; default letters. */
  xorOver9?: "letters" | "colons" | undefined;
  /** What is sent out of range; default nothing. */
  overload?: "nothing" | "blanks" | undefined;
  /** Whether frames are sent unasked; default true. */
  isContinuous?: boolean | undefined;
}

/** How an indicator writes. */
export interface Xk3190A9Style extends WeightStyle {
  xorOver9: "letters" | "colons";
}

/** Encodes a weight in grams; `head` stands before it in an answer to a command. */
export function encodeXk3190A9(weightG: number, style: Xk3190A9Style, head = ""): Uint8Array {
  const { sign, digits } = writeWeight(weightG, style);
  const figures = digits.replace(".", "").padStart(DIGITS, "0");
  return encodeBlock(`${head}${sign}${figures}${style.decimals}`, style);
}

function encodeBlock(text: string, { xorOver9 }: Pick<Xk3190A9Style, "xorOver9">): Uint8Array {
  return latin1(`\x02${text}${writeExclusiveOr(latin1(text), xorOver9)}\x03`);
}

/** An indicator with a pan to put things on. */
export class Xk3190A9Scale extends TextScale {
  constructor(options: Xk3190A9ScaleOptions) {
    const { xorOver9 = "letters", overload = "nothing", isContinuous = true } = options;
    const style = { ...styleOf(options), xorOver9 };
    const line = lineOf(options);
    super({
      cell: cellOf(options, { maxG: 60_000, divisionG: 5 }),
      line,
      frameMs: framePeriodMs(line, 12),
      isContinuous,
      encode: ({ range, netG }) => {
        if (range === "in-range") return encodeXk3190A9(netG, style);
        if (overload === "nothing") return undefined;
        return encodeBlock(`${range === "over" ? "+" : "-"}${" ".repeat(DIGITS)}${style.decimals}`, style);
      },
      commands: new Xk3190Commands(ADDRESS),
      orderOf: (letter) =>
        letter === "A" ? () => encodeBlock(`${ADDRESS}A`, style) : answerOf(letter, style),
      // The xor gives any changed digit away.
      spoil: misreadDigit,
    });
  }
}

/** What answers a command that asks for a weight. */
function answerOf(letter: string, style: Xk3190A9Style): Order | undefined {
  const pick = WEIGHTS[letter];
  return pick && ((cell) => encodeXk3190A9(pick(cell), style, `${ADDRESS}${letter}`));
}

const WEIGHTS: Readonly<Record<string, (cell: WeighCell) => number>> = {
  B: ({ grossG }) => grossG,
  C: ({ tareG }) => tareG,
  D: ({ netG }) => netG,
};
