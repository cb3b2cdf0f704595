/**
 * The kinds of journal that there are: for each, the row that it is posted for and what it may move.
 *
 * The list is closed. A journal of any other kind, one that no row names, or one that moves something else than its kind
 * does, was slipped in, and a verification says so.
 */
import { type RawBuilder, sql } from "kysely";
import type { Tables } from "../relational/tables.ts";
import type { AccountKind } from "./account.ts";
import type { TransferRequest } from "./post-journal.ts";

/** A way between two accounts: phase, the kind that is debited, the kind that is credited. */
export type Way = `${TransferRequest["phase"]} ${AccountKind}>${AccountKind}`;

/** What is known of a kind of journal `j`. */
export interface JournalKind {
  /** Table of the rows `r` that such journals are posted for. */
  table: keyof Tables;
  /** Column of the id that the journal's key names behind its kind. */
  id: string;
  /** True of the row that names the journal, among those with that id. */
  names: RawBuilder<boolean>;
  /** What its transfers may be; `mirror`: another journal's, with their sides exchanged. */
  moves: "mirror" | readonly Way[];
}

const byJournalId = sql<boolean>`r.journal_id = j.id`;

/** A hold of this resolution whose number the key of the journal goes on with. */
const holdOf = (
  kind: string,
  resolution: "settled" | "voided",
) => sql<boolean>`r.resolution = ${sql.lit(resolution)}
  and j.idempotency_key = ${sql.lit(`${kind}:`)} || r.payout_id || ':' || r.n`;

/** The settled hold of a payout that came back, of which the journal takes this step back. */
const takesBack = (kind: string, step: string) => sql<boolean>`${holdOf(kind, "settled")}
  and exists (select 1 from payouts p where p.id = r.payout_id and p.state = 'reversed')
  and j.reverses_id = (select o.id from journals o where o.idempotency_key = ${sql.lit(`${step}:`)} || r.payout_id || ':' || r.n)`;

