/** Lines of a byte stream, in bounded memory. */

/** A line, or the news that one was too long and was thrown away up to its end. */
export type CommandLine = { ok: true; text: string } | { ok: false };

/** Splits bytes into lines that end in LF; a CR before it is taken off. */
export class CommandLines {
  readonly #bytesMax: number;
  #text = "";
  #isTooLong = false;

  /** A line of more than `bytesMax` bytes is thrown away and reported. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Takes bytes in any pieces; returns the lines that they complete. */
  push(bytes: Uint8Array): CommandLine[] {
    const lines: CommandLine[] = [];
    for (const byte of bytes) {
      if (byte === 0x0a) lines.push(this.#end());
      else if (this.#text.length < this.#bytesMax) this.#text += String.fromCharCode(byte);
      else this.#isTooLong = true;
    }
    return lines;
  }

  #end(): CommandLine {
    const line: CommandLine = this.#isTooLong
      ? { ok: false }
      : { ok: true, text: this.#text.replace(/\r$/, "") };
    this.#text = "";
    this.#isTooLong = false;
    return line;
  }
}
