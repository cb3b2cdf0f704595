/** Counts how often a protocol is fooled: readings that nobody meant, from noise and from damaged frames. */

import { Random } from "@jumpa-madu/contracts/random";
import type { DeviceKey } from "@jumpa-madu/firmware-sim/device-catalogue";
import { decoderOf } from "../../../edge/src/protocols/decoder.ts";
import { protocolOf } from "../../../edge/src/protocols/registry.ts";
import { type Damage, damaged } from "./damage.ts";
import { meaningOf, type SpokenFrame, valuesIn } from "./spoken-frames.ts";

/** Longest chunk in which bytes are handed on, as a driver does. */
const CHUNK_BYTES_MAX = 32;

/** What became of damaged frames. */
export interface Fooled {
  /** Damaged frames that were decoded. */
  frames: number;
  /** Their bytes, with those of the whole frames about them. */
  bytes: number;
  /** Readings whose value no undamaged frame has. */
  falseReadings: number;
  /** The first stream that gave one, in hexadecimal, and what it gave; null for none. */
  example: { hex: string; meant: number[]; read: number[] } | null;
}

/** How much to try. */
export interface Trying {
  readonly seed: number;
  readonly frames: number;
  /** Moment of the monotonic clock that ends it sooner. */
  readonly untilMs?: number;
  /** Whether a damaged frame stands alone; otherwise it stands between two whole ones. Default false. */
  readonly isAlone?: boolean;
}

/** Decodes damaged frames in chunks. */
export function countFalse(
  key: DeviceKey,
  spoken: readonly SpokenFrame[],
  damage: Damage,
  { seed, frames, untilMs = Number.POSITIVE_INFINITY, isAlone = false }: Trying,
): Fooled {
  const protocol = protocolOf(key);
  const random = new Random(seed);
  const fooled: Fooled = { frames: 0, bytes: 0, falseReadings: 0, example: null };
  while (fooled.frames < frames && performance.now() < untilMs) {
    const [before, frame, other, after] = drawn(spoken, random);
    const middle = damaged(frame.bytes, damage, { other: other.bytes, random });
    const bytes = isAlone ? Buffer.from(middle) : Buffer.concat([before.bytes, middle, after.bytes]);
    const meant = [before.value, frame.value, after.value, ...(damage === "spliced" ? [other.value] : [])];
    const read = valuesIn(protocol, chunksOf(bytes, random)).filter((value) => !meant.includes(value));
    fooled.frames += 1;
    fooled.bytes += bytes.length;
    fooled.falseReadings += read.length;
    if (read.length > 0) fooled.example ??= { hex: bytes.toString("hex"), meant, read };
  }
  return fooled;
}

function drawn(
  spoken: readonly SpokenFrame[],
  random: Random,
): [SpokenFrame, SpokenFrame, SpokenFrame, SpokenFrame] {
  const draw = (): SpokenFrame => {
    const frame = spoken[random.integer(0, spoken.length - 1)];
    if (frame === undefined) throw new RangeError("no frame is spoken");
    return frame;
  };
  return [draw(), draw(), draw(), draw()];
}

function chunksOf(bytes: Uint8Array, random: Random): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; ) {
    const length = random.integer(1, CHUNK_BYTES_MAX);
    chunks.push(bytes.subarray(from, from + length));
    from += length;
  }
  return chunks;
}

/** What became of a stream of bytes. */
export interface Fed {
  /** Weights and distances that were read. */
  readings: number;
  /** Most bytes that were neither in a frame nor discarded nor line ends at any time: what the framer keeps. */
  keptMost: number;
  /** Most bytes by which frames and discards ever exceeded what had come: nothing, unless bytes are counted twice. */
  excessMost: number;
}

/** Feeds bytes from the middle of a stream to a protocol, in chunks. */
export function feed(key: DeviceKey, pieces: Iterable<Uint8Array>, random: Random): Fed {
  const decoder = decoderOf(protocolOf(key), "mid_stream");
  const fed: Fed = { readings: 0, keptMost: 0, excessMost: 0 };
  let [came, lineEnds, framed] = [0, 0, 0];
  for (const piece of pieces) {
    for (const chunk of chunksOf(piece, random)) {
      came += chunk.length;
      for (const byte of chunk) if (byte === 0x0d || byte === 0x0a) lineEnds += 1;
      for (const one of decoder.push(chunk)) {
        if (one.frame !== undefined) framed += one.frame.length;
        if ("reading" in one && meaningOf(one.reading) !== undefined) fed.readings += 1;
      }
      const unaccounted = came - framed - decoder.discardedBytes;
      fed.keptMost = Math.max(fed.keptMost, unaccounted - lineEnds);
      fed.excessMost = Math.max(fed.excessMost, -unaccounted);
    }
  }
  return fed;
}
