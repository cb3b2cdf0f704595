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
import { CommandLines } from "./command-lines.ts";
import { type DeviceModel, LAG_MS_MAX, latin1 } from "./device-model.ts";
import type { Pan } from "./pan.ts";
import type { Random } from "./random.ts";
import { WeighCell } from "./weigh-cell.ts";

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

/** What a balance is like. */
export interface MtSicsScaleOptions {
  seed: number;
  /** Maximum load, in grams; default 32 000. */
  maxG?: number | undefined;
  /** Scale division, in grams; default 1. */
  divisionG?: number | undefined;
  /** Unit on the line; default g. */
  unit?: "kg" | "g" | undefined;
  /** Figures after the point; default 2 for g, 3 for kg. */
  decimals?: number | undefined;
  /** Longest wait for a stable weight; default 3000. */
  stabilityTimeoutMs?: number | undefined;
  /** Standard deviation of the noise, in grams; default 0.15 divisions. */
  noiseG?: number | undefined;
  /** Serial number, which `I4` and `@` answer; default 0123456789. */
  serialNumber?: string | undefined;
}

/** How a balance writes a weight. */
export interface SicsStyle {
  unit: "kg" | "g";
  decimals: number;
}

/** Encodes an answer that carries a weight in grams, such as `S S     100.00 g`. */
export function encodeSicsWeight(head: string, weightG: number, { unit, decimals }: SicsStyle): Uint8Array {
  const value = (unit === "kg" ? weightG / 1000 : weightG).toFixed(decimals);
  return encodeSicsLine(`${head} ${value.padStart(10)} ${unit}`);
}

/** Encodes an answer without a weight, such as `ES`. */
export function encodeSicsLine(text: string): Uint8Array {
  return latin1(`${text}\r\n`);
}

type WaitingName = "S" | "T" | "Z";

/** A balance with a pan to put things on. */
export class MtSicsScale implements DeviceModel {
  readonly baud = 9600;
  /** A digit never ends a line. */
  readonly endlessByte = 0x30;
  readonly pan: Pan;
  readonly #cell: WeighCell;
  readonly #style: SicsStyle;
  readonly #timeoutMs: number;
  readonly #identity: Readonly<Record<string, string>>;
  readonly #commands = new CommandLines(COMMAND_BYTES_MAX);
  #waiting: { name: WaitingName; deadlineMs: number } | undefined;
  #nextRepeatMs: number | undefined;

  constructor(options: MtSicsScaleOptions) {
    const { seed, maxG = 32_000, divisionG = 1, noiseG, unit = "g", serialNumber = "0123456789" } = options;
    this.#cell = new WeighCell({ seed, maxG, divisionG, noiseG });
    this.pan = this.#cell.pan;
    this.#style = { unit, decimals: options.decimals ?? (unit === "kg" ? 3 : 2) };
    this.#timeoutMs = options.stabilityTimeoutMs ?? 3000;
    this.#identity = {
      // What a real balance answered, though it has levels 2 and 3 as well.
      I1: 'I1 A "0123" "2.30" "2.22" "2.33" "2.20"',
      I2: `I2 A "Jumpa Madu Simulator ${encodeCapacity(maxG, this.#style)}"`,
      I3: 'I3 A "1.00"',
      I4: `I4 A "${serialNumber}"`,
    };
  }

  tick(nowMs: number): Uint8Array[] {
    this.#cell.sampleTo(nowMs);
    const answers: Uint8Array[] = [];
    if (this.#waiting) {
      const answer = this.#tryWaiting(this.#waiting, nowMs);
      if (answer) {
        answers.push(answer);
        this.#waiting = undefined;
      }
    }
    if (this.#nextRepeatMs !== undefined) {
      this.#nextRepeatMs = Math.max(this.#nextRepeatMs, nowMs - LAG_MS_MAX);
      for (; this.#nextRepeatMs <= nowMs; this.#nextRepeatMs += REPEAT_MS) answers.push(this.#weighNow());
    }
    return answers;
  }

  receive(bytes: Uint8Array, nowMs: number): Uint8Array[] {
    this.#cell.sampleTo(nowMs);
    return this.#commands
      .push(bytes)
      .flatMap((line) => (line.ok ? this.#obey(line.text, nowMs) : [encodeSicsLine("ET")]));
  }

  /**
   * Replaces the name, the status or the blank between them: the format has no checksum, so that a wrong digit
   * could not be noticed by anyone.
   */
  spoil(frame: Uint8Array, random: Random): Uint8Array {
    const spoilt = Uint8Array.from(frame);
    spoilt[random.integer(0, Math.min(2, frame.length - 3))] = 0x23;
    return spoilt;
  }

  #obey(command: string, nowMs: number): Uint8Array[] {
    if (command.startsWith("TA ")) return [this.#presetTare(command.slice(3))];
    switch (command) {
      case "S":
      case "T":
      case "Z":
        return this.#startWaiting(command, nowMs);
      case "SI":
        this.#nextRepeatMs = undefined;
        return [this.#weighNow()];
      case "SIR":
        this.#nextRepeatMs = nowMs + REPEAT_MS;
        return [this.#weighNow()];
      case "TI":
        return [this.#tare("TI", this.#cell.isStable ? "S" : "D")];
      case "ZI":
        return [this.#zero("ZI", this.#cell.isStable ? "S" : "D")];
      case "TA":
        return [encodeSicsWeight("TA A", this.#cell.tareG, this.#style)];
      case "TAC":
        this.#cell.clearTare();
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
    this.#nextRepeatMs = undefined;
    return encodeSicsLine(this.#identity.I4 ?? "ES");
  }

  #startWaiting(name: WaitingName, nowMs: number): Uint8Array[] {
    if (name === "S") this.#nextRepeatMs = undefined;
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
    if (this.#cell.isStable) {
      if (name === "S") return this.#weighNow();
      return name === "T" ? this.#tare("T", "S") : this.#zero("Z", "A");
    }
    return nowMs >= deadlineMs ? encodeSicsLine(`${name} I`) : undefined;
  }

  /** The answers of `S`, `SI` and `SIR` all begin with `S`. */
  #weighNow(): Uint8Array {
    const { range, isStable, netG } = this.#cell;
    if (range !== "in-range") return encodeSicsLine(`S ${signOf(range)}`);
    return encodeSicsWeight(isStable ? "S S" : "S D", netG, this.#style);
  }

  #tare(name: string, status: string): Uint8Array {
    const outcome = this.#cell.tare();
    if (outcome !== "done") return encodeSicsLine(`${name} ${signOf(outcome)}`);
    return encodeSicsWeight(`${name} ${status}`, this.#cell.tareG, this.#style);
  }

  #zero(name: string, status: string): Uint8Array {
    const outcome = this.#cell.zero();
    return encodeSicsLine(`${name} ${outcome === "done" ? status : signOf(outcome)}`);
  }

  #presetTare(parameters: string): Uint8Array {
    const [, value, unit] = WEIGHT_PATTERN.exec(parameters) ?? [];
    if (value === undefined || unit !== this.#style.unit) return encodeSicsLine("TA L");
    const isSet = this.#cell.presetTare(Number(value) * (unit === "kg" ? 1000 : 1));
    return isSet ? encodeSicsWeight("TA A", this.#cell.tareG, this.#style) : encodeSicsLine("TA L");
  }
}

function encodeCapacity(maxG: number, { unit, decimals }: SicsStyle): string {
  return `${(unit === "kg" ? maxG / 1000 : maxG).toFixed(decimals)} ${unit}`;
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
