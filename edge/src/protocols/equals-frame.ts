/** Frames that begin with "=" and have no end of their own: the next "=", a line end or the end of the input ends them. */
import type { Framer } from "./framing.ts";
import { type Measure, shapeFramer } from "./shape-framer.ts";

const EQUALS = 0x3d;
const CR = 0x0d;
const LF = 0x0a;

/** Makes a framer of such frames of `shortest` to `longest` bytes, with their "=". */
export function framesAfterEquals(shortest: number, longest: number): Framer {
  function measure(bytes: Uint8Array, ended: boolean): Measure {
    if (bytes[0] !== EQUALS) return "none";
    const at = bytes.findIndex((byte, index) => index > 0 && (byte === EQUALS || byte === CR || byte === LF));
    if (at < 0 && !ended) return "more";
    const length = at < 0 ? bytes.length : at;
    if (length > longest) return "none";
    if (length < shortest) return at < 0 ? "more" : "none";
    return { frame: length };
  }
  // One byte more than the longest, to see that it ends there.
  return shapeFramer({ shortest, longest: longest + 1, separators: [CR, LF], measure });
}
