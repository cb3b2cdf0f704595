/**
 * Bytes of line protocol, written into one buffer that is used again and again.
 *
 * Lines put together as strings are trees of short pieces that have to be flattened and copied once more; at a hundred
 * thousand lines a second that costs more than reading them from the network did.
 */

/** Bytes that the buffer begins with; it grows with what is written and is kept. */
const BYTES_AT_FIRST = 1 << 20;

/** Bytes that one number or short text needs at most beside its own length: 17 digits, sign, point and exponent. */
const NUMBER_BYTES_MAX = 32;

/** Up to so many bytes a copy is faster by hand than by a call. */
const SHORT = 32;

/** A number from here on is written in two halves, so that each fits 31 bits. */
const HALF = 1_000_000_000;
const HALF_DIGITS = 9;
const INT31_MAX = 0x7fff_ffff;

const ZERO = 48;

export class LineBytes {
  #bytes = Buffer.allocUnsafe(BYTES_AT_FIRST);
  #length = 0;

  /** Begins anew. */
  clear(): void {
    this.#length = 0;
  }

  /** Everything since `clear`, as text. */
  text(): string {
    return this.#bytes.toString("utf8", 0, this.#length);
  }

  /** Appends bytes, such as a text that was encoded before. */
  append(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    if (bytes.length > SHORT) this.#bytes.set(bytes, at);
    else for (let index = 0; index < bytes.length; index++) this.#bytes[at + index] = bytes[index] ?? 0;
    this.#length = at + bytes.length;
  }

  /** Appends a text, in UTF-8. */
  appendText(text: string): void {
    const at = this.#room(text.length * 3);
    if (text.length > SHORT || !this.#appendAscii(text, at)) {
      this.#length = at + this.#bytes.write(text, at);
    }
  }

  /** Appends a text at `at` if it is nothing but ASCII. */
  #appendAscii(text: string, at: number): boolean {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      this.#bytes[at + index] = code;
    }
    this.#length = at + text.length;
    return true;
  }

  /** Appends a number in decimal digits as JavaScript writes it. */
  appendNumber(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) this.appendText(String(value));
    else if (value <= INT31_MAX) this.#appendDigits(value, 1);
    else {
      const high = Math.trunc(value / HALF);
      this.#appendDigits(high, 1);
      this.#appendDigits(value - high * HALF, HALF_DIGITS);
    }
  }

  /** Appends a whole number below 2^31 with at least so many digits. */
  #appendDigits(value: number, digitsMin: number): void {
    let digits = 1;
    for (let bound = 10; digits < 10 && value >= bound; bound *= 10) digits++;
    digits = Math.max(digits, digitsMin);
    const at = this.#room(NUMBER_BYTES_MAX);
    let rest = value;
    for (let index = at + digits - 1; index >= at; index--) {
      const quotient = (rest / 10) | 0;
      this.#bytes[index] = ZERO + rest - quotient * 10;
      rest = quotient;
    }
    this.#length = at + digits;
  }

  /** Makes room for so many bytes; answers where they go. */
  #room(bytes: number): number {
    if (this.#length + bytes > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (this.#length + bytes));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    return this.#length;
  }
}
