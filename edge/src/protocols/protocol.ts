/** What every device protocol is made of: its words for readings and faults, its framing, its parser, its line. */
import type { Protocol as ProtocolKey } from "@jumpa-madu/contracts/protocols";
import type { Reach } from "@jumpa-madu/sensing/reach";
import type { Framer, Sync } from "./framing.ts";

/**
 * Most bytes of one frame of any protocol, terminator not counted. A deposit keeps the frame of its weight as
 * evidence, and its schema has room for as many.
 */
export const FRAME_BYTES_MAX = 64;

/**
 * What can be wrong with bytes from a device.
 *
 * `overload`, `underload`: the device says so, `sign` tells which end when the frame shows it. `motion`: the load moves, and
 * the device gives no weight meanwhile. `checksum`: a frame whose sum is wrong. `partial_frame`: the head or tail of a frame.
 * `unparseable`: none of the protocol's frames; with `unit` when all is well but its unit. `out_of_range`: well formed, but
 * more than any device can show. `not_executable`: the device is busy or refuses now. `device_error`: the device reports an
 * error of its own, `code` is what it says. `no_target`: no echo. `low_strength`: too weak an echo, `strength` is the
 * sensor's figure. `polarity_inverted`: the bytes of a line whose level is inverted. `frame_too_long`: no end of frame within
 * the limit. `no_reply`: a question without an answer in time. `flood`: more bytes than a device can mean.
 */
export const FAULT_CODES = [
  "overload",
  "underload",
  "motion",
  "checksum",
  "partial_frame",
  "unparseable",
  "out_of_range",
  "not_executable",
  "device_error",
  "no_target",
  "low_strength",
  "polarity_inverted",
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
  /** The unit that is none of ours, as the device wrote it. */
  readonly unit?: string;
  readonly strength?: number;
  readonly discarded?: number;
}

/**
 * A weight in grams, exact in metric units and to 0.1 mg in pounds and ounces. `stable` is null when the protocol has no such
 * flag; `mode` is absent when the frame does not tell gross from net; `unit` is there when it is not metric.
 */
export interface WeightFrame {
  readonly weight_g: number;
  readonly stable: boolean | null;
  readonly mode?: "gross" | "net";
  readonly tare_g?: number;
  readonly unit?: "lb" | "oz";
  /** Number of the indicator on a shared line. */
  readonly device_id?: number;
}

/** A tare that the device reports by itself. It has no `weight_g`, so that it cannot be taken for a load. */
export interface TareFrame {
  readonly tare_g: number;
  readonly stable: boolean | null;
  readonly mode: "tare";
}

/** Pieces that a counting scale shows; no weight. */
export interface CountFrame {
  readonly count: number;
  readonly stable: boolean | null;
}

/** A distance in millimetres as the sensor sent it; `in_range` tells whether the sensor can measure that far or near. */
export interface DistanceFrame {
  readonly distance_mm: number;
  readonly in_range: boolean;
  readonly strength?: number;
  /** Temperature of the sensor, in degrees Celsius. */
  readonly temp_c?: number;
}

/** What a device tells about itself: `info` is the question, `level` and `text` the answer. */
export interface InfoFrame {
  readonly info: string;
  readonly level?: string;
  readonly text?: string;
}

/** Answer to a command such as zero or tare, or to the question whether the device is there. */
export interface ReplyFrame {
  readonly command: string;
  readonly status: "started" | "done";
}

/** State that a scale tells without a weight. */
export interface StatusFrame {
  readonly status: "center_of_zero" | "ready";
  readonly stable: boolean | null;
}

/** Text that a device sends back to show that it is one. */
export interface EchoFrame {
  readonly echo: string;
}

/** What a reader of cards has read. */
export interface CodeFrame {
  readonly code: string;
}

/** What one good frame says, in the words of `npm run -s decode`. */
export type RawReading =
  | WeightFrame
  | TareFrame
  | CountFrame
  | DistanceFrame
  | InfoFrame
  | ReplyFrame
  | StatusFrame
  | EchoFrame
  | CodeFrame;

/** Outcome of parsing one frame. */
export type Parsed = { ok: true; reading: RawReading } | { ok: false; fault: Fault };

/** Settings of a serial line. */
export interface SerialLine {
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
}

/** Commands that a device understands, byte for byte as latin1, with their terminator. */
export interface Commands {
  /** Asks for one weight or distance. */
  readonly read?: string;
  readonly zero?: string;
  readonly tare?: string;
  readonly clear_tare?: string;
}

/** Names of the commands. */
export type Command = keyof Commands;

/** What one device's configuration knows better than its frames. */
export interface ParseSettings {
  /** Unit of a frame that carries none; kilograms unless given. */
  readonly unit?: "g" | "kg" | "t" | "lb" | "oz";
  /** Figures after the point, in place of what the frame says or lacks. */
  readonly decimals?: number;
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
  parse(frame: Uint8Array, settings?: ParseSettings): Parsed;
  readonly commands: Commands;
  /** True when the device says nothing unless asked with `commands.read`. */
  readonly isPolled: boolean;
  /** What to send at once after a reading, for a protocol whose question has two steps. */
  follow?(reading: RawReading): string | undefined;
  /**
   * How a frame looks, as latin1 and without its terminator, that is written exactly as the maker's document shows it.
   * `parse` takes more than that, because look-alikes are sloppy; this tells apart protocols that resemble one another.
   */
  readonly exact: RegExp;
  /** True when a sum guards each frame, so that noise is none. */
  readonly hasChecksum: boolean;
  /** True of a scale whose usual frames do not tell whether its weight is stable. */
  readonly lacksStability?: boolean;
  /** Reach of the sensor, when it measures a distance. */
  readonly reach?: Reach;
  /** True when the sensor takes the speed of sound at 20 °C for granted, and its distance must be corrected. */
  readonly lacksTemperature?: boolean;
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
