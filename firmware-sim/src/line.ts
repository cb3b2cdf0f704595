/**
 * The sending half of a UART: bytes leave no faster than the baud rate carries them, in pieces of random length.
 *
 * One byte is 10 bits on the line (start, 8 data, stop). A reader that works only when a frame arrives whole, or at
 * once, fails here as it would on the real port.
 */
import type { Random } from "@jumpa-madu/contracts/random";

/** Bits on the line for one byte: start, 8 data bits (or 7 and parity), stop. */
export const BITS_PER_BYTE = 10;

/** Bytes that wait at most; a frame that does not fit whole is dropped, as a UART with a full buffer does. */
export const QUEUE_BYTES_MAX = 1024;

/** Longest piece that is handed on at once. */
export const PIECE_BYTES_MAX = 12;

/** Where the bytes go; a pseudo-terminal, or a recorder in a test. */
export interface Wire {
  /** True while someone listens. */
  readonly isOpen: boolean;
  /** Takes bytes from the front, returns how many. */
  write(bytes: Uint8Array): number;
}

/** What became of the bytes. */
export interface LineCounts {
  /** Bytes that the wire took. */
  sentBytes: number;
  /** Bytes that left while nobody listened. */
  unheardBytes: number;
  /** Frames that found the queue full. */
  droppedFrames: number;
}

/** Settings of a line. */
export interface LineOptions {
  wire: Wire;
  /** Bits per second. */
  baud: number;
  random: Random;
}

/** Paces frames onto a wire. Nothing of it keeps the process alive. */
export class Line {
  /** How many times faster than its baud the line runs: 1, or more for an adapter that ignores the baud. */
  speedFactor = 1;
  readonly counts: LineCounts = { sentBytes: 0, unheardBytes: 0, droppedFrames: 0 };
  readonly #options: LineOptions;
  #queue = new Uint8Array(0);
  #pieceBytes = 0;
  #pieceDueMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** Bytes that still fit into the queue. */
  get freeBytes(): number {
    return QUEUE_BYTES_MAX - this.#queue.length;
  }

  /** Queues a frame whole, or drops it and returns false when it does not fit. */
  send(frame: Uint8Array): boolean {
    if (frame.length > this.freeBytes) {
      this.counts.droppedFrames += 1;
      return false;
    }
    const wasIdle = this.#queue.length === 0;
    const queue = new Uint8Array(this.#queue.length + frame.length);
    queue.set(this.#queue);
    queue.set(frame, this.#queue.length);
    this.#queue = queue;
    if (wasIdle) this.#schedulePiece(performance.now());
    this.#arm();
    return true;
  }

  /** Forgets what waits; the line can be used again. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue = new Uint8Array(0);
  }

  /** The last bit of the next piece passes its length after `fromMs`. */
  #schedulePiece(fromMs: number): void {
    if (this.#queue.length === 0) return;
    const longest = Math.min(PIECE_BYTES_MAX, this.#queue.length);
    this.#pieceBytes = this.#options.random.integer(1, longest);
    this.#pieceDueMs = fromMs + this.#durationMs(this.#pieceBytes);
  }

  #durationMs(bytes: number): number {
    return (bytes * BITS_PER_BYTE * 1000) / (this.#options.baud * this.speedFactor);
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#queue.length === 0) return;
    const delayMs = Math.max(0, Math.ceil(this.#pieceDueMs - performance.now()));
    this.#timer = setTimeout(() => this.#pump(), delayMs);
    this.#timer.unref();
  }

  #pump(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    while (this.#queue.length > 0 && this.#pieceDueMs <= nowMs) this.#putPiece(nowMs);
    this.#arm();
  }

  #putPiece(nowMs: number): void {
    const piece = this.#queue.subarray(0, this.#pieceBytes);
    const { wire } = this.#options;
    if (!wire.isOpen) {
      this.counts.unheardBytes += piece.length;
      this.#queue = this.#queue.slice(piece.length);
      this.#schedulePiece(this.#pieceDueMs);
      return;
    }
    const taken = wire.write(piece);
    this.counts.sentBytes += taken;
    this.#queue = this.#queue.slice(taken);
    // A reader that does not read holds the line up: the queue fills, and then whole frames are dropped.
    this.#schedulePiece(taken < piece.length ? nowMs : this.#pieceDueMs);
  }
}
