/** Framing: cuts a stream of bytes into frames. What it cannot use it discards, counts and reports as faults. */
import type { Fault } from "./protocol.ts";

/**
 * Where in the stream a framer starts. `at_frame`: the first byte begins a frame, as in a recorded frame. `mid_stream`: the
 * port has just been opened and the device may be halfway through a frame.
 */
export type Sync = "at_frame" | "mid_stream";

/** A frame, or what is wrong with the bytes between two frames. */
export type Framed = { readonly frame: Uint8Array } | { readonly fault: Fault };

/**
 * Cuts bytes into frames. How the bytes are split into chunks never changes the outcome. Memory is bounded by one frame.
 */
export interface Framer {
  /** Takes the next bytes; returns what they complete, in order. */
  push(chunk: Uint8Array): Framed[];
  /** Takes the end of input as the end of the frame; returns what is left. The framer starts over after it. */
  end(): Framed[];
  /** Bytes that were in no frame, since the framer was made. */
  readonly discardedBytes: number;
}
