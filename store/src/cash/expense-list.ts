/** Expenses as they are listed. */
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import type { PaidFrom } from "./expenses.ts";
import { type ListedVoid, voidOf } from "./movement-list.ts";

export interface ListedExpense {
  id: string;
  wasteBank: string;
  category: string;
  amountIdr: number;
  from: PaidFrom;
  shift: string | null;
  note: string;
  spentBy: string;
  state: "requested" | "posted" | "rejected";
  /** Who approved or rejected it; null when it waits, or one person spent it alone. */
  decided: { by: string; atMs: number } | null;
  occurredMs: number;
  createdMs: number;
  voided: ListedVoid | null;
}

/** Which expenses are asked for; null does not narrow. Times in milliseconds, from inclusive, to exclusive. */
export interface ExpenseFilter {
  wasteBank: string | null;
  category: string | null;
  state: ListedExpense["state"] | null;
  fromMs: number | null;
  toMs: number | null;
}

/** Expenses, the newest first. */
export async function listExpenses(
  db: Db,
  filter: ExpenseFilter,
  { limit, after }: PageRequest,
): Promise<Page<ListedExpense>> {
  let query = expenseQuery(db)
    .orderBy("expenses.occurred_ms", "desc")
    .orderBy("expenses.id", "desc")
    .limit(limit + 1);
  if (filter.wasteBank !== null) query = query.where("expenses.waste_bank_id", "=", filter.wasteBank);
  if (filter.state !== null) query = query.where("expenses.state", "=", filter.state);
  if (filter.category !== null) query = query.where("expenses.category", "=", filter.category);
  if (filter.fromMs !== null) query = query.where("expenses.occurred_ms", ">=", filter.fromMs);
  if (filter.toMs !== null) query = query.where("expenses.occurred_ms", "<", filter.toMs);
  if (after !== null) query = query.where(isBefore(["expenses.occurred_ms", "expenses.id"], after));
  const rows = await query.execute();
  return pageOf(rows.map(toExpense), limit, ({ occurredMs, id }) => momentCursor(occurredMs, id));
}

/** One expense; null when there is none. */
export async function findExpense(db: Db, id: string): Promise<ListedExpense | null> {
  const row = await expenseQuery(db).where("expenses.id", "=", id).executeTakeFirst();
  return row === undefined ? null : toExpense(row);
}

function expenseQuery(db: Db) {
  return db
    .selectFrom("expenses")
    .leftJoin("expense_voids", "expense_voids.expense_id", "expenses.id")
    .select([
      "expenses.id",
      "expenses.waste_bank_id as wasteBank",
      "expenses.category",
      "expenses.amount_idr as amountIdr",
      "expenses.paid_from as from",
      "expenses.shift_id as shift",
      "expenses.note",
      "expenses.spent_by as spentBy",
      "expenses.state",
      "expenses.decided_by as decidedBy",
      "expenses.decided_ms as decidedMs",
      "expenses.occurred_ms as occurredMs",
      "expenses.created_ms as createdMs",
      "expense_voids.id as voidId",
      "expense_voids.voided_by as voidedBy",
      "expense_voids.reason as voidReason",
      "expense_voids.voided_ms as voidedMs",
    ]);
}

type ExpenseRow = Awaited<ReturnType<ReturnType<typeof expenseQuery>["execute"]>>[number];

function toExpense(row: ExpenseRow): ListedExpense {
  const { voidId, voidedBy, voidReason, voidedMs, decidedBy, decidedMs, ...expense } = row;
  return {
    ...expense,
    decided: decidedBy === null || decidedMs === null ? null : { by: decidedBy, atMs: decidedMs },
    voided: voidOf({ id: voidId, by: voidedBy, reason: voidReason, atMs: voidedMs }),
  };
}
