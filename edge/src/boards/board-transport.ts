/**
 * Board transport: what firmata-io speaks through, between it and an open line.
 *
 * firmata-io trusts its line: it gathers a message without end in a buffer without end, and noise that looks like a message
 * makes it throw where nobody catches. Here both end: the buffer at BOARD_MESSAGE_BYTES_MAX, the error as an answer. And what
 * it still writes when the line has been given up goes nowhere.
 */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import type { Firmata, Transport } from "./board-library.ts";

/** Most bytes of one message from a board: the capabilities of 128 pins with ten modes each, and room. */
export const BOARD_MESSAGE_BYTES_MAX = 4_096;

/** Most bytes that wait to be taken by a board: a ping for each of 32 pins, and room. What is beyond is left out. */
export const BOARD_WRITE_BYTES_MAX = 1_024;

/** What became of bytes from a board: `error` when firmata-io failed at them. */
export type Heard = { readonly ok: true } | { readonly ok: false; readonly error: unknown };

/** Firmata's end of a line. */
export class BoardTransport extends EventEmitter implements Transport {
  readonly #line: Duplex;
  #isOver = false;

  constructor(line: Duplex) {
    super();
    this.#line = line;
  }

  /** Tells that the line is open. */
  open(): void {
    this.emit("open");
  }

  /** Hands bytes from the board to `io`; gives up a message that grows too long. */
  hear(chunk: Uint8Array, io: Firmata): Heard {
    if (this.#isOver) return { ok: true };
    try {
      this.emit("data", chunk);
    } catch (error) {
      io.buffer.length = 0;
      return { ok: false, error };
    }
    if (io.buffer.length <= BOARD_MESSAGE_BYTES_MAX) return { ok: true };
    io.buffer.length = 0;
    return { ok: false, error: new Error("message does not end") };
  }

  write(bytes: Uint8Array, done: () => void): void {
    const isRefused = this.#isOver || this.#line.writableLength + bytes.length > BOARD_WRITE_BYTES_MAX;
    if (isRefused) done();
    else this.#line.write(bytes, () => done());
  }

  /** Lets go of the line. */
  end(): void {
    this.#isOver = true;
    this.removeAllListeners();
  }
}
