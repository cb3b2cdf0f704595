/** Commands that begin with ESC, in bounded memory. */
import type { CommandLine } from "./command-lines.ts";

const ESC = 0x1b;

/** A command has at most this many characters after its ESC. */
export const ESCAPE_COMMAND_BYTES_MAX = 20;

const CAPITAL = /[A-Z]/;

/**
 * Finds commands of Sartorius balances: ESC and one capital, or ESC, a small letter, and all up to an underline. The
 * line end after them may be missing.
 */
export class EscapeCommands {
  #text: string | undefined;

  /** Takes bytes in any pieces; returns the commands that they complete, without their ESC. */
  push(bytes: Uint8Array): CommandLine[] {
    return [...bytes].flatMap((byte) => this.#take(byte));
  }

  #take(byte: number): CommandLine[] {
    if (byte === ESC) {
      this.#text = "";
      return [];
    }
    if (this.#text === undefined) return [];
    const text = this.#text + String.fromCharCode(byte);
    const isTooLong = text.length > ESCAPE_COMMAND_BYTES_MAX;
    const isWhole = text.endsWith("_") || (text.length === 1 && CAPITAL.test(text));
    this.#text = isWhole || isTooLong ? undefined : text;
    if (isTooLong) return [{ ok: false }];
    return isWhole ? [{ ok: true, text }] : [];
  }
}
