/** Damage to lines of text that every correct reader notices. */
import type { Random } from "@jumpa-madu/contracts/random";

/** The character that no scale sends. */
const SPOILT = 0x23;

const LINE_END_BYTES = 2;

/**
 * Replaces one of the first `headBytes` characters: where there is no checksum, a digit that became another digit
 * could not be noticed by anyone.
 */
export function spoilHead(frame: Uint8Array, headBytes: number, random: Random): Uint8Array {
  const last = Math.min(headBytes, Math.max(1, frame.length - LINE_END_BYTES)) - 1;
  return spoilAt(frame, random.integer(0, last));
}

/** Replaces one digit of a line by what is none; of a line without digits, the first character. */
export function spoilDigit(frame: Uint8Array, random: Random): Uint8Array {
  const places = [...frame.keys()].filter((place) => isDigit(frame[place] ?? 0));
  return spoilAt(frame, places[random.integer(0, places.length - 1)] ?? 0);
}

/** Turns one digit into another: for frames whose checksum gives that away. */
export function misreadDigit(frame: Uint8Array, random: Random): Uint8Array {
  const places = [...frame.keys()].filter((place) => isDigit(frame[place] ?? 0));
  const place = places[random.integer(0, places.length - 1)] ?? 0;
  const spoilt = Uint8Array.from(frame);
  spoilt[place] = 0x30 + (((frame[place] ?? 0) - 0x30 + random.integer(1, 9)) % 10);
  return spoilt;
}

/** Replaces the character at one place. */
export function spoilAt(frame: Uint8Array, place: number): Uint8Array {
  const spoilt = Uint8Array.from(frame);
  spoilt[place] = SPOILT;
  return spoilt;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
