/** Rows of stock: on which terms members are paid, what was sold to whom, and what was counted. */
import type { FixedRow } from "../column-types.ts";

export interface StockTables {
  terms: FixedRow<{
    id: string;
    waste_bank_id: string | null;
    member_kind: string | null;
    settlement: "purchase" | "share_of_sale";
    share_bps: number;
    valid_from_ms: number;
    created_ms: number;
    created_by: string;
  }>;
  off_takers: FixedRow<{ id: string; name: string; created_ms: number; created_by: string }>;
  sales: FixedRow<SaleTable>;
  sale_lines: FixedRow<SaleLineTable>;
  sale_journals: FixedRow<{ sale_id: string; part: number; journal_id: string }>;
  consignment_sales: FixedRow<{
    sale_id: string;
    deposit_id: string;
    line: number;
    grams: number;
    proceeds_idr: number;
    member_idr: number;
  }>;
  sale_voids: FixedRow<{
    id: string;
    body_hash: string;
    sale_id: string;
    sold_by: string;
    voided_by: string;
    reason: string;
    voided_ms: number;
  }>;
  sale_payments: FixedRow<{
    id: string;
    body_hash: string;
    sale_id: string;
    into_kind: "cash_vault" | "bank_account";
    from_kind: "cash_vault" | "bank_account" | null;
    amount_idr: number;
    journal_id: string;
    occurred_ms: number;
    paid_by: string;
    created_ms: number;
  }>;
  stock_counts: FixedRow<StockCountTable>;
  stock_count_ends: FixedRow<{
    count_id: string;
    outcome: "posted" | "dismissed";
    journal_id: string | null;
    counted_by: string;
    decided_by: string | null;
    /** Rupiah that the difference was worth, by the average; below zero: a loss. */
    value_idr: number;
    ended_ms: number;
  }>;
  consignment_losses: FixedRow<{ count_id: string; deposit_id: string; line: number; grams: number }>;
}

interface SaleTable {
  id: string;
  body_hash: string;
  waste_bank_id: string;
  off_taker_id: string | null;
  buyer_bank_id: string | null;
  total_idr: number;
  occurred_ms: number;
  sold_by: string;
  created_ms: number;
}

interface SaleLineTable {
  sale_id: string;
  line: number;
  material_id: string;
  out_g: number;
  accepted_g: number;
  rejected_g: number;
  rejects: "returned" | "discarded";
  price_idr_per_kg: number;
  amount_idr: number;
  consigned_g: number;
  members_idr: number;
  cost_idr: number;
  loss_idr: number;
}

interface StockCountTable {
  id: string;
  body_hash: string;
  waste_bank_id: string;
  material_id: string;
  counted_g: number;
  book_g: number;
  reason: string;
  counted_by: string;
  occurred_ms: number;
  created_ms: number;
}
