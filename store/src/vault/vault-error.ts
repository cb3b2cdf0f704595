/** What can go wrong in the vault, for callers to branch on. */
export const VAULT_ERROR_CODES = [
  /** The URL names no kind of store that we know. */
  "unsupported_url",
  /** The master key is not 32 bytes of base64. */
  "bad_master_key",
  /** The vault's keys are wrapped by another master key. */
  "wrong_master_key",
  /** The store of the keys does not answer. */
  "unavailable",
  /** The bytes are not what was sealed, or were sealed for somebody or something else. */
  "tampered",
  /** The bytes are no sealed content at all. */
  "malformed",
  /** Sealed for a person whose key this vault has never had. */
  "unknown_key",
  /** The person's key was destroyed, so nothing can be sealed for that person any more. */
  "destroyed",
] as const;

export type VaultErrorCode = (typeof VAULT_ERROR_CODES)[number];

/** Trouble of the vault. Its message names no person and holds no content. */
export class VaultError extends Error {
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "VaultError";
    this.code = code;
  }
}
