/**
 * Recognises a board that speaks Firmata by its answer to the question for its firmware.
 *
 *   F0 79 major minor { low7 high7 } F7        the name, each character as two bytes of seven bits
 *
 * Source: Firmata protocol 2.x, "Query Firmware Name and Version".
 */

/** Usual baud of a Firmata sketch. */
export const FIRMATA_BAUD = 57_600;

/** Asks for version and firmware, as latin1. */
export const FIRMATA_QUERY = "\xf9\xf0\x79\xf7";

/** Longest name that is read, in characters. */
const NAME_LENGTH_MAX = 64;

/** A board, by its firmware: `PingFirmata.ino` of version 2.5, for one. */
export interface FirmataBoard {
  readonly name: string;
  readonly version: string;
}

const FIRMWARE = new RegExp(
  `\\xf0\\x79([\\x00-\\x7f])([\\x00-\\x7f])((?:[\\x00-\\x7f][\\x00-\\x01]){1,${NAME_LENGTH_MAX}})\\xf7`,
);

/** Finds the answer of a board among bytes; null when there is none. */
export function firmataIn(bytes: Uint8Array): FirmataBoard | null {
  const match = FIRMWARE.exec(Buffer.from(bytes).toString("latin1"));
  if (match === null) return null;
  const [, major = "", minor = "", pairs = ""] = match;
  const name = Array.from(pairs.matchAll(/(.)(.)/gs), ([, low = "", high = ""]) =>
    String.fromCharCode(low.charCodeAt(0) | (high.charCodeAt(0) << 7)),
  ).join("");
  return { name, version: `${major.charCodeAt(0)}.${minor.charCodeAt(0)}` };
}
