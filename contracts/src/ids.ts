/**
 * Identifiers.
 *
 * Places and devices (nodes, bins, scales, waste banks, zones, materials) have short names that people choose and
 * can read on a sticker. Events (deposits, voids, journals) have a UUIDv7 that whoever makes the event draws, so that
 * the same event sent twice is recognised as one.
 */
import Type from "typebox";
import { v4, v7 } from "uuid";

/** Lower-case letters, digits and hyphens: safe in a topic, a tag, a URL, a file name and a client id. */
export const NAME_PATTERN = "^[a-z0-9-]{1,64}$";

/** Name of a place or device, such as `bin-0042`. Unique within its kind. */
export const NameId = Type.String({ pattern: NAME_PATTERN });

/** UUID of version 7 (RFC 9562 §5.7), lower case. Sorts by the millisecond in which it was made. */
export const EVENT_ID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

/** Identifier of an event, drawn by whoever makes the event. */
export const EventId = Type.String({ pattern: EVENT_ID_PATTERN });

/** Identifier of a member: a UUIDv7, so that it tells nothing about the person. */
export const MemberId = Type.String({ pattern: EVENT_ID_PATTERN });

/** Names one outbox file: drawn at random when the file is made, so that a wiped disk never re-uses numbers. */
export const OutboxEpoch = Type.String({ pattern: "^[0-9a-f]{32}$" });

const nameExpression = new RegExp(NAME_PATTERN);

/** Tells whether `text` may name a place or device. */
export function isName(text: string): boolean {
  return nameExpression.test(text);
}

/** Draws an identifier for a new event. `nowMs` fixes its time part; the rest is random. */
export function newEventId(nowMs: number = Date.now()): string {
  return v7({ msecs: nowMs });
}

/** Draws the name of a new outbox file: 128 random bits as 32 hexadecimal digits. */
export function newOutboxEpoch(): string {
  return v4().replaceAll("-", "");
}

/** The identifier before all those that are drawn from this millisecond on: what is later has a greater one. */
export function firstEventIdOf(atMs: number): string {
  const hex = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
