/** Damage to frames: what a line, a plug or a driver does to them. Random, and the same for the same stream of numbers. */
import type { Random } from "@jumpa-madu/contracts/random";

/**
 * Kinds of damage:
 * - `substituted`: one byte has become another.
 * - `slipped`: one byte is lost, or one too many.
 * - `cut`: the head or the tail is missing.
 * - `spliced`: the head of the frame goes on as the tail of another.
 * - `several`: two to four bytes are damaged, lost, added, doubled or swapped.
 */
export const DAMAGES = ["substituted", "slipped", "cut", "spliced", "several"] as const;
export type Damage = (typeof DAMAGES)[number];

type Change = (bytes: number[], random: Random) => void;

const substitute: Change = (bytes, random) => {
  const at = placeIn(bytes, random);
  const isBit = random.next() < 0.5;
  bytes[at] = (bytes[at] ?? 0) ^ (isBit ? 1 << random.integer(0, 7) : random.integer(1, 255));
};
const remove: Change = (bytes, random) => void bytes.splice(placeIn(bytes, random), 1);
const insert: Change = (bytes, random) =>
  void bytes.splice(random.integer(0, bytes.length), 0, random.integer(0, 255));
const double: Change = (bytes, random) => {
  const at = placeIn(bytes, random);
  bytes.splice(at, 0, bytes[at] ?? 0);
};
const swap: Change = (bytes, random) => {
  const [one, other] = [placeIn(bytes, random), placeIn(bytes, random)];
  [bytes[one], bytes[other]] = [bytes[other] ?? 0, bytes[one] ?? 0];
};

const CHANGES = [substitute, substitute, remove, insert, double, swap];

function placeIn(bytes: readonly number[], random: Random): number {
  return random.integer(0, Math.max(0, bytes.length - 1));
}

/** The frame with one kind of damage; `other` is the frame whose tail is spliced on. */
export function damaged(
  frame: Uint8Array,
  damage: Damage,
  { other, random }: { other: Uint8Array; random: Random },
): Uint8Array {
  const at = random.integer(1, Math.max(1, frame.length - 1));
  switch (damage) {
    case "substituted":
      return changed(frame, [substitute], random);
    case "slipped":
      return changed(frame, [random.next() < 0.5 ? remove : insert], random);
    case "cut":
      return random.next() < 0.5 ? frame.slice(0, at) : frame.slice(at);
    case "spliced":
      return Uint8Array.from([...frame.subarray(0, at), ...other.subarray(random.integer(1, other.length))]);
    case "several": {
      const changes = Array.from({ length: random.integer(2, 4) }, () => CHANGES[random.integer(0, 5)]);
      return changed(
        frame,
        changes.filter((change) => change !== undefined),
        random,
      );
    }
  }
}

function changed(frame: Uint8Array, changes: readonly Change[], random: Random): Uint8Array {
  const bytes = [...frame];
  for (const change of changes) change(bytes, random);
  return Uint8Array.from(bytes);
}
