/** Identifiers that follow from what they name, so that the same row of a file has the same one every time. */
import { createHash } from "node:crypto";

/** A UUID of version 7 (RFC 9562 §5.7) whose time is `atMs` and whose random part is drawn from the seed. */
export function derivedEventId(atMs: number, seed: string): string {
  const time = atMs.toString(16).padStart(12, "0");
  const hash = createHash("sha256").update(seed).digest("hex");
  const variant = ((Number.parseInt(hash.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${hash.slice(0, 3)}`,
    `${variant}${hash.slice(4, 7)}`,
    hash.slice(7, 19),
  ].join("-");
}
