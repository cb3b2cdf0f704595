/**
 * A counter scale with the Berkel protocol: Ohaus Aviator, DIVA, and others of cash registers.
 *
 *     host ENQ   scale ACK data | NUL none yet | CAN weigh again: the load moves
 *     host DC1   scale STX id digits BCC ETX                   9 bytes, after an ACK; otherwise NAK
 *     host sends the block back: scale CR the same | ACK not the same; or host CR, to which nothing is answered
 *     id     = foreign 1 out-of-range 1 capacity               bits 6 to 0; capacity 001 15 kg, 010 30 lb, 011 6 kg
 *     digits = 5, the point is implied: three figures after it in kg, two in lb
 *     BCC    = exclusive or of id and digits (even column parity)
 *
 * 2400 7E1. Zero: STX "Z" 5 NUL ETX "Z"; tare: STX "N" 5 NUL ETX "N"; nothing is answered. Source: Ohaus Aviator
 * service manual p. 37, DIVA service manual p. 48. Out of range, bit 4 of the id is all that tells it: the digits, which
 * the manuals do not mention, are zeros here.
 */

import type { Random } from "@jumpa-madu/contracts/random";
import { ByteCommandScale } from "./byte-command-scale.ts";
import { latin1 } from "./device-model.ts";
import { exclusiveOr } from "./exclusive-or.ts";
import { cellOf, type ScaleOptions, sevenEvenLineOf } from "./scale-model.ts";
import { misreadDigit } from "./spoil.ts";
import { GRAMS_PER } from "./weight-text.ts";

const STX = 0x02;
const ETX = 0x03;
const ENQ = 0x05;
const ACK = 0x06;
const CR = 0x0d;
const DC1 = 0x11;
const NAK = 0x15;
const CAN = 0x18;
const NUL = 0x00;

const DIGITS = 5;

/** Bytes of a block that a host sends: a command, or the data sent back. */
const HOST_BLOCK_BYTES = 9;

/** Time after switching on in which there are no data. */
const WARM_UP_MS = 500;

const ZERO = latin1("\x02Z\0\0\0\0\0\x03Z");
const TARE = latin1("\x02N\0\0\0\0\0\x03N");

/** Capacities, with their bits in the id, in grams. */
const CAPACITIES = {
  "15-kg": { bits: 1, maxG: 15_000, divisionG: 5, figureG: 1 },
  "30-lb": { bits: 2, maxG: 30 * GRAMS_PER.lb, divisionG: 0.01 * GRAMS_PER.lb, figureG: 0.01 * GRAMS_PER.lb },
  "6-kg": { bits: 3, maxG: 6_000, divisionG: 2, figureG: 1 },
} as const;
export type BerkelCapacity = keyof typeof CAPACITIES;

/** Names of the capacities. */
export const BERKEL_CAPACITIES = Object.keys(CAPACITIES) as BerkelCapacity[];

/** What a scale is like. The capacity gives unit, maximum and division. */
export interface BerkelScaleOptions extends Omit<ScaleOptions, "unit" | "maxG" | "divisionG" | "decimals"> {
  /** Default 15 kg by 5 g; the others are 6 kg by 2 g and 30 lb by 0.01 lb. */
  capacity?: BerkelCapacity | undefined;
}

/** Encodes the data block of a weight of zero or above. */
export function encodeBerkel(weightG: number, capacity: BerkelCapacity, isInRange = true): Uint8Array {
  const { bits, figureG } = CAPACITIES[capacity];
  const id = 0x28 | bits | (isInRange ? 0 : 0x10);
  const figures = isInRange ? Math.round(weightG / figureG) : 0;
  const body = latin1(`${String.fromCharCode(id)}${String(figures).padStart(DIGITS, "0")}`);
  return Uint8Array.from([STX, ...body, exclusiveOr(body), ETX]);
}

/** A scale with a pan to put things on. */
export class BerkelScale extends ByteCommandScale {
  readonly #capacity: BerkelCapacity;
  #hasAcknowledged = false;
  #sent: Uint8Array | undefined;
  #block: number[] | undefined;

  constructor(options: BerkelScaleOptions) {
    const { capacity = "15-kg" } = options;
    super(cellOf(options, CAPACITIES[capacity]), sevenEvenLineOf(options, 2400));
    this.#capacity = capacity;
  }

  /** Changes a digit, which breaks the BCC; of a handshake the byte itself. */
  spoil(frame: Uint8Array, random: Random): Uint8Array {
    return misreadDigit(frame, random);
  }

  protected hearByte(byte: number, nowMs: number): Uint8Array[] {
    if (this.#block !== undefined) return this.#hearBlock(this.#block, byte);
    if (byte === STX) this.#block = [STX];
    if (byte === ENQ) return [this.#acknowledge(nowMs)];
    if (byte === DC1) return [this.#sendData()];
    // Nobody compares any more.
    if (byte === CR) this.#sent = undefined;
    return [];
  }

  #acknowledge(nowMs: number): Uint8Array {
    this.#hasAcknowledged = false;
    if (nowMs < WARM_UP_MS) return Uint8Array.of(NUL);
    const isOutOfRange = this.cell.range !== "in-range";
    if (!this.cell.isStable && !isOutOfRange) return Uint8Array.of(CAN);
    this.#hasAcknowledged = true;
    return Uint8Array.of(ACK);
  }

  #sendData(): Uint8Array {
    if (!this.#hasAcknowledged) return Uint8Array.of(NAK);
    this.#hasAcknowledged = false;
    const { range, netG, grossG } = this.cell;
    const isInRange = range === "in-range" && netG >= 0 && grossG >= 0;
    this.#sent = encodeBerkel(netG, this.#capacity, isInRange);
    return this.#sent;
  }

  #hearBlock(block: number[], byte: number): Uint8Array[] {
    block.push(byte);
    if (block.length < HOST_BLOCK_BYTES) return [];
    this.#block = undefined;
    if (isSame(block, ZERO)) this.cell.zero();
    else if (isSame(block, TARE)) this.cell.tare();
    else if (this.#sent !== undefined) return [Uint8Array.of(isSame(block, this.#sent) ? CR : ACK)];
    return [];
  }
}

function isSame(block: readonly number[], expected: Uint8Array): boolean {
  return block.length === expected.length && expected.every((byte, place) => block[place] === byte);
}
