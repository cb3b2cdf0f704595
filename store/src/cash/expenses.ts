/**
 * Expenses of a waste bank: paid out of the vault, the bank account or a cashier's own drawer; never changed, only voided, and
 * that by another person. Above what one person may spend alone on one day they wait for another person's approval.
 */
import { dayOf, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import type { Selectable } from "kysely";
import type { AccountKey } from "../ledger/account.ts";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import type { Tables } from "../relational/tables.ts";
import { postCash, reverseCash, takeTurnOf } from "./cash-books.ts";
import { countedDrawer, endOfDecision, judgeVoid, type NewVoid, type Voidable } from "./four-eyes.ts";
import { type CashOutcome, type CashRefusal, idTaken, refuse } from "./refusal.ts";
import { drawerKey, openShiftOf, shiftIfOpen } from "./shifts.ts";

/** How long ago an expense may have been paid that is only now entered, in milliseconds: 31 days. */
export const EXPENSE_AGE_MS_MAX = 31 * 86_400_000;

/** How far ahead its time may lie, in milliseconds: five minutes for clocks that differ. */
export const EXPENSE_AHEAD_MS_MAX = 5 * 60_000;

/** What one person spends alone on one day (WIB), in rupiah. Beyond it another person approves. */
export const EXPENSE_ALONE_IDR_MAX = 500_000;

/** Where an expense was paid from. `drawer`: that of the open shift of whoever enters it. */
export type PaidFrom = "cash_vault" | "bank_account" | "drawer";

/** An expense to be kept. */
export interface NewExpense {
  id: string;
  wasteBank: string;
  category: string;
  amountIdr: number;
  from: PaidFrom;
  note: string;
  user: string;
  /** When it was paid; null: now. */
  occurredMs: number | null;
  nowMs: number;
}

/** What another person decides on an expense that waits. */
export interface ExpenseDecision {
  expense: string;
  decision: "approved" | "rejected";
  user: string;
  nowMs: number;
}

/** Posts an expense, or keeps it as asked for where another person must approve. Answers its id. Throws the database's refusal when the waste bank is unknown. */
export async function spend(tx: Tx, expense: NewExpense): Promise<CashOutcome<{ id: string }>> {
  const { id, wasteBank, category, amountIdr, from, user, nowMs } = expense;
  const bodyHash = requestHash({ ...expense, nowMs: undefined });
  await takeTurnOf(tx, user);
  const before = await tx.selectFrom("expenses").select("body_hash").where("id", "=", id).executeTakeFirst();
  if (before !== undefined)
    return before.body_hash === bodyHash ? { kind: "again", result: { id } } : idTaken("expense", id);
  const occurredMs = expense.occurredMs ?? nowMs;
  const late = faultOfTime(occurredMs, nowMs);
  if (late !== null) return late;
  const source = await sourceOf(tx, expense);
  if ("code" in source) return source;
  const isAlone = (await spentAloneIdr(tx, user, nowMs)) + amountIdr <= EXPENSE_ALONE_IDR_MAX;
  const posted = isAlone
    ? await post(tx, { id, wasteBank, category, amountIdr, from, account: source.account, user, occurredMs })
    : null;
  if (posted !== null && "code" in posted) return posted;
  await tx
    .insertInto("expenses")
    .values({
      id,
      body_hash: bodyHash,
      waste_bank_id: wasteBank,
      category,
      amount_idr: amountIdr,
      paid_from: from,
      shift_id: source.shift,
      note: expense.note,
      spent_by: user,
      state: posted === null ? "requested" : "posted",
      decided_by: null,
      decided_ms: null,
      journal_id: posted?.journalId ?? null,
      occurred_ms: occurredMs,
      created_ms: nowMs,
    })
    .execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: posted === null ? "expense.requested" : "expense.posted",
    subject: `expense:${id}`,
    atMs: nowMs,
  });
  return { kind: "done", result: { id } };
}

/** Approves an expense that waits, which posts it, or rejects it. One out of a drawer is approved before its count. */
export async function decideExpense(
  tx: Tx,
  { expense: id, decision, user, nowMs }: ExpenseDecision,
): Promise<CashOutcome<{ id: string }>> {
  const row = await lockedExpense(tx, id);
  if (row === undefined) return unknownExpense(id);
  const state = decision === "approved" ? "posted" : "rejected";
  const end = endOfDecision(matterOf(row), {
    to: state,
    user,
    own: "whoever has spent it cannot decide on it; ask somebody else from the office",
  });
  if (end !== null) return end;
  const posted = decision === "approved" ? await postWaiting(tx, row, user) : { journalId: null };
  if ("code" in posted) return posted;
  await tx
    .updateTable("expenses")
    .set({ state, decided_by: user, decided_ms: nowMs, journal_id: posted.journalId })
    .where("id", "=", id)
    .execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: `expense.${decision}`,
    subject: `expense:${id}`,
    atMs: nowMs,
  });
  return { kind: "done", result: { id } };
}

