/**
 * Framer of text protocols: a frame is a line that ends in CR, LF or CRLF. Empty lines are no frames.
 *
 * A line longer than the limit is one fault, and is discarded up to its end. From `mid_stream` everything before the
 * first line end is discarded without a fault, because it may be the tail of a frame whose digits were cut off.
 */
import type { Framed, Framer, Sync } from "./framing.ts";
import { FRAME_BYTES_MAX } from "./protocol.ts";

const CR = 0x0d;
const LF = 0x0a;

/** Makes a framer of lines of at most `bytesMax` bytes, terminator not counted. */
export function lineFramer(sync: Sync, bytesMax: number = FRAME_BYTES_MAX): Framer {
  const line = new Uint8Array(bytesMax);
  let length = 0;
  let skipping = sync === "mid_stream";
  let discardedBytes = 0;

  function endLine(into: Framed[]): void {
    if (!skipping && length > 0) into.push({ frame: line.slice(0, length) });
    skipping = false;
    length = 0;
  }

  function take(byte: number, into: Framed[]): void {
    if (byte === CR || byte === LF) {
      endLine(into);
    } else if (skipping) {
      discardedBytes += 1;
    } else if (length < bytesMax) {
      line[length] = byte;
      length += 1;
    } else {
      discardedBytes += length + 1;
      skipping = true;
      into.push({ fault: { error: "frame_too_long" } });
    }
  }

  return {
    push(chunk) {
      const framed: Framed[] = [];
      for (const byte of chunk) take(byte, framed);
      return framed;
    },
    end() {
      const framed: Framed[] = [];
      endLine(framed);
      return framed;
    },
    get discardedBytes() {
      return discardedBytes;
    },
  };
}
