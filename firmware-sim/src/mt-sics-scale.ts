/**
 * A balance that speaks MT-SICS (Mettler-Toledo Standard Interface Command Set), levels 0 and 1.
 *
 *     command = name [SP parameters] CR LF                 upper case only
 *     answer  = name SP status [SP value SP unit] CR LF    value: 10 characters, right-aligned
 *     status  = S stable | D moving | A done | B done, more follows | I busy or timed out | L bad parameter
 *             | + over | - under
 *
 * 9600 8N1. Whole-line errors: `ES` unknown command, `ET` transmission error. `S`, `T` and `Z` wait for a stable weight; while
 * one waits, the others answer `I`. `SIR` repeats until `@`, `S` or `SI`. Source: MT AT/AL balances manual p. 87, AL-IC p. 72;
 * answers of real devices in the fixtures of YAT.
 */

import type { Random } from "@jumpa-madu/contracts/random";
import { Cadence } from "./cadence.ts";
import { CommandLines } from "./command-lines.ts";
import { latin1 } from "./device-model.ts";
import type { Pan } from "./pan.ts";
import {
  cellOf,
  type LineSettings,
  lineOf,
  type ScaleModel,
  type ScaleOptions,
  styleOf,
} from "./scale-model.ts";
import { spoilHead } from "./spoil.ts";
import type { WeighCell } from "./weigh-cell.ts";
import { type WeightStyle, writeSigned } from "./weight-text.ts";

/** A command of more bytes than this is thrown away and answered with `ET`. */
export const COMMAND_BYTES_MAX = 64;

/** Time between two answers of `SIR`. */
export const REPEAT_MS = 100;

/** Name and level of the commands, as `I0` lists them. */
const COMMANDS = [
  ...["@", "I0", "I1", "I2", "I3", "I4", "S", "SI", "SIR", "Z", "ZI"].map((name) => ({ name, level: 0 })),
  ...["T", "TA", "TAC", "TI"].map((name) => ({ name, level: 1 })),
];

const WEIGHT_PATTERN = /^(\d{1,9}(?:\.\d{1,9})?) (k?g)$/;

/** What a balance is like. Defaults: 32 kg by 1 g, grams with two figures after the point. */
export interface MtSicsScaleOptions extends ScaleOptions {
  /** Longest wait for a stable weight; default 3000. */
  stabilityTimeoutMs?: number | undefined;
  /** Serial number, which `I4` and `@` answer; default 0123456789. */
  serialNumber?: string | undefined;
}

/** Encodes an answer that carries a weight in grams, such as `S S     100.00 g`. */
export function encodeSicsWeight(head: string, weightG: number, style: WeightStyle): Uint8Array {
  return encodeSicsLine(`${head} ${writeSigned(weightG, style).padStart(10)} ${style.unit}`);
}

/** Encodes an answer without a weight, such as `ES`. */
export function encodeSicsLine(text: string): Uint8Array {
  return latin1(`${text}\r\n`);
}

type WaitingName = "S" | "T" | "Z";

/** A balance with a pan to put things on. */
export class MtSicsScale implements ScaleModel {
  readonly baud: number;
  readonly dataBits: LineSettings["dataBits"];
  readonly parity: LineSettings["parity"];
  /** A digit never ends a line. */
  readonly endlessByte = 0x30;
  readonly cell: WeighCell;
  readonly #style: WeightStyle;
  readonly #timeoutMs: number;
  readonly #identity: Readonly<Record<string, string>>;
  readonly #commands = new CommandLines(COMMAND_BYTES_MAX);
  #waiting: { name: WaitingName; deadlineMs: number } | undefined;
  #repeat: Cadence | undefined;

