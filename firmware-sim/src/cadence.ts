/** The beat of something that is sent again and again. */
import { LAG_MS_MAX } from "./device-model.ts";
import { BITS_PER_BYTE } from "./line.ts";

/** Moments at a fixed distance; the first is one period after the start. */
export class Cadence {
  readonly #periodMs: number;
  #nextMs: number;

  constructor(periodMs: number, startMs = 0) {
    this.#periodMs = periodMs;
    this.#nextMs = startMs + periodMs;
  }

  /** The moments that have come since the last call, in order; after a long pause only those of its end. */
  due(nowMs: number): number[] {
    const moments: number[] = [];
    this.#nextMs = Math.max(this.#nextMs, nowMs - LAG_MS_MAX);
    for (; this.#nextMs <= nowMs; this.#nextMs += this.#periodMs) moments.push(this.#nextMs);
    return moments;
  }
}

/** Time between two frames of a stream: `periodMs`, or longer when the baud cannot carry so many bytes in it. */
export function framePeriodMs({ baud }: { baud: number }, frameBytes: number, periodMs = 100): number {
  return Math.max(periodMs, Math.ceil((frameBytes * BITS_PER_BYTE * 1000) / baud));
}
