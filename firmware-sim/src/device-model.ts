/** What a model of a device is to the rest of the simulator. */
import type { Random } from "@jumpa-madu/contracts/random";
import type { Parity } from "./uart.ts";

/** A model runs behind the clock by at most this much: a stalled process does not make it send a backlog. */
export const LAG_MS_MAX = 1000;

/**
 * A device that speaks on a serial line.
 *
 * A model has no clock and no timer: it is told the time, in milliseconds since it was switched on, never falling.
 * The same seed and the same calls give the same bytes.
 */
export interface DeviceModel {
  /** Bits per second; 1 stop bit. */
  readonly baud: number;
  /** Data bits of a character; default 8. */
  readonly dataBits?: 7 | 8 | undefined;
  /** Default none. */
  readonly parity?: Parity | undefined;
  /** A byte that, repeated for ever, never completes a frame. */
  readonly endlessByte: number;
  /** Lets time pass until `nowMs`; returns the frames that the device sent meanwhile, whole and in order. */
  tick(nowMs: number): Uint8Array[];
  /** The host has opened the port: a device that hangs on the DTR line restarts. */
  opened?(nowMs: number): void;
  /** Takes bytes from the host in any pieces; returns what the device answers at once. */
  receive(bytes: Uint8Array, nowMs: number): Uint8Array[];
  /** A copy of a frame, damaged so that a correct reader must notice it. */
  spoil(frame: Uint8Array, random: Random): Uint8Array;
}

/** Bytes of a text whose characters are all below 256. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
