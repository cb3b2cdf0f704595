/** Fingerprint of a request, by which a repeat is told from another request under the same key. */
import { createHash } from "node:crypto";
import { configure } from "safe-stable-stringify";

const stringify = configure({ strict: true });

/** SHA-256 of the value as JSON with sorted keys, 64 hexadecimal digits. Throws TypeError when it is no JSON value. */
export function requestHash(value: unknown): string {
  const text = stringify(value);
  if (text === undefined) throw new TypeError("the value has no JSON form");
  return createHash("sha256").update(text).digest("hex");
}
