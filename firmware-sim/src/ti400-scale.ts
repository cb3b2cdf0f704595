/**
 * A Toledo TI400 indicator that is set to P08 or P08A.
 *
 *     at rest       = "S" SP SP 6 characters SP "kg" CR LF          `S  09.076 kg`; a minus takes the second blank
 *     moving        = "S I" CR LF
 *     out of range  = "S I +" CR LF over | "S I -" CR LF under
 *
 * 9600 8N1, on demand. Source: comments of drivers. They do not name the request: here `P`, `S` and `SI` are taken, the
 * keys are those of MT-SICS, from which the answers come, and unless told otherwise lines are sent unasked as well.
 */
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { spoilHead } from "./spoil.ts";
import { type Order, TextScale } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { type WeightStyle, writeWeight } from "./weight-text.ts";

/** What an indicator is like. Defaults: 60 kg by 2 g; kilograms with three figures after the point. */
export interface Ti400ScaleOptions extends ScaleOptions {
  /** Whether lines are sent unasked; default true. */
  isContinuous?: boolean | undefined;
}

/** Encodes a weight at rest. */
export function encodeTi400(weightG: number, style: WeightStyle): Uint8Array {
  const { sign, digits } = writeWeight(weightG, style);
  return latin1(`S ${sign === "-" ? "-" : " "}${digits.padStart(6, "0")} ${style.unit}\r\n`);
}

/** Encodes that there is no weight now: the pan moves, or the load is out of range. */
export function encodeTi400State(state: "moving" | "over" | "under"): Uint8Array {
  return latin1(`S I${{ moving: "", over: " +", under: " -" }[state]}\r\n`);
}

const ORDERS: ReadonlyMap<string, Order> = new Map([
  ["P", "weigh"],
  ["S", "weigh"],
  ["SI", "weigh"],
  ["Z", "zero"],
  ["T", "tare"],
  ["TAC", "clear-tare"],
]);

/** An indicator with a pan to put things on. */
export class Ti400Scale extends TextScale {
  constructor(options: Ti400ScaleOptions) {
    const style = styleOf(options);
    super({
      cell: cellOf(options, { maxG: 60_000, divisionG: 2 }),
      line: lineOf(options),
      isContinuous: options.isContinuous ?? true,
      encode: (cell) => encodeCell(cell, style),
      orderOf: (command) => ORDERS.get(command),
      spoil: (frame, random) => spoilHead(frame, 1, random),
    });
  }
}

function encodeCell({ range, isStable, netG }: WeighCell, style: WeightStyle): Uint8Array {
  if (range !== "in-range") return encodeTi400State(range);
  return isStable ? encodeTi400(netG, style) : encodeTi400State("moving");
}
