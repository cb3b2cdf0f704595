/**
 * A CAS indicator that sends the 22-byte format without end: NT-200, CI-400, CI-600, CI-6000.
 *
 *     frame   = header1 "," header2 "," id lamp "," data " " unit CR LF        22 bytes
 *     header1 = "ST" stable | "US" moving | "OL" overload
 *     header2 = "GS" gross | "NT" net
 *     id      = 30h + number of the device
 *     lamp    = 1 stable 0 hold print gross tare zero                           bits 7 to 0; CI-400 and CI-150A set bit 5
 *     data    = 8 characters with the point, filled up with zeros
 *     unit    = "kg" | " g"
 *
 * 9600 8N1. Commands are two digits of the number, two letters and CR LF: `RW`, `WT` read; `MZ`, `ZE` zero; `MT`, `TR`
 * tare. Source: manuals of CI-6000A p. 62, CI-600D p. 74, NT-200 p. 48. They do not say what the data are out of range:
 * here blanks, after a minus when the load is below zero.
 */
import { latin1 } from "./device-model.ts";
import { cellOf, lineOf, type ScaleOptions, styleOf } from "./scale-model.ts";
import { spoilHead } from "./spoil.ts";
import { type StGsFrame, stGsFrameOf } from "./st-gs-scale.ts";
import { type Order, TextScale } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";
import type { WeightStyle } from "./weight-text.ts";
import { writeZeroPadded } from "./zero-padded-weight.ts";

const DATA_CHARACTERS = 8;

/** The bits of the lamp byte. */
const LAMP = { always: 0x80, stable: 0x40, bit5: 0x20, gross: 0x04, tare: 0x02, zero: 0x01 } as const;

/** What an indicator is like. Defaults: 60 kg by 5 g, kilograms with three figures after the point. */
export interface Cas22ScaleOptions extends ScaleOptions {
  /** Number of the device, 0 to 99; default 1. */
  deviceId?: number | undefined;
  /** Whether bit 5 of the lamp byte is set, as by CI-400 and CI-150A; default false. */
  setsLampBit5?: boolean | undefined;
  /** Whether frames are sent unasked; default true. */
  isContinuous?: boolean | undefined;
}

/** One frame's content. */
export interface Cas22Frame extends StGsFrame {
  deviceId: number;
  /** The lamp byte. */
  lamp: number;
}

/** Encodes a frame. */
export function encodeCas22(frame: Cas22Frame, style: WeightStyle): Uint8Array {
  const { header1, header2, deviceId, lamp, weightG } = frame;
  const data =
    header1 === "OL"
      ? (weightG < 0 ? "-" : "").padEnd(DATA_CHARACTERS)
      : writeZeroPadded(weightG, style, DATA_CHARACTERS);
  const bytes = String.fromCharCode(0x30 + deviceId, lamp);
  return latin1(`${header1},${header2},${bytes},${data} ${style.unit.padStart(2)}\r\n`);
}

const ORDERS: Readonly<Record<string, Order>> = {
  RW: "weigh",
  WT: "weigh",
  MZ: "zero",
  ZE: "zero",
  MT: "tare",
  TR: "tare",
};

/** An indicator with a pan to put things on. */
export class Cas22Scale extends TextScale {
  constructor(options: Cas22ScaleOptions) {
    const { deviceId = 1, setsLampBit5 = false, isContinuous = true } = options;
    const style = styleOf(options);
    const lampExtra = setsLampBit5 ? LAMP.bit5 : 0;
    const address = String(deviceId).padStart(2, "0");
    super({
      cell: cellOf(options, { maxG: 60_000, divisionG: 5 }),
      line: lineOf(options),
      isContinuous,
      encode: (cell) =>
        encodeCas22({ ...stGsFrameOf(cell), deviceId, lamp: lampOf(cell) | lampExtra }, style),
      orderOf: (command) => (command.startsWith(address) ? ORDERS[command.slice(2)] : undefined),
      // A letter or comma of the headers.
      spoil: (frame, random) => spoilHead(frame, 6, random),
    });
  }
}

function lampOf({ isStable, tareG, grossG }: WeighCell): number {
  return (
    LAMP.always |
    (isStable ? LAMP.stable : 0) |
    (tareG === 0 ? LAMP.gross : LAMP.tare) |
    (grossG === 0 ? LAMP.zero : 0)
  );
}
