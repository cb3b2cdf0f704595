/** Lines of a byte stream, in bounded memory. */

/** A line, or the news that one was too long and was thrown away up to its end. */
export type CommandLine = { ok: true; text: string } | { ok: false };

/**
 * Splits bytes into lines that end in LF, when a CR before it is taken off; or in CR, when an LF, which may follow, is
 * not counted.
 */
export class CommandLines {
  readonly #bytesMax: number;
  readonly #end: "lf" | "cr";
  #text = "";
  #isTooLong = false;

  /** A line of more than `bytesMax` bytes is thrown away and reported. */
  constructor(bytesMax: number, end: "lf" | "cr" = "lf") {
    this.#bytesMax = bytesMax;
    this.#end = end;
  }

  /** Takes bytes in any pieces; returns the lines that they complete. */
  push(bytes: Uint8Array): CommandLine[] {
    const lines: CommandLine[] = [];
    for (const byte of bytes) {
      if (byte === 0x0a && this.#end === "cr") continue;
      if (byte === (this.#end === "cr" ? 0x0d : 0x0a)) lines.push(this.#endLine());
      else if (this.#text.length < this.#bytesMax) this.#text += String.fromCharCode(byte);
      else this.#isTooLong = true;
    }
    return lines;
  }

  #endLine(): CommandLine {
    const line: CommandLine = this.#isTooLong
      ? { ok: false }
      : { ok: true, text: this.#text.replace(/\r$/, "") };
    this.#text = "";
    this.#isTooLong = false;
    return line;
  }
}
