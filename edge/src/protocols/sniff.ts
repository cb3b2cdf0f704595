/**
 * Sniffing: which protocol a stretch of bytes speaks.
 *
 * Every protocol decodes the bytes. One explains them in so far as its frames cover them; frames as the maker writes them count
 * in full, those of sloppy look-alikes less. Noise is covered by no protocol to any extent: that is why the share of the
 * bytes counts, and not whether a frame was found.
 */
import { type Decoded, decoderOf } from "./decoder.ts";
import type { Sync } from "./framing.ts";
import type { DeviceProtocol, FaultCode, RawReading } from "./protocol.ts";

/** Confidence from which on a protocol is named as the one. */
export const CONFIDENT_MIN = 0.8;

/** Confidence from which on a protocol is worth a try. */
export const PERHAPS_MIN = 0.3;

/** Frames for full confidence; of fewer, one may be chance or a stretch that fits by accident. */
const FRAMES_FOR_FULL = 3;

/** Weight of a frame that is only tolerated. */
const TOLERATED_WEIGHT = 0.8;

/** Most confidence when no frame is as the maker writes it and none is guarded by a sum, or when nothing but a number is in any. */
export const TOLERATED_CONFIDENCE_MAX = 0.75;

/** Most confidence in a device that has spoken of faults alone: an error message may be another protocol's. */
const FAULTS_CONFIDENCE_MAX = 0.5;

/** What is left of the confidence in a sensor of bare numbers that are not known to come at its own baud. */
const FOREIGN_BAUD_WEIGHT = 0.6;

/** A number and nothing else, which a scale may print as well as a sensor. */
const BARE_NUMBER = /^ *[+-]?\d+(?:[.,]\d+)? *$/;

/** Faults by which a device speaks in its own protocol. */
const SPOKEN_FAULTS: ReadonlySet<FaultCode> = new Set([
  "overload",
  "underload",
  "motion",
  "device_error",
  "not_executable",
  "no_target",
  "low_strength",
]);

/** Shorter frames prove nothing: a lone ACK is found in any noise. */
export const FRAME_BYTES_MIN = 3;

/** Bytes of a line end, which belong to a frame without being counted in it. */
const TERMINATOR_BYTES = 2;

const LINE_END = Buffer.from("\r\n");

/** How well a protocol explains the bytes. */
export interface Candidate {
  readonly protocol: DeviceProtocol;
  /** 0 to 1. */
  readonly confidence: number;
  /** Frames that it found. */
  readonly frames: number;
  /** Share of the bytes that are in its frames, 0 to 1. */
  readonly explained: number;
  /** The last reading with its frame; null when the device spoke only of faults. */
  readonly example: { readonly reading: RawReading; readonly frame: Uint8Array } | null;
}

/** What is known of bytes besides themselves. */
export interface Sniffing {
  /** Whether the first byte begins a frame, as that of an answer does; then the last one ends one, too. Default mid_stream. */
  readonly sync?: Sync;
  /** Baud at which they were heard, when that is known. */
  readonly baud?: number;
}

/** Scores protocols on bytes as they came from a port, best first; those that find nothing are left out. */
export function sniff(
  bytes: Uint8Array,
  protocols: readonly DeviceProtocol[],
  sniffing: Sniffing = {},
): Candidate[] {
  return protocols
    .map((protocol) => score(bytes, protocol, sniffing))
    .filter(({ frames }) => frames > 0)
    .toSorted((one, other) => other.confidence - one.confidence);
}

/**
 * Finds a second device on the line: the protocol that explains best what the first leaves unexplained. A frame of it must be as its
 * maker writes it, or guarded by a sum, and none of the first one's; null when there is none such.
 */
export function secondIn(
  bytes: Uint8Array,
  first: Candidate,
  protocols: readonly DeviceProtocol[],
): Candidate | null {
  const rest = withoutFrames(bytes, first.protocol);
  if (rest.length < FRAME_BYTES_MIN + TERMINATOR_BYTES) return null;
  const isSecond = ({ protocol, example }: Candidate) =>
    example !== null &&
    !first.protocol.parse(example.frame).ok &&
    !isBare(example.frame) &&
    (protocol.hasChecksum || weightOf(example.frame, protocol) === 1);
  return sniff(rest, protocols).find(isSecond) ?? null;
}

