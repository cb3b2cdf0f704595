/**
 * Closing a shift: the drawer is counted blind, and only then compared with the books. Nobody may try another count.
 *
 * What terminals have paid out of the drawer is taken over first. Where that is more than the drawer held by the books, the
 * terminals have truly paid, so the drawer was fuller than the books knew: the count is over by as much. See
 * docs/decisions/019-terminal-cash-is-the-drawers.md.
 */
import { type AccountKey, accountId, balanceOf, findAccount } from "../ledger/account.ts";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { lockCashAccounts, nodeCashKey, overShortKey, postCash, vaultKey } from "./cash-books.ts";
import { type CashOutcome, idTaken, refuse } from "./refusal.ts";
import { drawerKey } from "./shifts.ts";

/** Difference between count and books, either way, beyond which a close needs a reason and rings an alarm, rupiah. */
export const CASH_DIFFERENCE_IDR_MAX = 10_000;

/** A count of a drawer. */
export interface ShiftCount {
  id: string;
  shift: string;
  /** Who counts: the cashier, or somebody from the office in the cashier's place. */
  user: string;
  countedIdr: number;
  /** Pieces of each note and coin, by its worth; null when only the sum was given. */
  notes: Record<string, number | undefined> | null;
  /** Terminals whose payments came out of this drawer. */
  nodes: string[];
  reason: string | null;
  nowMs: number;
}

/** A close. `bookIdr`: what the books held in the drawer; `differenceIdr`: above 0 too much, below too little. */
export interface ShiftClose {
  id: string;
  bookIdr: number;
  nodeCashIdr: number;
  countedIdr: number;
  differenceIdr: number;
  closedMs: number;
}

/**
 * Whether a close needs a reason: the difference is not small change, or terminals paid more than the books held in the
 * drawer. It is asked for after the close, because who is asked before could count until nothing is asked.
 */
export function needsReason({
  differenceIdr,
  bookIdr,
  nodeCashIdr,
}: Pick<ShiftClose, "differenceIdr" | "bookIdr" | "nodeCashIdr">): boolean {
  return Math.abs(differenceIdr) > CASH_DIFFERENCE_IDR_MAX || nodeCashIdr > bookIdr;
}

/** Closes a shift by its count, which is final. */
export async function closeShift(tx: Tx, count: ShiftCount): Promise<CashOutcome<ShiftClose>> {
  const bodyHash = requestHash({ ...count, nowMs: undefined });
  const shift = await lockedShift(tx, count.shift);
  if (shift === null)
    return refuse("shift_unknown", `there is no shift ${count.shift}; take the id from the list of shifts`);
  const before = await closeOf(tx, count.shift);
  if (before !== null) {
    if (before.id !== count.id)
      return refuse("shift_is_closed", "this shift is closed already; its count stands");
    return before.bodyHash === bodyHash
      ? { kind: "again", result: before.close }
      : idTaken("close", count.id);
  }
  if (await isCloseTaken(tx, count.id)) return idTaken("close", count.id);
  const stranger = await strangerAmong(tx, count.nodes, shift.wasteBank);
  if (stranger !== null) {
    return refuse(
      "node_unknown",
      `${stranger} is no terminal of ${shift.wasteBank}; name the terminals that paid out of this drawer`,
    );
  }
  const close = await comparedWithBooks(tx, shift, count);
  await keepClose(tx, count, { shift, close, bodyHash });
  return { kind: "done", result: close };
}

interface CountedShift {
  user: string;
  wasteBank: string;
}

/** The shift, so locked that no payment out of its drawer is under way. */
async function lockedShift(tx: Tx, id: string): Promise<CountedShift | null> {
  const query = tx
    .selectFrom("shifts")
    .select(["user_id as user", "waste_bank_id as wasteBank"])
    .where("id", "=", id);
  const row = await (engineOf(tx) === "postgres" ? query.forNoKeyUpdate() : query).executeTakeFirst();
  return row ?? null;
}

async function closeOf(
  tx: Tx,
  shift: string,
): Promise<{ id: string; bodyHash: string; close: ShiftClose } | null> {
  const row = await tx
    .selectFrom("shift_closes")
    .selectAll()
    .where("shift_id", "=", shift)
    .executeTakeFirst();
  if (row === undefined) return null;
  const close = {
    id: row.id,
    bookIdr: row.book_idr,
    nodeCashIdr: row.node_cash_idr,
    countedIdr: row.counted_idr,
    differenceIdr: row.difference_idr,
    closedMs: row.closed_ms,
  };
  return { id: row.id, bodyHash: row.body_hash, close };
}

