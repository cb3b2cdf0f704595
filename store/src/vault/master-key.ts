/** The master key: wraps every other key of the vault, and is itself kept nowhere but in the environment. */
import { randomBytes } from "node:crypto";
import { derivedKey, KEY_BYTES, keyedHash, seal, unseal } from "./sealing.ts";
import { VaultError } from "./vault-error.ts";

/** Hexadecimal digits of a master key's id. */
const ID_LENGTH = 16;

/** A master key. */
export interface MasterKey {
  /** Tells master keys apart and reveals nothing of them. */
  readonly id: string;
  /** Wraps a key for its owner; `unwrap` takes it for no other owner. */
  wrap(owner: string, key: Uint8Array): Uint8Array;
  /** Throws VaultError `tampered` when the bytes were changed or are another owner's. */
  unwrap(owner: string, wrapped: Uint8Array): Uint8Array;
}

/** Reads a master key: 32 bytes as base64. Throws VaultError `bad_master_key`. */
export function masterKeyOf(base64: string): MasterKey {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length !== KEY_BYTES || bytes.toString("base64") !== base64.trim()) {
    throw new VaultError(
      "bad_master_key",
      "VAULT_KEY must be 32 bytes as base64; draw one with: openssl rand -base64 32",
    );
  }
  const wrapping = derivedKey(bytes, "wrap");
  return {
    id: keyedHash(derivedKey(bytes, "id"), "master key").slice(0, ID_LENGTH),
    wrap: (owner, key) => seal(wrapping, ["key", owner], key),
    unwrap: (owner, wrapped) => unseal(wrapping, ["key", owner], wrapped),
  };
}

/** A new master key as VAULT_KEY takes it. */
export function newMasterKey(): string {
  return randomBytes(KEY_BYTES).toString("base64");
}
