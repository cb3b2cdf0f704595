/**
 * Rows that a person makes, and the deed by which each is known: the deed keeps a fingerprint of its row, and the log is sealed, so
 * that neither is changed, slipped in nor taken out alone.
 *
 * Rows that a terminal or an import makes have no deed; they are sealed with their journals.
 */
import type { Db } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import type { Tables } from "../relational/tables.ts";
import { columnsOf, rowsById } from "./rows-by-id.ts";

/** Rows of one table, and the deeds that make or change them. */
export interface DeedRows {
  table: keyof Tables;
  /** Column of the id that the subject of the deed names. A deed whose id several rows have is of all of them. */
  key: string;
  /** What stands before the id in the subject. */
  subject: string;
  /** The newest of these deeds has the fingerprint. */
  actions: readonly string[];
  /** Columns that change without such a deed. What they say is held against something else. */
  later?: readonly string[];
  /** The deed is of these columns alone. */
  only?: readonly string[];
  /** Rows that belong to the row, by its id, in their order. */
  parts?: { table: keyof Tables; key: string; order: string; only?: readonly string[] };
  /** Some were there before anybody did anything, such as those of a migration. */
  mayLackDeed?: true;
}

const DECIDED = ["state", "decided_by", "decided_ms", "journal_id"];

export const DEED_ROWS: readonly DeedRows[] = [
  {
    table: "cash_movements",
    key: "id",
    subject: "cash_movement",
    actions: ["cash_movement.requested", "cash_movement.posted"],
    later: DECIDED,
  },
  {
    table: "cash_movement_voids",
    key: "movement_id",
    subject: "cash_movement",
    actions: ["cash_movement.voided"],
  },
  {
    table: "expenses",
    key: "id",
    subject: "expense",
    actions: ["expense.requested", "expense.posted"],
    later: DECIDED,
  },
  { table: "expense_voids", key: "expense_id", subject: "expense", actions: ["expense.voided"] },
  {
    table: "owed_settlements",
    key: "id",
    subject: "owed_settlement",
    actions: ["owed_settlement.requested"],
    later: [...DECIDED, "device", "receipt_no"],
  },
  { table: "shifts", key: "id", subject: "shift", actions: ["shift.opened"], later: ["closed_ms"] },
  {
    table: "shift_closes",
    key: "shift_id",
    subject: "shift",
    actions: ["shift.closed"],
    parts: { table: "shift_close_nodes", key: "close_id", order: "node_id" },
  },
  { table: "shift_explanations", key: "shift_id", subject: "shift", actions: ["shift.explained"] },
  { table: "shift_confirmations", key: "shift_id", subject: "shift", actions: ["shift.confirmed"] },
  { table: "book_moves", key: "id", subject: "book_move", actions: ["book_move.made"] },
  {
    table: "mass_withdrawals",
    key: "id",
    subject: "mass_withdrawal",
    actions: ["mass_withdrawal.requested"],
    later: ["upto_book", "prepared_ms"],
  },
  {
    table: "payouts",
    key: "id",
    subject: "payout",
    actions: ["payout.requested"],
    later: [
      "approved_by",
      "approved_ms",
      "second_approved_by",
      "second_approved_ms",
      "state",
      "ended_by",
      "ended_ms",
      "reason",
      "failure",
      "review",
      "review_attempt_id",
      "review_ms",
      "resolution",
      "resolution_reason",
      "resolution_by",
      "resolution_ms",
      "resolution_agreed_by",
    ],
  },
  {
    table: "payouts",
    key: "id",
    subject: "payout",
    // Whatever decides, and whatever takes a decision back: a row that says nothing more is no row that nothing was decided of.
    actions: ["payout.resolution_proposed", "payout.resolved", "payout.reopened"],
    only: ["id", "resolution", "resolution_reason", "resolution_by", "resolution_ms", "resolution_agreed_by"],
    mayLackDeed: true,
  },
  {
    // Once it has ended it gets no further attempts.
    table: "payouts",
    key: "id",
    subject: "payout",
    actions: ["payout.paid", "payout.failed", "payout.reversed"],
    only: ["id"],
    parts: {
      table: "payout_attempts",
      key: "payout_id",
      order: "n",
      only: ["id", "n", "provider", "idempotency_key", "sealed_sha256", "created_ms"],
    },
    mayLackDeed: true,
  },
  {
    table: "destinations",
    key: "id",
    subject: "destination",
    // What a provider says of the holder is a deed of ours; an erasure empties what is left of the number.
    actions: ["destination.added", "destination.checked", "destination.emptied"],
    later: ["confirmed_by", "confirmed_ms", "retired_ms"],
  },
  {
    table: "sales",
    key: "id",
    subject: "sale",
    actions: ["sale.made"],
    parts: { table: "sale_lines", key: "sale_id", order: "line" },
  },
  { table: "sale_payments", key: "sale_id", subject: "sale", actions: ["sale.paid"] },
  { table: "sale_voids", key: "sale_id", subject: "sale", actions: ["sale.voided"] },
  { table: "stock_counts", key: "id", subject: "stock_count", actions: ["stock.counted"] },
  {
    table: "off_takers",
    key: "id",
    subject: "off_taker",
    actions: ["off_taker.added"],
    mayLackDeed: true,
  },
  {
    table: "materials",
    key: "id",
    subject: "material",
    actions: ["material.added", "material.changed", "material.retired", "material.restored"],
    mayLackDeed: true,
  },
  {
    table: "waste_banks",
    key: "id",
    subject: "waste_bank",
    actions: ["waste_bank.added", "waste_bank.changed"],
    mayLackDeed: true,
  },
  {
    table: "members",
    key: "id",
    subject: "member",
    actions: ["member.registered", "member.changed", "member.erased"],
    later: ["card", "closed_ms"],
    // Of the sealed bytes: a fingerprint of a phone number itself would be found by trying all of them.
    parts: { table: "member_personal_data", key: "member_id", order: "member_id" },
    mayLackDeed: true,
  },
  {
    table: "savings_products",
    key: "id",
    subject: "savings_product",
    actions: ["savings_product.made"],
    mayLackDeed: true,
  },
  { table: "closes", key: "id", subject: "close", actions: ["day.closed"] },
];

/** The rows of which a deed tells; null of one that keeps no fingerprint. */
export function rowsOfDeed(action: string): DeedRows | null {
  return DEED_ROWS.find(({ actions }) => actions.includes(action)) ?? null;
}

/** Fingerprints of the rows with these ids, by id; of one without rows there is none. */
export async function fingerprintsOf(db: Db, rows: DeedRows, ids: string[]): Promise<Map<string, string>> {
  const { table, key, only, later, parts } = rows;
  const found = await rowsById(db, table, { key, ids, order: "id" });
  const partsOf =
    parts === undefined
      ? null
      : await rowsById(db, parts.table, {
          key: parts.key,
          ids: [...found.values()].flat().map((row) => String(row.id)),
          order: parts.order,
        });
  const withParts = (row: Record<string, unknown>) => ({
    row: columnsOf(row, { only, except: later }),
    parts: (partsOf?.get(String(row.id)) ?? []).map((part) => columnsOf(part, { only: parts?.only })),
  });
  return new Map([...found].map(([id, many]) => [id, requestHash(many.map(withParts))]));
}
