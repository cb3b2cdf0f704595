/**
 * Commands that a host sends to a Yaohua indicator.
 *
 *     command = STX address letter xor-high xor-low ETX        6 bytes; address "A" is number 1; xor of address and letter
 */
import type { CommandLine } from "./command-lines.ts";
import { latin1 } from "./device-model.ts";
import { writeExclusiveOr } from "./exclusive-or.ts";
import type { CommandReader } from "./text-scale.ts";

const STX = 0x02;
const ETX = 0x03;
const COMMAND_BYTES = 6;

/** Finds the commands to one address in a byte stream, in bounded memory. */
export class Xk3190Commands implements CommandReader {
  readonly #address: string;
  #bytes: number[] = [];

  /** `address` is a capital letter. */
  constructor(address: string) {
    this.#address = address;
  }

  /** Takes bytes in any pieces; the text of a command is its letter. One with a wrong xor or for another is passed over. */
  push(bytes: Uint8Array): CommandLine[] {
    const commands: CommandLine[] = [];
    for (const byte of bytes) {
      if (byte === STX || this.#bytes.length === COMMAND_BYTES) this.#bytes = [];
      this.#bytes.push(byte);
      if (byte === ETX) commands.push(...this.#read(Uint8Array.from(this.#bytes)));
    }
    return commands;
  }

  #read(bytes: Uint8Array): CommandLine[] {
    const letter = String.fromCharCode(bytes[2] ?? 0);
    const isRight = [...this.#expected(letter)].every((byte, place) => bytes[place] === byte);
    return isRight && bytes.length === COMMAND_BYTES ? [{ ok: true, text: letter }] : [];
  }

  #expected(letter: string): Uint8Array {
    const text = `${this.#address}${letter}`;
    return latin1(`\x02${text}${writeExclusiveOr(latin1(text))}\x03`);
  }
}