export const JOURNAL_KINDS = {
  deposit: {
    table: "deposits",
    id: "id",
    names: byJournalId,
    moves: [
      "post stock>intake",
      "post stock_value>member_savings",
      "post stock_value>donations",
      "post member_savings>cash_drawer",
      "post member_savings>node_cash",
    ],
  },
  deposit_void: {
    table: "deposit_voids",
    id: "id",
    names: sql`${byJournalId} and r.kind = 'void'`,
    moves: "mirror",
  },
  deposit_correction: {
    table: "deposit_voids",
    id: "id",
    names: sql`${byJournalId} and r.kind = 'correction'`,
    moves: "mirror",
  },
  sale: {
    table: "sales",
    id: "id",
    names: sql`exists (select 1 from sale_journals n where n.sale_id = r.id and n.journal_id = j.id)`,
    moves: [
      "post sold>stock",
      "post delivered>stock",
      "post shrinkage>stock",
      "post rejects>stock",
      "post receivable>sales",
      "post cost_of_sales>stock_value",
      "post shrinkage_value>stock_value",
      "post cost_of_sales>member_savings",
      "post stock>received",
      "post stock_value>payable",
    ],
  },
  sale_void: {
    table: "sale_voids",
    id: "id",
    names: sql`(exists (select 1 from sale_journals n where n.sale_id = r.sale_id and n.journal_id = j.reverses_id)
      or exists (select 1 from sale_payments n where n.sale_id = r.sale_id and n.journal_id = j.reverses_id))`,
    moves: "mirror",
  },
  sale_payment: {
    table: "sale_payments",
    id: "id",
    names: byJournalId,
    moves: [
      "post cash_vault>receivable",
      "post bank_account>receivable",
      "post payable>cash_vault",
      "post payable>bank_account",
    ],
  },
  stock_count: {
    table: "stock_count_ends",
    id: "count_id",
    names: byJournalId,
    moves: [
      "post stock>surplus",
      "post stock_value>shrinkage_value",
      "post shrinkage>stock",
      "post shrinkage_value>stock_value",
    ],
  },
  book_move: {
    table: "book_moves",
    id: "id",
    names: byJournalId,
    moves: ["post member_savings>member_savings"],
  },
  shift_open: {
    table: "shifts",
    id: "id",
    names: byJournalId,
    moves: ["post cash_drawer>cash_vault"],
  },
  shift_close: {
    table: "shift_closes",
    id: "id",
    names: byJournalId,
    moves: [
      "post cash_vault>cash_drawer",
      "post node_cash>cash_drawer",
      "post cash_drawer>cash_over_short",
      "post cash_over_short>cash_drawer",
    ],
  },
  cash_movement: {
    table: "cash_movements",
    id: "id",
    names: byJournalId,
    moves: [
      "post cash_vault>capital",
      "post bank_account>capital",
      "post capital>cash_vault",
      "post capital>bank_account",
      "post bank_account>cash_vault",
      "post cash_vault>bank_account",
      "post provider_float>bank_account",
      "post bank_account>provider_float",
      "post cash_drawer>cash_vault",
      "post cash_vault>cash_drawer",
      "post cash_vault>cash_over_short",
      "post cash_over_short>cash_vault",
    ],
  },
  cash_movement_void: { table: "cash_movement_voids", id: "id", names: byJournalId, moves: "mirror" },
  expense: {
    table: "expenses",
    id: "id",
    names: byJournalId,
    moves: ["post expense>cash_vault", "post expense>bank_account", "post expense>cash_drawer"],
  },
  expense_void: { table: "expense_voids", id: "id", names: byJournalId, moves: "mirror" },
  payout_hold: {
    table: "payouts",
    id: "id",
    names: sql`exists (select 1 from payout_holds h where h.payout_id = r.id and h.journal_id = j.id)`,
    moves: ["pend member_savings>payout_clearing"],
  },
  payout_give_back: {
    table: "payout_holds",
    id: "payout_id",
    names: holdOf("payout_give_back", "voided"),
    moves: ["void member_savings>payout_clearing"],
  },
  payout_settle: {
    table: "payout_holds",
    id: "payout_id",
    names: holdOf("payout_settle", "settled"),
    moves: ["settle member_savings>payout_clearing"],
  },
  payout_out: {
    table: "payout_holds",
    id: "payout_id",
    names: holdOf("payout_out", "settled"),
    moves: ["post payout_clearing>provider_float", "post payout_clearing>cash_drawer"],
  },
  payout_fee: {
    table: "payout_holds",
    id: "payout_id",
    names: holdOf("payout_fee", "settled"),
    moves: [
      "settle member_savings>payout_clearing",
      "post payout_clearing>payout_fees",
      "post payout_fees>provider_float",
    ],
  },
  payout_return: {
    table: "payout_holds",
    id: "payout_id",
    names: takesBack("payout_return", "payout_out"),
    moves: "mirror",
  },
  payout_credit_back: {
    table: "payout_holds",
    id: "payout_id",
    names: takesBack("payout_credit_back", "payout_settle"),
    moves: "mirror",
  },
  payout_owed: {
    table: "payout_holds",
    id: "payout_id",
    names: sql`${holdOf("payout_owed", "settled")}
      and exists (select 1 from payouts p where p.id = r.payout_id and p.state = 'reversed')`,
    moves: ["post payout_clearing>owed_to_former"],
  },
  payout_fee_refund: {
    table: "payout_holds",
    id: "payout_id",
    names: sql`${holdOf("payout_fee_refund", "settled")} and exists (select 1 from payouts p
      where p.id = r.payout_id and p.state = 'reversed' and p.fee_bearer = 'member' and p.is_fee_refunded = 1)`,
    moves: ["post payout_fees>member_savings", "post payout_fees>owed_to_former"],
  },
  payout_write_off: {
    table: "payout_attempts",
    id: "id",
    // A later review may have decided something else since; the deed of the second person stays.
    names: sql`exists (select 1 from audit_events a
      where a.subject = 'payout:' || r.payout_id and a.action = 'payout.resolved' and a.actor = j.actor)`,
    moves: ["post expense>provider_float"],
  },
  owed_settlement: {
    table: "owed_settlements",
    id: "id",
    names: byJournalId,
    moves: ["post owed_to_former>cash_drawer"],
  },
  imported_withdrawal: {
    table: "imported_withdrawals",
    id: "id",
    names: byJournalId,
    moves: ["post member_savings>capital"],
  },
  imported_sold: {
    table: "deposits",
    id: "id",
    names: sql<boolean>`(r.source = 'import'
      or exists (select 1 from journals o where o.idempotency_key = 'imported_sold:' || r.corrects_id))`,
    moves: ["post sold>stock", "post cost_before>stock_value"],
  },
  imported_sold_void: {
    table: "deposit_voids",
    id: "id",
    names: sql<boolean>`exists (select 1 from journals o
      where o.id = j.reverses_id and o.idempotency_key = 'imported_sold:' || r.deposit_id)`,
    moves: "mirror",
  },
} as const satisfies Readonly<Record<string, JournalKind>>;

