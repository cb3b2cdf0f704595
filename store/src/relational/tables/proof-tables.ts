/** Rows of the proof: who did what, the seals, and the close of each day. */
import type { FixedRow } from "../column-types.ts";

export interface ProofTables {
  audit_events: FixedRow<{
    id: string;
    actor: string;
    action: string;
    subject: string;
    reason: string | null;
    /** SHA-256 of the row that the deed has made or changed; null where the deed keeps none: see store/src/proof/deed-rows.ts. */
    row_hash: string | null;
    at_ms: number;
  }>;
  seals: FixedRow<{
    chain:
      | "journals"
      | "audit_events"
      | "prices"
      | "terms"
      | "savings_rules"
      | "payout_limits"
      | "payout_fees";
    seq: number;
    row_id: string;
    /** SHA-256 of the seal before and of the row: see store/src/proof/seals.ts. */
    hash: string;
    sealed_ms: number;
  }>;
  closes: FixedRow<{
    id: string;
    waste_bank_id: string;
    /** WIB, `2026-11-24`. */
    day: string;
    upto_seq: number;
    head_hash: string;
    audit_seq: number;
    audit_head_hash: string;
    /** `CloseTotals` as JSON. */
    totals: string;
    /** Breaches of the books' promises that were found; 0 in good order. */
    violations: number;
    closed_by: string;
    closed_ms: number;
  }>;
}
