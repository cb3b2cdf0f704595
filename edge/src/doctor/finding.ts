/** Finding: what the bytes that were heard on a port say about who sent them. */
import type { Sync } from "../protocols/framing.ts";
import type { SerialLine } from "../protocols/protocol.ts";
import { RECOGNISABLE } from "../protocols/registry.ts";
import { type Candidate, CONFIDENT_MIN, sniff } from "../protocols/sniff.ts";
import { parityOf } from "../serial/parity.ts";
import type { Trouble } from "../serial/trouble.ts";
import { ailmentIn } from "./ailment.ts";
import { type FirmataBoard, firmataIn } from "./firmata-board.ts";

/** What was found on a port. */
export interface Finding {
  readonly path: string;
  /** Why the port could not be examined; null when it could. */
  readonly trouble: Trouble | null;
  /** Settings at which the best candidate was heard. */
  readonly line: SerialLine;
  /** Protocols that explain what was heard, best first. */
  readonly candidates: readonly Candidate[];
  /** The board, when it is one that speaks Firmata. */
  readonly board: FirmataBoard | null;
  /** What must be mended about whoever was heard; null when nothing is known. */
  readonly ailment: Trouble | null;
  /** What was heard at those settings. */
  readonly bytes: Uint8Array;
}

const EIGHT_BITS: Omit<SerialLine, "baud"> = { dataBits: 8, parity: "none", stopBits: 1 };

/** A line of eight bits without parity, as most devices have it. */
export function lineAt(baud: number): SerialLine {
  return { baud, ...EIGHT_BITS };
}

/** Bytes that were heard at eight bits, without the parity bit that some of them carry. */
export function charactersOf(heard: Uint8Array, { dataBits }: SerialLine): Uint8Array {
  return dataBits === 8 ? heard : heard.map((byte) => byte & 0x7f);
}

/** What bytes say that were heard at eight bits without parity. */
export function findingOf(
  path: string,
  line: SerialLine,
  heard: Uint8Array,
  sync: Sync = "mid_stream",
): Finding {
  const parity = line.parity === "none" ? parityOf(heard) : null;
  const found = parity === null ? line : { ...line, dataBits: 7 as const, parity };
  const bytes = charactersOf(heard, found);
  const candidates = sniff(bytes, RECOGNISABLE, { sync, baud: line.baud });
  return {
    path,
    trouble: null,
    line: found,
    candidates,
    board: firmataIn(bytes),
    // An answer may be followed by lines that no question asked for.
    ailment: sync === "mid_stream" ? ailmentIn(path, bytes, candidates[0]) : null,
    bytes: heard,
  };
}

/** True when there is no need to look further. */
export function isSure({ candidates, board, ailment }: Finding): boolean {
  return board !== null || ailment !== null || (candidates[0]?.confidence ?? 0) >= CONFIDENT_MIN;
}

/** Confidence in the best candidate; a board that has said its name leaves no doubt. */
export function confidenceOf({ candidates, board }: Finding): number {
  return board === null ? (candidates[0]?.confidence ?? 0) : 1;
}

/** The finding that tells more. */
export function better(one: Finding, other: Finding): Finding {
  if (confidenceOf(other) > confidenceOf(one)) return other;
  return confidenceOf(one) === 0 && other.bytes.length > one.bytes.length ? other : one;
}
