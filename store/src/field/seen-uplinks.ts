/**
 * Seen uplinks: tells an uplink of a sensor from one that came before, with a bounded memory.
 *
 * The newest uplinks are remembered by key. What is older than the newest forgotten one can no longer be told from a
 * replay, so it is stale. Thus nothing that was forgotten can come in again.
 */
import { createHash } from "node:crypto";
import Type, { type Static } from "typebox";

/** Uplinks that are remembered of one sensor: 16 hours at four an hour. Beyond, the oldest is forgotten and raises the floor. */
export const SEEN_UPLINKS_MAX = 64;

/**
 * Furthest that two receipts of one uplink are apart by the clock of its server, in milliseconds: a device sends a frame
 * that nobody confirmed again within a minute or two. What has the same key beyond that is of a device whose frame counter
 * began anew in a session that goes on, as with ABP after a change of battery.
 */
export const REPEAT_APART_MS_MAX = 300_000;

/** What is remembered of one sensor. */
export const SeenUplinks = Type.Object({
  /** What is not later than this is stale, in milliseconds since 1970. */
  floorMs: Type.Integer(),
  /** Digest of the key, and time, of each uplink, from the oldest to the newest. */
  uplinks: Type.Array(Type.Tuple([Type.String(), Type.Integer()])),
});
export type SeenUplinks = Static<typeof SeenUplinks>;

/** An uplink as it counts here. `key` names it among the uplinks of its sensor about that time; `atMs` is the time that its server gave it. */
export interface UplinkMark {
  key: string;
  atMs: number;
}

/** A sensor of which nothing has come yet. */
export const NOTHING_SEEN: SeenUplinks = { floorMs: 0, uplinks: [] };

/** Whether an uplink is new. */
export function noveltyOf(seen: SeenUplinks, { key, atMs }: UplinkMark): "new" | "duplicate" | "stale" {
  const digest = digestOf(key);
  const isRepeat = seen.uplinks.some(
    ([known, knownMs]) => known === digest && Math.abs(knownMs - atMs) <= REPEAT_APART_MS_MAX,
  );
  if (isRepeat) return "duplicate";
  return atMs <= seen.floorMs ? "stale" : "new";
}

/** What is remembered when a new uplink has been taken. */
export function withUplink({ floorMs, uplinks }: SeenUplinks, { key, atMs }: UplinkMark): SeenUplinks {
  const all = [...uplinks, [digestOf(key), atMs] satisfies [string, number]].sort(([, a], [, b]) => a - b);
  const forgotten = all.slice(0, Math.max(0, all.length - SEEN_UPLINKS_MAX));
  return {
    floorMs: Math.max(floorMs, forgotten.at(-1)?.[1] ?? floorMs),
    uplinks: all.slice(forgotten.length),
  };
}

/** Half of a hash is enough: whoever could make two keys alike would only have an uplink of his own refused. */
function digestOf(key: string): string {
  return createHash("sha256").update(key).digest("base64url").slice(0, 16);
}
