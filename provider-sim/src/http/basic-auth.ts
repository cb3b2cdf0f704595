/** Basic authentication with a key as user name and an empty password, as both providers want it. */
import { timingSafeEqual } from "node:crypto";

/** Tells whether an Authorization header is `Basic base64(key + ":")`. */
export function isKeyOf(header: string | undefined, key: string): boolean {
  const given = Buffer.from(header ?? "");
  const right = Buffer.from(`Basic ${Buffer.from(`${key}:`).toString("base64")}`);
  return given.length === right.length && timingSafeEqual(given, right);
}
