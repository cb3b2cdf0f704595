/** A scale that speaks in lines of text: what the many makers' formats have in common. */

import type { Random } from "@jumpa-madu/contracts/random";
import { Cadence } from "./cadence.ts";
import { type CommandLine, CommandLines } from "./command-lines.ts";
import type { Pan } from "./pan.ts";
import type { LineSettings, ScaleModel } from "./scale-model.ts";
import type { WeighCell } from "./weigh-cell.ts";

/** Time between two lines of a stream, unless a model says otherwise. */
export const FRAME_MS = 100;

/** A command of more bytes than this is thrown away. */
export const COMMAND_BYTES_MAX = 32;

/**
 * What a command asks for: the weight now, the weight when it comes to rest, the weight again and again, no more of
 * that; or one of the keys. A function gives an answer of its own, undefined for none.
 */
export type Order =
  | "weigh"
  | "weigh-stable"
  | "repeat"
  | "stop"
  | "zero"
  | "tare"
  | "clear-tare"
  | ((cell: WeighCell) => Uint8Array | undefined);

/** What a scale says to commands besides weights. */
export interface CommandReplies {
  /** A key was pressed, or the stream stopped. */
  done(order: Order): Uint8Array[];
  /** Zero or tare is out of range. */
  refused: Uint8Array;
  unknown: Uint8Array;
  tooLong: Uint8Array;
}

/** Finds commands in a stream of bytes, in bounded memory. */
export interface CommandReader {
  push(bytes: Uint8Array): CommandLine[];
}

/** What makes one maker's scale. */
export interface TextScaleParts {
  cell: WeighCell;
  line: LineSettings;
  /** Whether lines are sent unasked from the start. */
  isContinuous: boolean;
  /** Time between two lines of the stream; default `FRAME_MS`. */
  frameMs?: number | undefined;
  /** The line that tells what the cell shows; undefined when the scale keeps silent. */
  encode(cell: WeighCell): Uint8Array | undefined;
  /** What a command, without its line end, asks for; undefined when it is unknown. */
  orderOf(command: string): Order | undefined;
  /** What finds the commands among the bytes of the host; default lines that end in LF. */
  commands?: CommandReader | undefined;
  /** Longest wait for the weight to come to rest, after which it is told as it is; default no end. */
  stabilityTimeoutMs?: number | undefined;
  /** Default: no replies. */
  replies?: CommandReplies | undefined;
  spoil(frame: Uint8Array, random: Random): Uint8Array;
}

/** A scale with a pan to put things on. */
export class TextScale implements ScaleModel {
  readonly baud: number;
  readonly dataBits: LineSettings["dataBits"];
  readonly parity: LineSettings["parity"];
  /** A digit never ends a line. */
  readonly endlessByte = 0x30;
  readonly cell: WeighCell;
  readonly #parts: TextScaleParts;
  readonly #cadence: Cadence;
  readonly #commands: CommandReader;
  #isStreaming: boolean;
  #nowMs = 0;
  /** Until when a stable weight is waited for; undefined when none is. */
  #deadlineMs: number | undefined;

  constructor(parts: TextScaleParts) {
    this.#parts = parts;
    this.baud = parts.line.baud;
    this.dataBits = parts.line.dataBits;
    this.parity = parts.line.parity;
    this.cell = parts.cell;
    this.#cadence = new Cadence(parts.frameMs ?? FRAME_MS);
    this.#commands = parts.commands ?? new CommandLines(COMMAND_BYTES_MAX);
    this.#isStreaming = parts.isContinuous;
  }

  get pan(): Pan {
    return this.cell.pan;
  }

  tick(nowMs: number): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (const dueMs of this.#cadence.due(nowMs)) {
      this.cell.sampleTo(dueMs);
      if (this.#isStreaming) frames.push(...this.#weigh());
    }
    this.cell.sampleTo(nowMs);
    this.#nowMs = nowMs;
    if (this.#deadlineMs !== undefined && (this.cell.isStable || nowMs >= this.#deadlineMs)) {
      this.#deadlineMs = undefined;
      frames.push(...this.#weigh());
    }
    return frames;
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    return this.#commands
      .push(bytes)
      .flatMap((line) => (line.ok ? this.#obey(line.text) : this.#say(this.#parts.replies?.tooLong)));
  }

  spoil(frame: Uint8Array, random: Random): Uint8Array {
    return this.#parts.spoil(frame, random);
  }

  #obey(command: string): Uint8Array[] {
    const { replies } = this.#parts;
    const order = this.#parts.orderOf(command);
    if (order === undefined) return this.#say(replies?.unknown);
    if (typeof order === "function") return this.#say(order(this.cell));
    if (order === "weigh") return this.#weigh();
    if (order === "weigh-stable") return this.#weighStable();
    if (order === "repeat") {
      this.#isStreaming = true;
      return this.#weigh();
    }
    return this.#press(order) === "done" ? (replies?.done(order) ?? []) : this.#say(replies?.refused);
  }

  #press(order: "stop" | "zero" | "tare" | "clear-tare"): "done" | "over" | "under" {
    if (order === "zero") return this.cell.zero();
    if (order === "tare") return this.cell.tare();
    if (order === "clear-tare") this.cell.clearTare();
    else {
      this.#isStreaming = false;
      this.#deadlineMs = undefined;
    }
    return "done";
  }

  #weigh(): Uint8Array[] {
    return this.#say(this.#parts.encode(this.cell));
  }

  #weighStable(): Uint8Array[] {
    if (this.cell.isStable) return this.#weigh();
    this.#deadlineMs = this.#nowMs + (this.#parts.stabilityTimeoutMs ?? Number.POSITIVE_INFINITY);
    return [];
  }

  #say(line: Uint8Array | undefined): Uint8Array[] {
    return line === undefined ? [] : [line];
  }
}
