/** Rows of payouts: destinations, limits, attempts, jobs, and what comes back from providers. */
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import type { Fixed, FixedRow } from "../column-types.ts";

/** How money reaches a member. */
export type ChannelKind = "cash" | "bank" | "ewallet";

export interface PayoutTables {
  destinations: {
    id: Fixed<string>;
    /** This, hint and fingerprint are emptied when the member is erased, and never change else. */
    body_hash: string;
    member_id: Fixed<string>;
    channel: Fixed<string>;
    /** `{accountNumber, accountName}` as JSON, under the member's key. */
    sealed: Fixed<Uint8Array>;
    hint: string;
    fingerprint: string;
    name_check: "pending" | "matched" | "masked" | "different" | "invalid" | "unavailable";
    checked_ms: number | null;
    sealed_found_name: Uint8Array | null;
    confirmed_by: string | null;
    confirmed_ms: number | null;
    created_ms: Fixed<number>;
    created_by: Fixed<string>;
    usable_from_ms: Fixed<number>;
    retired_ms: number | null;
  };
  payout_limits: RuleDecision & {
    id: Fixed<string>;
    scope: Fixed<string>;
    channel_kind: Fixed<ChannelKind | null>;
    waste_bank_id: Fixed<string | null>;
    amount_idr: Fixed<number | null>;
    valid_from_ms: Fixed<number>;
    created_ms: Fixed<number>;
    created_by: Fixed<string>;
  };
  payout_day_totals: {
    scope: Fixed<"member_day" | "cashier_day" | "unit_day">;
    /** Member, actor or waste bank, as the scope says. */
    key: Fixed<string>;
    /** WIB, `2026-11-24`. */
    day: Fixed<string>;
    channel_kind: Fixed<"all" | ChannelKind>;
    amount_idr: number;
    payouts: number;
  };
  payout_fees: RuleDecision & {
    id: Fixed<string>;
    channel_kind: Fixed<"bank" | "ewallet">;
    fee_idr: Fixed<number>;
    bearer: Fixed<"member" | "bank">;
    is_refunded: Fixed<0 | 1>;
    valid_from_ms: Fixed<number>;
    created_ms: Fixed<number>;
    created_by: Fixed<string>;
  };
  payouts: PayoutTable;
  payout_holds: {
    payout_id: Fixed<string>;
    n: Fixed<number>;
    journal_id: Fixed<string>;
    resolution: "settled" | "voided" | null;
    resolved_ms: number | null;
  };
  payout_attempts: AttemptTable;
  payout_jobs: {
    id: Fixed<string>;
    kind: Fixed<"submit" | "lookup" | "inquire" | "inbox">;
    /** Attempt, destination or message of the inbox, as the kind says. */
    subject: Fixed<string>;
    due_ms: number;
    lease_until_ms: number | null;
    worker: string | null;
    tries: number;
    created_ms: Fixed<number>;
  };
  provider_answers: FixedRow<{
    id: string;
    attempt_id: string;
    at_ms: number;
    call: "submit" | "lookup";
    http_status: number | null;
    sealed_body: Uint8Array | null;
    outcome: string;
  }>;
  webhook_inbox: {
    id: Fixed<string>;
    provider: Fixed<PayoutProviderId>;
    dedupe: Fixed<string>;
    sealed_body: Uint8Array;
    received_ms: Fixed<number>;
    member_id: string | null;
    attempt_id: string | null;
    state: "new" | "done" | "parked";
    reason: string | null;
    settled_ms: number | null;
    /** Who has looked into a message that was parked. */
    handled_by: string | null;
    handled_note: string | null;
    handled_ms: number | null;
  };
  payout_alarms: {
    id: Fixed<string>;
    kind: Fixed<string>;
    payout_id: Fixed<string | null>;
    attempt_id: Fixed<string | null>;
    detail: Fixed<string>;
    raised_ms: Fixed<number>;
    seen_by: string | null;
    seen_ms: number | null;
  };
  cash_payouts: FixedRow<{
    payout_id: string;
    shift_id: string;
    cashier: string;
    confirmation: "pin" | "card" | "signature";
    /** Series that the number of the receipt was drawn from. */
    device: string;
    receipt_no: string;
    waste_bank_id: string;
    journal_id: string;
    paid_ms: number;
  }>;
  reconciliations: {
    id: string;
    /** WIB, `2026-11-24`. */
    day: string;
    provider: PayoutProviderId;
    our_float_idr: number;
    provider_balance_idr: number | null;
    difference_idr: number | null;
    /** A list of findings, as JSON. */
    findings: string;
    created_ms: number;
  };
  reconciliation_claims: {
    provider: PayoutProviderId;
    worker: string;
    lease_until_ms: number;
  };
}

/** What another person has decided of a limit or a fee, once. */
interface RuleDecision {
  state: "requested" | "approved" | "rejected";
  decided_by: string | null;
  decided_ms: number | null;
  /** From when it holds; null unless it was approved. */
  begins_ms: number | null;
}

interface PayoutTable {
  id: Fixed<string>;
  body_hash: Fixed<string>;
  member_id: Fixed<string>;
  waste_bank_id: Fixed<string>;
  product_id: Fixed<string>;
  amount_idr: Fixed<number>;
  fee_idr: Fixed<number>;
  fee_bearer: Fixed<"member" | "bank">;
  is_fee_refunded: Fixed<0 | 1>;
  /** `cash`, or our code of the channel. */
  channel: Fixed<string>;
  channel_kind: Fixed<ChannelKind>;
  destination_id: Fixed<string | null>;
  closes: Fixed<0 | 1>;
  retry_of: Fixed<string | null>;
  by_officer: Fixed<0 | 1>;
  requested_by: Fixed<string>;
  requested_ms: Fixed<number>;
  requested_day: Fixed<string>;
  needs_second: Fixed<0 | 1>;
  approved_by: string | null;
  approved_ms: number | null;
  second_approved_by: string | null;
  second_approved_ms: number | null;
  state:
    | "requested"
    | "half_approved"
    | "paying"
    | "payable"
    | "paid"
    | "failed"
    | "rejected"
    | "cancelled"
    | "reversed";
  ended_by: string | null;
  ended_ms: number | null;
  reason: string | null;
  failure: string | null;
  review: "unresolved" | "mismatch" | "late_success" | "contradiction" | "earlier_payout" | null;
  review_attempt_id: string | null;
  review_ms: number | null;
  resolution: "paid" | "not_paid" | "written_off" | null;
  resolution_reason: string | null;
  resolution_by: string | null;
  resolution_ms: number | null;
  resolution_agreed_by: string | null;
}

interface AttemptTable {
  id: Fixed<string>;
  payout_id: Fixed<string>;
  n: Fixed<number>;
  provider: Fixed<PayoutProviderId>;
  idempotency_key: Fixed<string>;
  /** Body of the request, under the member's key; use `attempt:{id}`. */
  sealed_bytes: Fixed<Uint8Array>;
  /** Of `sealed_bytes`, hexadecimal. */
  sealed_sha256: Fixed<string>;
  state: "queued" | "sending" | "accepted" | "unknown" | "succeeded" | "failed" | "refused" | "reversed";
  was_unknown: 0 | 1;
  provider_id: string | null;
  provider_status: string | null;
  failure: string | null;
  provider_fee_idr: number | null;
  sends: number;
  first_sent_ms: number | null;
  last_sent_ms: number | null;
  resend_until_ms: number | null;
  created_ms: Fixed<number>;
  ended_ms: number | null;
}
