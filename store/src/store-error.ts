/** What can go wrong in a store, for callers to branch on. */
export const STORE_ERROR_CODES = [
  "unsupported_url",
  "unavailable",
  "unauthorised",
  "no_database",
  "bad_answer",
  "migration_failed",
  "outside_transaction",
  "name_taken",
] as const;

export type StoreErrorCode = (typeof STORE_ERROR_CODES)[number];

/** Trouble with a store that the caller cannot mend by another argument. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
