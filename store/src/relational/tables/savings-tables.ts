/** Rows of savings: products and books. */
import type { Fixed, FixedRow } from "../column-types.ts";

export interface SavingsTables {
  savings_products: {
    id: Fixed<string>;
    /** Waste bank that offers it; null: every one. */
    waste_bank_id: Fixed<string | null>;
    name: string;
    created_ms: Fixed<number>;
    created_by: Fixed<string>;
  };
  savings_rules: FixedRow<{
    id: string;
    product_id: string;
    valid_from_ms: number;
    min_balance_idr: number;
    min_withdrawal_idr: number;
    /** A list of `DayRange`, as JSON. */
    windows: string;
    lock_days: number;
    locked_until: string | null;
    created_ms: number;
    created_by: string;
  }>;
  books: {
    id: Fixed<string>;
    member_id: Fixed<string>;
    waste_bank_id: Fixed<string>;
    product_id: Fixed<string>;
    /** 1: deposits that name no product come here. */
    is_default: 0 | 1;
    opened_ms: number;
    closed_ms: number | null;
  };
  book_moves: FixedRow<{
    id: string;
    body_hash: string;
    from_book_id: string;
    to_book_id: string;
    amount_idr: number;
    journal_id: string;
    moved_by: string;
    moved_ms: number;
  }>;
  imported_withdrawals: FixedRow<{
    id: string;
    /** Names the row of the file: what it says, and how many before it say the same. */
    row_key: string;
    waste_bank_id: string;
    member_id: string;
    product_id: string;
    amount_idr: number;
    journal_id: string;
    occurred_ms: number;
    created_ms: number;
  }>;
  mass_withdrawals: {
    id: Fixed<string>;
    body_hash: Fixed<string>;
    waste_bank_id: Fixed<string>;
    product_id: Fixed<string>;
    channel: Fixed<string>;
    amount_idr: Fixed<number | null>;
    reason: Fixed<string>;
    upto_book: string;
    requested_by: Fixed<string>;
    requested_ms: Fixed<number>;
    prepared_ms: number | null;
  };
  mass_withdrawal_items: FixedRow<{
    mass_id: string;
    book_id: string;
    payout_id: string;
    amount_idr: number;
    code: string | null;
    reason: string | null;
  }>;
  mass_approvals: {
    mass_id: Fixed<string>;
    approver: Fixed<string>;
    requested_by: Fixed<string>;
    upto_book: string;
    approved: number;
    refused: number;
    last_refusal: string | null;
    begun_ms: Fixed<number>;
    done_ms: number | null;
  };
}
