/**
 * Framer of binary protocols with a start byte, a fixed length and a sum.
 *
 * The start byte may also occur as data. So when a candidate's sum is wrong only its first byte is given up, and the search
 * goes on at the next start byte, which may lie inside the candidate.
 *
 * Discarded bytes are reported once per stretch: as `checksum` when the stretch holds a candidate with a wrong sum, as
 * `partial_frame` when it is shorter than a frame, else as `unparseable`. A stretch ends at a good frame, where the next
 * damaged frame begins, or when it reaches its limit.
 */
import type { Framed, Framer } from "./framing.ts";

/** Bytes after which a stretch of garbage is reported, though no good frame has followed it yet. */
export const STRETCH_BYTES_MAX = 256;

/** Shape of a frame: `isIntact` gets exactly `length` bytes that begin with `start`. */
export interface SumFrame {
  readonly start: number;
  readonly length: number;
  readonly isIntact: (candidate: Uint8Array) => boolean;
}

/** Makes a framer for frames of one shape. It starts anywhere: the sum tells where a frame begins. */
export function sumFramer({ start, length: frameLength, isIntact }: SumFrame): Framer {
  const pending = new Uint8Array(frameLength);
  let length = 0;
  let discardedBytes = 0;
  let stretch = 0;
  /** Bytes since the beginning of the damaged frame in this stretch; null when there is none. */
  let sinceDamage: number | null = null;

  function endStretch(into: Framed[]): void {
    if (stretch === 0) return;
    const cut = stretch < frameLength ? "partial_frame" : "unparseable";
    into.push({ fault: { error: sinceDamage === null ? cut : "checksum", discarded: stretch } });
    discardedBytes += stretch;
    stretch = 0;
    sinceDamage = null;
  }

  function giveUpFirst(into: Framed[]): void {
    pending.copyWithin(0, 1, length);
    length -= 1;
    stretch += 1;
    if (sinceDamage !== null) sinceDamage += 1;
    if (stretch >= STRETCH_BYTES_MAX) endStretch(into);
  }

  function dropToStart(into: Framed[]): void {
    while (length > 0 && pending[0] !== start) giveUpFirst(into);
  }

  function judge(into: Framed[]): void {
    if (isIntact(pending)) {
      endStretch(into);
      into.push({ frame: pending.slice() });
      length = 0;
      return;
    }
    if (sinceDamage !== null && sinceDamage >= frameLength) endStretch(into);
    sinceDamage ??= 0;
    giveUpFirst(into);
    dropToStart(into);
  }

  return {
    push(chunk) {
      const framed: Framed[] = [];
      for (const byte of chunk) {
        pending[length] = byte;
        length += 1;
        if (length === 1) dropToStart(framed);
        if (length === frameLength) judge(framed);
      }
      return framed;
    },
    end() {
      const framed: Framed[] = [];
      // A candidate that lies wholly outside the damaged frame is a frame of its own that was cut off.
      if (sinceDamage === null || sinceDamage >= frameLength) endStretch(framed);
      stretch += length;
      length = 0;
      endStretch(framed);
      return framed;
    },
    get discardedBytes() {
      return discardedBytes;
    },
  };
}
