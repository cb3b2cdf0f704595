/**
 * A CAS PD-II of a cash register: the `ST,GS` record between STX and CR.
 *
 *     frame   = STX header1 "," header2 "," sign digits " " unit CR     18 bytes
 *     header1 = "ST" stable | "US" moving | "OL" out of range
 *     header2 = "GS" gross | "NT" net
 *     digits  = 6 characters, right-aligned, with the point; out of range six "-", and the sign tells which way
 *     unit    = "lb" | "oz" | "kg"
 *
 * 9600 8N1. Of itself the scale sends without end. In the command mode it sends each change of the weight from `W` to
 * CR; these commands are single bytes. Source: PD-II manual p. 19; frames as captured from a PD-II.
 */
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions } from "./scale-model.ts";
import { singleByteCommands } from "./single-byte-commands.ts";
import { spoilHead } from "./spoil.ts";
import { type StGsFrame, stGsFrameOf } from "./st-gs-scale.ts";
import { TextScale } from "./text-scale.ts";
import { GRAMS_PER, type WeightStyle, writeWeight } from "./weight-text.ts";

/** Units that the scale can be set to. */
export const CAS_PD2_UNITS = ["kg", "lb", "oz"] as const;
export type CasPd2Unit = (typeof CAS_PD2_UNITS)[number];

/** Division and figures after the point in each unit. */
const UNIT_DEFAULTS: Readonly<Record<CasPd2Unit, { division: number; decimals: number }>> = {
  kg: { division: 0.005, decimals: 3 },
  lb: { division: 0.01, decimals: 2 },
  oz: { division: 0.2, decimals: 1 },
};

const DIGITS_CHARACTERS = 6;

/** What a scale is like. Defaults: 15 kg by 5 g, 0.01 lb or 0.2 oz. */
export interface CasPd2ScaleOptions extends Omit<ScaleOptions, "unit"> {
  /** Unit on the line; default kg. */
  unit?: CasPd2Unit | undefined;
  /** Whether frames are sent unasked; default true. False is the command mode. */
  isContinuous?: boolean | undefined;
}

/** Encodes a frame. */
export function encodeCasPd2(frame: StGsFrame, style: WeightStyle<CasPd2Unit>): Uint8Array {
  const { header1, header2, weightG } = frame;
  const { sign, digits } = writeWeight(weightG, style);
  const data = header1 === "OL" ? "-".repeat(DIGITS_CHARACTERS) : digits.padStart(DIGITS_CHARACTERS);
  const shownSign = header1 === "OL" && weightG < 0 ? "-" : sign;
  return latin1(`\x02${header1},${header2},${shownSign}${data} ${style.unit}\r`);
}

/** A scale with a pan to put things on. */
export class CasPd2Scale extends TextScale {
  constructor(options: CasPd2ScaleOptions) {
    const { unit = "kg", isContinuous = true } = options;
    const { division, decimals } = UNIT_DEFAULTS[unit];
    const style = { unit, decimals: options.decimals ?? decimals };
    let lastSent: string | undefined;
    super({
      cell: cellOf(options, { maxG: 15_000, divisionG: division * GRAMS_PER[unit] }),
      line: lineOf(options),
      isContinuous,
      commands: singleByteCommands,
      encode: (cell) => {
        const frame = encodeCasPd2(stGsFrameOf(cell), style);
        const isNews = isContinuous || frame.toString() !== lastSent;
        lastSent = frame.toString();
        return isNews ? frame : undefined;
      },
      orderOf: (command) => {
        if (command === "\r") return "stop";
        if (command !== "W") return undefined;
        lastSent = undefined;
        return "repeat";
      },
      // A letter or comma of the headers, or the STX.
      spoil: (frame, random) => spoilHead(frame, 7, random),
    });
  }
}