/** The bytes that are in no frame of a protocol; each frame leaves a line end in its place. */
function withoutFrames(bytes: Uint8Array, protocol: DeviceProtocol): Uint8Array {
  const spoken = decoderOf(protocol, "mid_stream").push(bytes).filter(isSpoken);
  const all = Buffer.from(bytes);
  const left: Uint8Array[] = [];
  let from = 0;
  for (const { frame } of spoken) {
    const at = all.indexOf(frame, from);
    if (at < 0) continue;
    left.push(all.subarray(from, at), LINE_END);
    from = at + frame.length;
  }
  left.push(all.subarray(from));
  return Buffer.concat(left);
}

/** Bytes that may end a line: protocols whose frames follow one another without any get no credit for some. */
function lineEndsIn(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => count + Number(byte === 0x0d || byte === 0x0a), 0);
}

function score(
  bytes: Uint8Array,
  protocol: DeviceProtocol,
  { sync = "mid_stream", baud }: Sniffing,
): Candidate {
  const decoder = decoderOf(protocol, sync);
  const decoded = [...decoder.push(bytes), ...(sync === "at_frame" ? decoder.end() : [])];
  const spoken = decoded.filter(isSpoken);
  const weights = spoken.map((one) => weightOf(one.frame, protocol));
  const covered = spoken.reduce((sum, { frame }) => sum + frame.length, 0);
  const terminators = Math.min(spoken.length * TERMINATOR_BYTES, lineEndsIn(bytes), bytes.length - covered);
  // The first frame may have been cut off by the opening of the port, the last by its closing: less than a whole one each.
  const cut = Math.min(bytes.length - covered - terminators, 2 * (longest(spoken, terminators > 0) - 1));
  const explained = Math.min(1, (covered + terminators) / Math.max(1, bytes.length - cut));
  const exactness = weights.reduce((sum, weight) => sum + weight, 0) / Math.max(1, weights.length);
  const enough = Math.min(1, spoken.length / FRAMES_FOR_FULL);
  const example = spoken.findLast((one) => "reading" in one) ?? null;
  const areBare = spoken.every(({ frame }) => isBare(frame));
  const isGuarded = protocol.hasChecksum || (!areBare && weights.some((weight) => weight === 1));
  const most = example === null ? FAULTS_CONFIDENCE_MAX : isGuarded ? 1 : TOLERATED_CONFIDENCE_MAX;
  const isForeign = areBare && protocol.reach !== undefined && baud !== protocol.line.baud;
  const doubt = (isForeign ? FOREIGN_BAUD_WEIGHT : 1) * (protocol.hasChecksum ? 1 : withinReach(spoken));
  return {
    protocol,
    confidence: Math.min(most, explained * exactness * enough) * doubt,
    frames: spoken.length,
    explained,
    example,
  };
}

type Spoken = Decoded & { readonly frame: Uint8Array };

function isSpoken(one: Decoded): one is Spoken {
  if (one.frame === undefined || one.frame.length < FRAME_BYTES_MIN) return false;
  if ("reading" in one || SPOKEN_FAULTS.has(one.fault.error)) return true;
  // A bare number beyond any scale is a raw count of something else.
  return one.fault.error === "out_of_range" && !isBare(one.frame);
}

function isBare(frame: Uint8Array): boolean {
  return BARE_NUMBER.test(Buffer.from(frame).toString("latin1"));
}

/** Share of the distances that the sensor can measure; 1 when there are none. */
function withinReach(spoken: readonly Spoken[]): number {
  const distances = spoken.flatMap((one) =>
    "reading" in one && "distance_mm" in one.reading ? [one.reading.in_range] : [],
  );
  return distances.length === 0 ? 1 : distances.filter(Boolean).length / distances.length;
}

function weightOf(frame: Uint8Array, { exact }: DeviceProtocol): number {
  return exact.test(Buffer.from(frame).toString("latin1")) ? 1 : TOLERATED_WEIGHT;
}

function longest(spoken: readonly Spoken[], haveLineEnds: boolean): number {
  const ending = haveLineEnds ? TERMINATOR_BYTES : 0;
  return spoken.reduce((most, { frame }) => Math.max(most, frame.length + ending), 1);
}
