/**
 * A Yaohua indicator of the formats that begin with an equals sign: XK3190-A26 formats 1 and 2, DS, A22.
 *
 *     frame = "=" value                                  9 bytes, no end: the next frame's "=" follows
 *     value = 8 characters with the point, filled up with zeros; a negative one begins with "-"
 *
 * Format 1 sends the value backwards, format 2 forwards: `=000.3000` is 3.000 of the one and would be 0.3 of the other.
 * 9600 8N1, about 10 frames a second; the frame tells neither unit nor tare nor motion. Commands (see xk3190-commands.ts):
 * `0` zero, `T` tare, `R` read. Source: XK3190-A26 manual p. 10 and 11, A22 manual p. 11. What is sent out of range is
 * not said: here nothing.
 */
import { framePeriodMs } from "./cadence.ts";
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { spoilDigit } from "./spoil.ts";
import { type Order, TextScale } from "./text-scale.ts";
import type { WeightStyle } from "./weight-text.ts";
import { Xk3190Commands } from "./xk3190-commands.ts";
import { writeZeroPadded } from "./zero-padded-weight.ts";

const VALUE_CHARACTERS = 8;

/** Which end of the value comes first. */
export type Xk3190Direction = "backwards" | "forwards";

/** What an indicator is like. Defaults: 60 kg by 5 g, kilograms with three figures after the point. */
export interface Xk3190EqualsScaleOptions extends ScaleOptions {
  /** Whether frames are sent unasked; default true. */
  isContinuous?: boolean | undefined;
}

/** Encodes a weight in grams. */
export function encodeXk3190Equals(
  weightG: number,
  style: WeightStyle,
  direction: Xk3190Direction,
): Uint8Array {
  const value = latin1(writeZeroPadded(weightG, style, VALUE_CHARACTERS));
  return Uint8Array.from([0x3d, ...(direction === "backwards" ? value.toReversed() : value)]);
}

const ORDERS: Readonly<Record<string, Order>> = { 0: "zero", T: "tare", R: "weigh", r: "weigh" };

/** An indicator with a pan to put things on. */
export class Xk3190EqualsScale extends TextScale {
  constructor(options: Xk3190EqualsScaleOptions, direction: Xk3190Direction) {
    const style = styleOf(options);
    const line = lineOf(options);
    super({
      cell: cellOf(options, { maxG: 60_000, divisionG: 5 }),
      line,
      frameMs: framePeriodMs(line, 1 + VALUE_CHARACTERS),
      isContinuous: options.isContinuous ?? true,
      encode: ({ range, netG }) =>
        range === "in-range" ? encodeXk3190Equals(netG, style, direction) : undefined,
      commands: new Xk3190Commands("A"),
      orderOf: (command) => ORDERS[command],
      spoil: spoilDigit,
    });
  }
}
