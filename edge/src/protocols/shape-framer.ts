/**
 * Framer of protocols whose frames show by their bytes where they begin and end: a start byte, a fixed length, an end byte, a
 * sum, or the marker of the next frame.
 *
 * A protocol measures the frame that begins at the first byte at hand. When none does, that byte alone is given up and the
 * search goes on at the next, so that a frame inside a damaged one is found. What is given up is reported once per stretch: as
 * `checksum`, `frame_too_long` or `partial_frame` when it begins with such a frame, as `partial_frame` too when it is shorter
 * than any frame, else as `unparseable`. A stretch ends at a good frame, where the next damaged frame begins, or at its limit.
 */
import type { Framed, Framer } from "./framing.ts";
import type { FaultCode } from "./protocol.ts";

/** Bytes after which a stretch of garbage is reported, though no good frame has followed it yet. */
export const STRETCH_BYTES_MAX = 256;

/**
 * What begins at the first byte at hand. `more`: a frame that has not ended yet. `none`: no frame. `frame`: a good frame of so
 * many bytes. `damaged`: a frame of so many bytes whose sum is wrong.
 */
export type Measure = "more" | "none" | { readonly frame: number } | { readonly damaged: number };

/** Shape of a protocol's frames. */
export interface FrameShape {
  /** Bytes of the shortest frame; fewer given up are part of one. */
  readonly shortest: number;
  /** Bytes of the longest frame, with those that must be seen behind it. */
  readonly longest: number;
  /** Bytes that may stand between frames and mean nothing there. */
  readonly separators?: readonly number[];
  /**
   * Measures `bytes`, of which there is at least one; pure. When `ended`, no more will come: a frame that only lacks its
   * terminator is a frame then, and `more` says that its tail was cut off. `inSync`
   * tells that the bytes stand where a frame must begin, right behind a good one.
   */
  readonly measure: (bytes: Uint8Array, ended: boolean, inSync: boolean) => Measure;
}

/** Makes a framer of frames of one shape. It starts anywhere: the shape tells where a frame begins. */
export function shapeFramer({ shortest, longest, separators = [], measure }: FrameShape): Framer {
  const pending = new Uint8Array(longest);
  // Measured at every byte: a view of each length is made once, and not for each byte that comes.
  const views = Array.from({ length: longest + 1 }, (_, bytes) => pending.subarray(0, bytes));
  let length = 0;
  let discardedBytes = 0;
  let stretch = 0;
  /** What the stretch begins with; null for bytes that are no frame at all. */
  let damage: FaultCode | null = null;
  /** Bytes of the damaged frame that have not been given up yet. */
  let damageLeft = 0;
  let inSync = false;

  function endStretch(into: Framed[]): void {
    if (stretch > 0) {
      const error = damage ?? (stretch < shortest ? "partial_frame" : "unparseable");
      into.push({ fault: { error, discarded: stretch } });
      discardedBytes += stretch;
    }
    stretch = 0;
    damage = null;
  }

  function remove(count: number): void {
    pending.copyWithin(0, count, length);
    length -= count;
  }

  function giveUpFirst(into: Framed[]): void {
    remove(1);
    inSync = false;
    stretch += 1;
    damageLeft = Math.max(0, damageLeft - 1);
    if (stretch >= STRETCH_BYTES_MAX) endStretch(into);
  }

  function beginDamage(error: FaultCode, bytes: number, into: Framed[]): void {
    // What looks like a frame inside a damaged one is a part of it.
    if (damageLeft > 0) return;
    endStretch(into);
    damage = error;
    damageLeft = bytes;
  }

  function settle(into: Framed[], ended: boolean): void {
    while (length > 0) {
      const [first = 0] = pending;
      const measured = separators.includes(first) ? "none" : measure(views[length] ?? pending, ended, inSync);
      if (measured === "more" && !ended && length < longest) return;
      if (typeof measured === "object" && "frame" in measured) {
        endStretch(into);
        damageLeft = 0;
        inSync = true;
        into.push({ frame: pending.slice(0, measured.frame) });
        remove(measured.frame);
      } else if (separators.includes(first)) {
        remove(1);
      } else {
        if (measured === "more") beginDamage(ended ? "partial_frame" : "frame_too_long", length, into);
        else if (measured !== "none") beginDamage("checksum", measured.damaged, into);
        giveUpFirst(into);
      }
    }
  }

  return {
    push(chunk) {
      const framed: Framed[] = [];
      for (const byte of chunk) {
        pending[length] = byte;
        length += 1;
        settle(framed, false);
      }
      return framed;
    },
    end() {
      const framed: Framed[] = [];
      settle(framed, true);
      endStretch(framed);
      damageLeft = 0;
      return framed;
    },
    get discardedBytes() {
      return discardedBytes;
    },
  };
}

/**
 * Measures a frame that begins with `start` and ends with `end`, neither of which occurs between. Without its end it is a frame
 * when no more bytes come; its parser must judge whether it is whole.
 */
export function measureEnvelope(bytes: Uint8Array, ended: boolean, start: number, end: number): Measure {
  if (bytes[0] !== start) return "none";
  const last = bytes.indexOf(end, 1);
  const next = bytes.indexOf(start, 1);
  if (next > 0 && (last < 0 || next < last)) return "none";
  if (last > 0) return { frame: last + 1 };
  return ended ? { frame: bytes.length } : "more";
}