/** Takes an expense back. One out of a drawer only while its shift is open: later the count stands. */
export async function voidExpense(tx: Tx, request: NewVoid): Promise<CashOutcome<{ id: string }>> {
  const { id, of, user, reason, nowMs } = request;
  const bodyHash = requestHash({ ...request, nowMs: undefined });
  const row = await lockedExpense(tx, of);
  if (row === undefined) return unknownExpense(of);
  const before = await tx
    .selectFrom("expense_voids")
    .select(["id", "body_hash"])
    .where((eb) => eb.or([eb("expense_id", "=", of), eb("id", "=", id)]))
    .executeTakeFirst();
  const own = "whoever has spent it cannot void it; ask somebody else from the office";
  const judged = await judgeVoid(tx, request, { bodyHash, matter: { ...matterOf(row), before }, own });
  if (judged.kind !== "may") return judged;
  const posted = await reverseCash(
    tx,
    { key: `expense_void:${id}`, kind: "expense_void", user, occurredMs: nowMs },
    judged.journalId,
  );
  // Nothing that pays an expense can be too full to take it back.
  if (posted === "overdraft") throw new Error(`the ledger refuses to void expense ${of}: overdraft`);
  await tx
    .insertInto("expense_voids")
    .values({
      id,
      body_hash: bodyHash,
      expense_id: of,
      spent_by: row.spent_by,
      voided_by: user,
      reason,
      journal_id: posted.journalId,
      voided_ms: nowMs,
    })
    .execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: "expense.voided",
    subject: `expense:${of}`,
    reason,
    atMs: nowMs,
  });
  return { kind: "done", result: { id: of } };
}

function matterOf(row: Selectable<Tables["expenses"]>): Omit<Voidable, "before"> {
  return {
    id: row.id,
    thing: "expense",
    state: row.state,
    askedBy: row.spent_by,
    decidedBy: row.decided_by,
    decidedCode: "expense_is_decided",
    journalId: row.journal_id,
    shiftId: row.shift_id,
  };
}

function faultOfTime(occurredMs: number, nowMs: number): CashRefusal | null {
  if (occurredMs > nowMs + EXPENSE_AHEAD_MS_MAX)
    return refuse("out_of_time", "an expense cannot lie in the future; enter it when it is paid");
  if (occurredMs < nowMs - EXPENSE_AGE_MS_MAX)
    return refuse(
      "out_of_time",
      "an expense must be entered within 31 days; enter it with today's date and its own date in the note",
    );
  return null;
}

async function sourceOf(
  tx: Tx,
  { wasteBank, from, user }: NewExpense,
): Promise<{ account: AccountKey; shift: string | null } | CashRefusal> {
  if (from !== "drawer") return { account: { kind: from, ledger: "IDR", wasteBank }, shift: null };
  const shift = await openShiftOf(tx, user);
  if (shift === null)
    return refuse("shift_is_closed", "you have no open shift; open one, or say where else it was paid from");
  if (shift.wasteBank !== wasteBank)
    return refuse("other_waste_bank", `your drawer is at ${shift.wasteBank}, not at ${wasteBank}`);
  return { account: drawerKey(shift), shift: shift.id };
}

interface ExpenseToPost {
  id: string;
  wasteBank: string;
  category: string;
  amountIdr: number;
  from: PaidFrom;
  account: AccountKey;
  user: string;
  occurredMs: number;
}

async function post(
  tx: Tx,
  { id, wasteBank, category, amountIdr, from, account, user, occurredMs }: ExpenseToPost,
): Promise<{ journalId: string } | CashRefusal> {
  const debit = { kind: "expense", ledger: "IDR", wasteBank, part: category } as const;
  const journal = { key: `expense:${id}`, kind: "expense", user, occurredMs };
  const posted = await postCash(tx, journal, [{ debit, credit: account, amountIdr }]);
  if (posted !== "overdraft" && posted.journalId !== null) return { journalId: posted.journalId };
  return refuse(
    "too_little_cash",
    `${from} holds less than that by the books; say where it was really paid from, or bring money there first`,
  );
}

/** Posts what has waited, from where it was paid. */
async function postWaiting(
  tx: Tx,
  row: ExpenseRow,
  user: string,
): Promise<{ journalId: string } | CashRefusal> {
  const { id, waste_bank_id: wasteBank, category, amount_idr: amountIdr, paid_from: from } = row;
  const shift = row.shift_id === null ? null : await shiftIfOpen(tx, row.shift_id);
  if (row.shift_id !== null && shift === null) return countedDrawer();
  const account: AccountKey =
    shift === null
      ? { kind: from === "drawer" ? "cash_drawer" : from, ledger: "IDR", wasteBank }
      : drawerKey(shift);
  return await post(tx, {
    id,
    wasteBank,
    category,
    amountIdr,
    from,
    account,
    user,
    occurredMs: row.occurred_ms,
  });
}

/** What a user has spent alone on the day of `nowMs` (WIB) and nobody has voided. Whoever asks has taken the user's turn. */
async function spentAloneIdr(tx: Tx, user: string, nowMs: number): Promise<number> {
  const { idr } = await tx
    .selectFrom("expenses")
    .leftJoin("expense_voids", "expense_voids.expense_id", "expenses.id")
    .select((select) => select.fn.sum<number>("expenses.amount_idr").as("idr"))
    .where("expenses.spent_by", "=", user)
    .where("expenses.created_ms", ">=", startOfDayMs(dayOf(nowMs)))
    .where("expenses.state", "=", "posted")
    .where("expenses.decided_by", "is", null)
    .where("expense_voids.id", "is", null)
    .executeTakeFirstOrThrow();
  return Number(idr ?? 0);
}

function unknownExpense(id: string): CashRefusal {
  return refuse("expense_unknown", `there is no expense ${id}; take the id from the list of expenses`);
}

type ExpenseRow = Selectable<Tables["expenses"]>;

async function lockedExpense(tx: Tx, id: string): Promise<ExpenseRow | undefined> {
  const query = tx.selectFrom("expenses").selectAll().where("id", "=", id);
  return await (engineOf(tx) === "postgres" ? query.forNoKeyUpdate() : query).executeTakeFirst();
}
