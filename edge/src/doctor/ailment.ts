/** Ailment: what a person must mend about a device that was heard, before any configuration can read it. */
import { type Decoded, decoderOf } from "../protocols/decoder.ts";
import { maxbotixMm } from "../protocols/maxbotix-mm.ts";
import type { DeviceProtocol } from "../protocols/protocol.ts";
import { RECOGNISABLE } from "../protocols/registry.ts";
import { type Candidate, CONFIDENT_MIN, PERHAPS_MIN, secondIn } from "../protocols/sniff.ts";
import { type Trouble, twoDevices } from "../serial/trouble.ts";

/** Frames from which on an ailment is believed: one may be a disturbance. */
const FRAMES_MIN = 2;

/** The R that opens a frame of MaxBotix, as it arrives on a line of the wrong level. */
const INVERTED_R = "\x2b";

/** Share of the bytes that frames of an unknown unit must cover. */
const UNIT_SHARE_MIN = 0.6;

/** Finds what is wrong with whoever is heard on a port; null when nothing is. `best` explains the bytes best. */
export function ailmentIn(path: string, bytes: Uint8Array, best: Candidate | undefined): Trouble | null {
  const confidence = best?.confidence ?? 0;
  const second = best !== undefined && confidence >= PERHAPS_MIN ? secondDevice(bytes, best) : null;
  if (best !== undefined && second !== null && second.frames >= FRAMES_MIN) {
    return twoDevices(path, best.protocol.key, second.protocol.key);
  }
  return confidence >= CONFIDENT_MIN ? null : (polarityIn(path, bytes) ?? unitIn(path, bytes));
}

/** The second device of a line, from its first whole frame on; null when there is none. */
export function secondDevice(bytes: Uint8Array, best: Candidate): Candidate | null {
  return secondIn(bytes, best, RECOGNISABLE);
}

function polarityIn(path: string, bytes: Uint8Array): Trouble | null {
  const inverted = faultsOf(bytes, maxbotixMm, ({ fault }) => fault.error === "polarity_inverted");
  if (inverted.length < FRAMES_MIN && !looksInverted(bytes)) return null;
  return {
    code: "polarity_inverted",
    text: `${path}: a ${maxbotixMm.key} whose level is inverted; use its TTL output, or a converter from RS232 to TTL between`,
  };
}

/**
 * True when every piece from one inverted R to the next has the length of such a frame and a byte that is no text. What the digits
 * become depends on the pauses between the characters and on the receiver; the R comes after a pause and is always the same.
 */
function looksInverted(bytes: Uint8Array): boolean {
  const pieces = Buffer.from(bytes).toString("latin1").split(INVERTED_R).slice(1, -1);
  return (
    pieces.length > FRAMES_MIN && pieces.every((one) => /^.{4,6}$/s.test(one) && /[^\x20-\x7e]/.test(one))
  );
}

function unitIn(path: string, bytes: Uint8Array): Trouble | null {
  for (const protocol of RECOGNISABLE) {
    const strange = faultsOf(bytes, protocol, ({ fault }) => fault.unit !== undefined);
    const covered = strange.reduce((sum, { frame }) => sum + (frame?.length ?? 0), 0);
    if (strange.length < FRAMES_MIN || covered < UNIT_SHARE_MIN * bytes.length) continue;
    const units = [...new Set(strange.map(({ fault }) => fault.unit))].join('", "');
    return {
      code: "unknown_unit",
      text: `${path}: a scale that speaks ${protocol.key} weighs in "${units}", which is none of our units; set it to kilograms or grams`,
    };
  }
  return null;
}

type Faulty = Extract<Decoded, { fault: unknown }>;

function faultsOf(bytes: Uint8Array, protocol: DeviceProtocol, is: (one: Faulty) => boolean): Faulty[] {
  const decoded = decoderOf(protocol, "mid_stream").push(bytes);
  return decoded.flatMap((one) => ("fault" in one && is(one) ? [one] : []));
}
