/** What every device protocol is made of: its words for readings and faults, its framing, its parser, its line. */
import type { Protocol as ProtocolKey } from "@jumpa-madu/contracts/node-config";
import type { Framer, Sync } from "./framing.ts";

/**
 * Most bytes of one frame of any protocol, terminator not counted. A deposit keeps the frame of its weight as
 * evidence, and its schema has room for as many.
 */
export const FRAME_BYTES_MAX = 64;

/**
 * What can be wrong with bytes from a device.
 *
 * `overload`, `underload`: the device says so, `sign` tells which end when the frame shows it. `checksum`: a frame whose
 * sum is wrong. `partial_frame`: the head or tail of a frame. `unparseable`: none of the protocol's frames.
 * `out_of_range`: well formed, but more than any device can show. `not_executable`: the device is busy or refuses now.
 * `device_error`: the device reports an error of its own, `code` is what it says. `frame_too_long`: no end of frame
 * within the limit. `no_reply`: a question without an answer in time. `flood`: more bytes than a device can mean.
 */
export const FAULT_CODES = [
  "overload",
  "underload",
  "checksum",
  "partial_frame",
  "unparseable",
  "out_of_range",
  "not_executable",
  "device_error",
  "frame_too_long",
  "no_reply",
  "flood",
] as const;
export type FaultCode = (typeof FAULT_CODES)[number];

/** Expected trouble with a device: a value to count and log, never thrown. `discarded` is in bytes. */
export interface Fault {
  readonly error: FaultCode;
  readonly sign?: "+" | "-";
  readonly code?: string | number;
  readonly discarded?: number;
}

/**
 * A weight in grams, exact in metric units and to 0.1 mg in pounds and ounces. `stable` is null when the protocol has no such
 * flag; `mode` is absent when the frame does not tell gross from net.
 */
export interface WeightFrame {
  readonly weight_g: number;
  readonly stable: boolean | null;
  readonly mode?: "gross" | "net";
  readonly tare_g?: number;
}

/** A tare that the device reports by itself. It has no `weight_g`, so that it cannot be taken for a load. */
export interface TareFrame {
  readonly tare_g: number;
  readonly stable: boolean | null;
  readonly mode: "tare";
}

/** A distance in millimetres as the sensor sent it; `in_range` tells whether the sensor can measure that far or near. */
export interface DistanceFrame {
  readonly distance_mm: number;
  readonly in_range: boolean;
}

/** What a device tells about itself: `info` is the question, `level` and `text` the answer. */
export interface InfoFrame {
  readonly info: string;
  readonly level?: string;
  readonly text?: string;
}

/** Answer to a command such as zero or tare. */
export interface ReplyFrame {
  readonly command: string;
  readonly status: "started" | "done";
}

/** What one good frame says, in the words of `npm run -s decode`. */
export type RawReading = WeightFrame | TareFrame | DistanceFrame | InfoFrame | ReplyFrame;

/** Outcome of parsing one frame. */
export type Parsed = { ok: true; reading: RawReading } | { ok: false; fault: Fault };

/** Settings of a serial line. */
export interface SerialLine {
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
}

/** Commands that a device understands, with their terminator. `poll` makes the protocol a polled one. */
export interface Commands {
  readonly poll?: string;
  readonly zero?: string;
  readonly tare?: string;
}

/** Distances that a sensor can measure, in millimetres; at `minMm` and below lies its blind zone. */
export interface Reach {
  readonly minMm: number;
  readonly maxMm: number;
}

/** A device protocol. */
export interface DeviceProtocol {
  /** Its key in configuration and in `decode`. */
  readonly key: ProtocolKey;
  /** Factory settings of its line; a port's configuration may override them. */
  readonly line: SerialLine;
  /** Makes a fresh framer. */
  frame(sync: Sync): Framer;
  /** Parses one frame, without its terminator. Pure; never throws, whatever the bytes. */
  parse(frame: Uint8Array): Parsed;
  readonly commands: Commands;
  /** Reach of the sensor, when it measures a distance. */
  readonly reach?: Reach;
  /** Silence after which the port is taken for dead and opened anew. */
  readonly silenceMs: number;
}

/** Wraps a reading as a parser's outcome. */
export function parsed(reading: RawReading): Parsed {
  return { ok: true, reading };
}

/** Wraps a fault as a parser's outcome. */
export function faulty(error: FaultCode, extra: Omit<Fault, "error"> = {}): Parsed {
  return { ok: false, fault: { error, ...extra } };
}
