/** Ids that whoever asks for a movement of money draws: UUIDv7, as any other program would draw them. */
import { randomBytes } from "node:crypto";

/** Draws an id. */
export function eventId(nowMs: number = Date.now()): string {
  const hex = nowMs.toString(16).padStart(12, "0") + randomBytes(10).toString("hex");
  // Version 7, and the variant of RFC 9562.
  const bits = `${hex.slice(0, 12)}7${hex.slice(13, 16)}8${hex.slice(17)}`;
  return bits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
