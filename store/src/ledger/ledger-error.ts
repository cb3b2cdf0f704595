/** Why the ledger refuses a journal. Each is expected trouble: the caller decides what to tell whom. */
export const REFUSALS = [
  /** An account would fall below zero. */
  "overdraft",
  /** The idempotency key was used for another request. */
  "idempotency_conflict",
  /** The pending transfer or the journal was resolved or reversed before. */
  "already_resolved",
  /** What is settled, voided or reversed does not exist or is of another kind. */
  "not_resolvable",
  /** An account of a transfer does not exist, or the two are the same or of different ledgers. */
  "account_mismatch",
  /** A counter would exceed what a JavaScript number holds exactly. */
  "out_of_range",
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** What can be wrong with a request, for callers to branch on. */
export const LEDGER_ERROR_CODES = ["empty_journal", "long_journal", "bad_amount"] as const;

export type LedgerErrorCode = (typeof LEDGER_ERROR_CODES)[number];

/** The request itself breaks the ledger's rules: a defect of the caller. */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string) {
    super(message);
    this.name = "LedgerError";
    this.code = code;
  }
}
