/**
 * Sealing: AES-256-GCM (NIST SP 800-38D) over bytes, with what they are for as authenticated data.
 *
 * Sealed: one version byte (1), a random nonce of 12 bytes, the ciphertext, a tag of 16 bytes. A nonce drawn at random is safe
 * for 2^32 contents of one key (SP 800-38D, 8.3); a person's key seals a few hundred.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { VaultError } from "./vault-error.ts";

/** Bytes of every key. */
export const KEY_BYTES = 32;

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;

/** What content is sealed for: all parts are authenticated, and none can be taken for another. */
export type Purpose = readonly string[];

/** Seals bytes under a key of 32 bytes. */
export function seal(key: Uint8Array, purpose: Purpose, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticated(purpose));
  return Buffer.concat([
    Buffer.of(VERSION),
    nonce,
    cipher.update(plain),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** Opens what `seal` made. Throws VaultError `malformed` or `tampered`. */
export function unseal(key: Uint8Array, purpose: Purpose, sealed: Uint8Array): Uint8Array {
  if (sealed.length < HEADER_BYTES + TAG_BYTES || sealed[0] !== VERSION)
    throw new VaultError("malformed", "these bytes were not sealed by this vault, or by a newer one");
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(1, HEADER_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(authenticated(purpose));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new VaultError("tampered", "the sealed bytes were changed, or were sealed for something else", {
      cause,
    });
  }
}

/** A key for one purpose, derived from another (HKDF with SHA-256, RFC 5869). */
export function derivedKey(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, "", `jumpa-madu ${purpose}`, KEY_BYTES));
}

/** HMAC-SHA256 of a text, 64 hexadecimal digits. */
export function keyedHash(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex");
}

/** JSON quotes each part, so that no two lists of parts have the same bytes. */
function authenticated(purpose: Purpose): Uint8Array {
  return Buffer.from(JSON.stringify([VERSION, ...purpose]));
}
