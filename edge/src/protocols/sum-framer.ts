/**
 * Framer of binary protocols with a start byte, a fixed length and a sum.
 *
 * The start byte may also occur as data. So when a candidate's sum is wrong only its first byte is given up, and the search
 * goes on at the next start byte, which may lie inside the candidate.
 *
 * A candidate that begins in a damaged frame and ends in the next may have a right sum by chance: one of 256 has. So where no
 * frame is known to begin, a candidate counts only when another start byte follows it.
 */
import type { Framer } from "./framing.ts";
import { shapeFramer } from "./shape-framer.ts";

/** Shape of a frame: `isIntact` gets exactly `length` bytes that begin with `start`. */
export interface SumFrame {
  readonly start: number;
  readonly length: number;
  readonly isIntact: (candidate: Uint8Array) => boolean;
}

/** Makes a framer for frames of one shape. It starts anywhere: the sum tells where a frame begins. */
export function sumFramer({ start, length, isIntact }: SumFrame): Framer {
  return shapeFramer({
    shortest: length,
    longest: length + 1,
    measure(bytes, ended, inSync) {
      if (bytes[0] !== start) return "none";
      if (bytes.length < length) return "more";
      if (!isIntact(bytes.subarray(0, length))) return { damaged: length };
      if (inSync || ended) return { frame: length };
      if (bytes.length === length) return "more";
      return bytes[length] === start ? { frame: length } : { damaged: length };
    },
  });
}