async function isCloseTaken(tx: Tx, id: string): Promise<boolean> {
  return (
    (await tx.selectFrom("shift_closes").select("id").where("id", "=", id).executeTakeFirst()) !== undefined
  );
}

/** The first of the nodes that does not stand at the waste bank; null when all do. */
async function strangerAmong(tx: Tx, nodes: string[], wasteBank: string): Promise<string | null> {
  if (nodes.length === 0) return null;
  const rows = await tx
    .selectFrom("nodes")
    .select("id")
    .where("id", "in", nodes)
    // A terminal that was moved away may have paid here before.
    .where((eb) =>
      eb.or([
        eb("waste_bank_id", "=", wasteBank),
        eb.exists(
          eb
            .selectFrom("accounts")
            .select("accounts.id")
            .where("accounts.kind", "=", "node_cash")
            .where("accounts.waste_bank_id", "=", wasteBank)
            .whereRef("accounts.part", "=", "nodes.id"),
        ),
      ]),
    )
    .execute();
  const known = new Set(rows.map(({ id }) => id));
  return nodes.find((node) => !known.has(node)) ?? null;
}

interface ComparedClose extends ShiftClose {
  perNode: Map<string, number>;
}

async function comparedWithBooks(tx: Tx, shift: CountedShift, count: ShiftCount): Promise<ComparedClose> {
  const drawer = drawerKey(shift);
  const nodes = [...new Set(count.nodes)].map((node) => ({ node, key: nodeCashKey(shift.wasteBank, node) }));
  const touched = [drawer, vaultKey(shift.wasteBank), overShortKey(shift.wasteBank)];
  await lockCashAccounts(tx, [...touched, ...nodes.map(({ key }) => key)], count.nowMs);
  const perNode = new Map<string, number>();
  for (const { node, key } of nodes) perNode.set(node, await bookBalance(tx, key));
  const bookIdr = await bookBalance(tx, drawer);
  const nodeCashIdr = [...perNode.values()].reduce((sum, amount) => sum + amount, 0);
  const { id, countedIdr, nowMs } = count;
  const differenceIdr = countedIdr - (bookIdr - nodeCashIdr);
  return { id, bookIdr, nodeCashIdr, countedIdr, differenceIdr, closedMs: nowMs, perNode };
}

async function bookBalance(tx: Tx, key: AccountKey): Promise<number> {
  const account = await findAccount(tx, accountId(key));
  return account === null ? 0 : balanceOf(account);
}

async function keepClose(
  tx: Tx,
  count: ShiftCount,
  { shift, close, bodyHash }: { shift: CountedShift; close: ComparedClose; bodyHash: string },
): Promise<void> {
  const { user, nowMs } = count;
  const drawer = drawerKey(shift);
  const overShort = overShortKey(shift.wasteBank);
  const takenOver = [...close.perNode].map(([node, amountIdr]) => ({
    debit: nodeCashKey(shift.wasteBank, node),
    credit: drawer,
    amountIdr,
  }));
  // What is over comes first and what is short last, so that no step leaves the drawer below zero.
  const posted = await postCash(
    tx,
    { key: `shift_close:${count.id}`, kind: "shift_close", user, occurredMs: nowMs },
    [
      { debit: drawer, credit: overShort, amountIdr: Math.max(close.differenceIdr, 0) },
      ...takenOver,
      { debit: overShort, credit: drawer, amountIdr: Math.max(-close.differenceIdr, 0) },
      { debit: vaultKey(shift.wasteBank), credit: drawer, amountIdr: close.countedIdr },
    ],
  );
  if (posted === "overdraft")
    throw new Error(`the drawer of shift ${count.shift} moved while it was counted`);
  await tx
    .insertInto("shift_closes")
    .values({
      id: count.id,
      body_hash: bodyHash,
      shift_id: count.shift,
      closed_by: user,
      book_idr: close.bookIdr,
      node_cash_idr: close.nodeCashIdr,
      counted_idr: close.countedIdr,
      difference_idr: close.differenceIdr,
      notes: count.notes === null ? null : JSON.stringify(count.notes),
      reason: count.reason,
      journal_id: posted.journalId,
      closed_ms: nowMs,
    })
    .execute();
  const nodes = [...close.perNode].map(([node_id, amount_idr]) => ({
    close_id: count.id,
    node_id,
    amount_idr,
  }));
  if (nodes.length > 0) await tx.insertInto("shift_close_nodes").values(nodes).execute();
  await tx.updateTable("shifts").set({ closed_ms: nowMs }).where("id", "=", count.shift).execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: "shift.closed",
    subject: `shift:${count.shift}`,
    reason: count.reason ?? undefined,
    atMs: nowMs,
  });
}