  constructor(options: MtSicsScaleOptions) {
    const { serialNumber = "0123456789" } = options;
    this.cell = cellOf(options, { maxG: 32_000, divisionG: 1 });
    this.#style = styleOf(options, { unit: "g", decimals: 2 });
    const line = lineOf(options);
    this.baud = line.baud;
    this.dataBits = line.dataBits;
    this.parity = line.parity;
    this.#timeoutMs = options.stabilityTimeoutMs ?? 3000;
    this.#identity = {
      // What a real balance answered, though it has levels 2 and 3 as well.
      I1: 'I1 A "0123" "2.30" "2.22" "2.33" "2.20"',
      I2: `I2 A "Jumpa Madu Simulator ${encodeCapacity(this.cell.maxG, this.#style)}"`,
      I3: 'I3 A "1.00"',
      I4: `I4 A "${serialNumber}"`,
    };
  }

  get pan(): Pan {
    return this.cell.pan;
  }

  tick(nowMs: number): Uint8Array[] {
    this.cell.sampleTo(nowMs);
    const answers: Uint8Array[] = [];
    if (this.#waiting) {
      const answer = this.#tryWaiting(this.#waiting, nowMs);
      if (answer) {
        answers.push(answer);
        this.#waiting = undefined;
      }
    }
    const repeats = this.#repeat?.due(nowMs) ?? [];
    return [...answers, ...repeats.map(() => this.#weighNow())];
  }

  receive(bytes: Uint8Array, nowMs: number): Uint8Array[] {
    this.cell.sampleTo(nowMs);
    return this.#commands
      .push(bytes)
      .flatMap((line) => (line.ok ? this.#obey(line.text, nowMs) : [encodeSicsLine("ET")]));
  }

  /** Replaces the name, the status or the blank between them. */
  spoil(frame: Uint8Array, random: Random): Uint8Array {
    return spoilHead(frame, 3, random);
  }

  #obey(command: string, nowMs: number): Uint8Array[] {
    if (command.startsWith("TA ")) return [this.#presetTare(command.slice(3))];
    switch (command) {
      case "S":
      case "T":
      case "Z":
        return this.#startWaiting(command, nowMs);
      case "SI":
        this.#repeat = undefined;
        return [this.#weighNow()];
      case "SIR":
        this.#repeat = new Cadence(REPEAT_MS, nowMs);
        return [this.#weighNow()];
      case "TI":
        return [this.#tare("TI", this.cell.isStable ? "S" : "D")];
      case "ZI":
        return [this.#zero("ZI", this.cell.isStable ? "S" : "D")];
      case "TA":
        return [encodeSicsWeight("TA A", this.cell.tareG, this.#style)];
      case "TAC":
        this.cell.clearTare();
        return [encodeSicsLine("TAC A")];
      case "@":
        return [this.#reset()];
      case "I0":
        return listCommands();
      default:
        return [encodeSicsLine(this.#identity[command] ?? refusal(command))];
    }
  }

  /** Cancels what runs; the tare stays. */
  #reset(): Uint8Array {
    this.#waiting = undefined;
    this.#repeat = undefined;
    return encodeSicsLine(this.#identity.I4 ?? "ES");
  }

  #startWaiting(name: WaitingName, nowMs: number): Uint8Array[] {
    if (name === "S") this.#repeat = undefined;
    if (this.#waiting) return [encodeSicsLine(`${name} I`)];
    const waiting = { name, deadlineMs: nowMs + this.#timeoutMs };
    const answer = this.#tryWaiting(waiting, nowMs);
    if (answer) return [answer];
    this.#waiting = waiting;
    return [];
  }

  /** The answer to a command that waits for a stable weight; undefined while it has to wait on. */
  #tryWaiting(
    { name, deadlineMs }: { name: WaitingName; deadlineMs: number },
    nowMs: number,
  ): Uint8Array | undefined {
    if (this.cell.isStable) {
      if (name === "S") return this.#weighNow();
      return name === "T" ? this.#tare("T", "S") : this.#zero("Z", "A");
    }
    return nowMs >= deadlineMs ? encodeSicsLine(`${name} I`) : undefined;
  }

  /** The answers of `S`, `SI` and `SIR` all begin with `S`. */
  #weighNow(): Uint8Array {
    const { range, isStable, netG } = this.cell;
    if (range !== "in-range") return encodeSicsLine(`S ${signOf(range)}`);
    return encodeSicsWeight(isStable ? "S S" : "S D", netG, this.#style);
  }

  #tare(name: string, status: string): Uint8Array {
    const outcome = this.cell.tare();
    if (outcome !== "done") return encodeSicsLine(`${name} ${signOf(outcome)}`);
    return encodeSicsWeight(`${name} ${status}`, this.cell.tareG, this.#style);
  }

  #zero(name: string, status: string): Uint8Array {
    const outcome = this.cell.zero();
    return encodeSicsLine(`${name} ${outcome === "done" ? status : signOf(outcome)}`);
  }

  #presetTare(parameters: string): Uint8Array {
    const [, value, unit] = WEIGHT_PATTERN.exec(parameters) ?? [];
    if (value === undefined || unit !== this.#style.unit) return encodeSicsLine("TA L");
    const isSet = this.cell.presetTare(Number(value) * (unit === "kg" ? 1000 : 1));
    return isSet ? encodeSicsWeight("TA A", this.cell.tareG, this.#style) : encodeSicsLine("TA L");
  }
}

function encodeCapacity(maxG: number, style: WeightStyle): string {
  return `${writeSigned(maxG, style)} ${style.unit}`;
}

function listCommands(): Uint8Array[] {
  return COMMANDS.map(({ name, level }, index) =>
    encodeSicsLine(`I0 ${index === COMMANDS.length - 1 ? "A" : "B"} ${level} "${name}"`),
  );
}

/** A known command with a parameter that it does not take has a bad parameter; any other is unknown. */
function refusal(command: string): string {
  const [name, parameter] = command.split(" ", 2);
  const isKnown = parameter !== undefined && COMMANDS.some((known) => known.name === name);
  return isKnown ? `${name} L` : "ES";
}

function signOf(range: "over" | "under"): "+" | "-" {
  return range === "over" ? "+" : "-";
}