export type JournalKindName = keyof typeof JOURNAL_KINDS;

/** Kinds that take back what is not savings; the other mirrors may. */
type MirrorBesideSavings = "cash_movement_void" | "expense_void" | "imported_sold_void";

type WaysOf<Kind extends JournalKindName> = (typeof JOURNAL_KINDS)[Kind]["moves"] extends infer Moves
  ? Moves extends readonly string[]
    ? Moves[number]
    : "mirror"
  : never;

/** Kinds of journal that can move or hold a member's savings, so that they stand in a book. */
export type BookJournalKind = {
  [Kind in JournalKindName]: Extract<
    WaysOf<Kind>,
    "mirror" | `${string}member_savings${string}`
  > extends never
    ? never
    : Exclude<Kind, MirrorBesideSavings>;
}[JournalKindName];

/** A column that names a journal, and the kind that the journal of row `r` must be. */
export interface JournalColumn {
  table: keyof Tables;
  /** Column by which the row is told. */
  id: string;
  /** Table whose ids that column holds; it is walked. */
  walked: keyof Tables;
  kind: RawBuilder<string>;
}

export const JOURNAL_COLUMNS: readonly JournalColumn[] = [
  { table: "deposits", id: "id", walked: "deposits", kind: sql`'deposit'` },
  { table: "deposit_voids", id: "id", walked: "deposit_voids", kind: sql`'deposit_' || r.kind` },
  { table: "sale_journals", id: "sale_id", walked: "sales", kind: sql`'sale'` },
  { table: "sale_payments", id: "id", walked: "sale_payments", kind: sql`'sale_payment'` },
  { table: "stock_count_ends", id: "count_id", walked: "stock_counts", kind: sql`'stock_count'` },
  { table: "book_moves", id: "id", walked: "book_moves", kind: sql`'book_move'` },
  { table: "shifts", id: "id", walked: "shifts", kind: sql`'shift_open'` },
  { table: "shift_closes", id: "id", walked: "shift_closes", kind: sql`'shift_close'` },
  { table: "cash_movements", id: "id", walked: "cash_movements", kind: sql`'cash_movement'` },
  { table: "cash_movement_voids", id: "id", walked: "cash_movement_voids", kind: sql`'cash_movement_void'` },
  { table: "expenses", id: "id", walked: "expenses", kind: sql`'expense'` },
  { table: "expense_voids", id: "id", walked: "expense_voids", kind: sql`'expense_void'` },
  { table: "payout_holds", id: "payout_id", walked: "payouts", kind: sql`'payout_hold'` },
  { table: "owed_settlements", id: "id", walked: "owed_settlements", kind: sql`'owed_settlement'` },
  { table: "cash_payouts", id: "payout_id", walked: "payouts", kind: sql`'payout_out'` },
  {
    table: "imported_withdrawals",
    id: "id",
    walked: "imported_withdrawals",
    kind: sql`'imported_withdrawal'`,
  },
];
