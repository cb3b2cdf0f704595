/**
 * Secrets of machines: nodes and services.
 *
 * A secret is 256 random bits, so that a plain SHA-256 of it cannot be searched; a slow hash would only slow down ten
 * thousand nodes that reconnect at once after a power cut.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Draws a secret: 43 characters of base64url. It is shown once and never stored. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What is stored of a secret: its SHA-256 as 64 hexadecimal digits. */
export function hashOfSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Compares in a time that does not depend on where the two differ. */
export function isSecret(secret: string, hash: string): boolean {
  const given = Buffer.from(hashOfSecret(secret), "hex");
  const kept = Buffer.from(hash, "hex");
  return given.length === kept.length && timingSafeEqual(given, kept);
}
