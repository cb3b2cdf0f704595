/** Rows of cash: shifts and their counts, movements between the places of a waste bank's money, and expenses. */
import type { Defaulted, Fixed, FixedRow } from "../column-types.ts";

export interface CashTables {
  shifts: ShiftTable;
  shift_closes: FixedRow<{
    id: string;
    body_hash: string;
    shift_id: string;
    closed_by: string;
    /** What the books held in the drawer before the close. */
    book_idr: number;
    node_cash_idr: number;
    counted_idr: number;
    difference_idr: number;
    /** Pieces of each note and coin, as JSON `{"100000": 3}`; null when only the sum was given. */
    notes: string | null;
    reason: string | null;
    /** Null when there was nothing to move. */
    journal_id: string | null;
    closed_ms: number;
  }>;
  shift_close_nodes: FixedRow<{ close_id: string; node_id: string; amount_idr: number }>;
  shift_explanations: FixedRow<{
    id: string;
    body_hash: string;
    shift_id: string;
    explained_by: string;
    reason: string;
    explained_ms: number;
  }>;
  shift_confirmations: FixedRow<{
    id: string;
    body_hash: string;
    shift_id: string;
    cashier_id: string;
    closed_by: string;
    confirmed_by: string;
    confirmed_ms: number;
  }>;
  cash_movements: CashMovementTable;
  cash_movement_voids: FixedRow<{
    id: string;
    body_hash: string;
    movement_id: string;
    requested_by: string;
    voided_by: string;
    reason: string;
    journal_id: string;
    voided_ms: number;
  }>;
  expenses: ExpenseTable;
  owed_settlements: {
    id: Fixed<string>;
    body_hash: Fixed<string>;
    payout_id: Fixed<string>;
    waste_bank_id: Fixed<string>;
    amount_idr: Fixed<number>;
    shift_id: Fixed<string>;
    reason: Fixed<string>;
    requested_by: Fixed<string>;
    requested_ms: Fixed<number>;
    state: "requested" | "paid" | "rejected";
    decided_by: string | null;
    decided_ms: number | null;
    /** Series that the number of the receipt was drawn from. */
    device: string | null;
    receipt_no: string | null;
    journal_id: string | null;
  };
  expense_voids: FixedRow<{
    id: string;
    body_hash: string;
    expense_id: string;
    spent_by: string;
    voided_by: string;
    reason: string;
    journal_id: string;
    voided_ms: number;
  }>;
}

interface ShiftTable {
  id: Fixed<string>;
  body_hash: Fixed<string>;
  user_id: Fixed<string>;
  waste_bank_id: Fixed<string>;
  float_idr: Fixed<number>;
  /** Null when the drawer began empty. */
  journal_id: Fixed<string | null>;
  opened_ms: Fixed<number>;
  closed_ms: Defaulted<number | null>;
}

interface CashMovementTable {
  id: Fixed<string>;
  body_hash: Fixed<string>;
  waste_bank_id: Fixed<string>;
  kind: Fixed<string>;
  amount_idr: Fixed<number>;
  place: Fixed<"cash_vault" | "bank_account" | null>;
  provider: Fixed<string | null>;
  shift_id: Fixed<string | null>;
  reason: Fixed<string>;
  reference: Fixed<string | null>;
  state: "requested" | "posted" | "rejected";
  requested_by: Fixed<string>;
  requested_ms: Fixed<number>;
  decided_by: string | null;
  decided_ms: number | null;
  journal_id: string | null;
}

interface ExpenseTable {
  id: Fixed<string>;
  body_hash: Fixed<string>;
  waste_bank_id: Fixed<string>;
  category: Fixed<string>;
  amount_idr: Fixed<number>;
  paid_from: Fixed<"cash_vault" | "bank_account" | "drawer">;
  /** The shift whose drawer paid; null when another place did. */
  shift_id: Fixed<string | null>;
  note: Fixed<string>;
  spent_by: Fixed<string>;
  state: "requested" | "posted" | "rejected";
  decided_by: string | null;
  decided_ms: number | null;
  journal_id: string | null;
  occurred_ms: Fixed<number>;
  created_ms: Fixed<number>;
}
