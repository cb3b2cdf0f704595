/**
 * Waste of an older book: sold before these books began, so it leaves the store in the transaction that brings it in.
 *
 *     D sold (imported)  C stock            grams
 *     D cost_before      C stock_value      what was given for them
 *
 * What still lies there on the day of the change-over comes in by a count. Whoever takes such a deposit back puts its waste
 * back first; the deposit in its place is written out as well.
 */
import { type AccountKey, accountId, gramsLedger } from "../ledger/account.ts";
import { lockAccounts, lockAccountsOf } from "../ledger/lock-accounts.ts";
import { postJournalWithin, reversalOf, type TransferRequest } from "../ledger/post-journal.ts";
import type { Tx } from "../relational/relational-store.ts";

/** Part of the grams sold that no sale of these books tells of. */
export const SOLD_BEFORE = "imported";

/** A deposit whose waste is gone. */
export interface GoneDeposit {
  id: string;
  wasteBank: string;
  lines: { material: string; netG: number; amountIdr: number }[];
  actor: string;
  /** When the journal of the deposit says that it happened. */
  bookedMs: number;
}

/** Takes the waste of a deposit, just posted by the same transaction, out of the store. */
export async function writeOutOfStore(tx: Tx, deposit: GoneDeposit, nowMs: number): Promise<void> {
  const { wasteBank } = deposit;
  const keys = new Map<string, AccountKey>();
  const transfers: TransferRequest[] = [];
  const move = (debit: AccountKey, credit: AccountKey, amount: number) => {
    if (amount === 0) return;
    for (const key of [debit, credit]) keys.set(accountId(key), key);
    transfers.push({ phase: "post", debit: accountId(debit), credit: accountId(credit), amount });
  };
  for (const { material, netG, amountIdr } of deposit.lines) {
    const grams = { ledger: gramsLedger(material), wasteBank };
    const worth = { ledger: "IDR", wasteBank, part: material };
    move({ kind: "sold", ...grams, part: SOLD_BEFORE }, { kind: "stock", ...grams }, netG);
    move({ kind: "cost_before", ...worth }, { kind: "stock_value", ...worth }, amountIdr);
  }
  await lockAccounts(tx, [...keys.values()], nowMs);
  const journal = await postJournalWithin(tx, {
    idempotencyKey: keyOf(deposit.id),
    kind: "imported_sold",
    actor: deposit.actor,
    occurredMs: deposit.bookedMs,
    transfers,
  });
  // The same transaction has just brought all of it in.
  if (journal.kind === "refused")
    throw new TypeError(`the waste of deposit ${deposit.id} cannot leave the store: ${journal.refusal}`);
}

/** The journal that has taken the waste of a deposit out of the store; null when it was not an older book's. */
export async function writtenOutBy(tx: Tx, deposit: string): Promise<string | null> {
  const row = await tx
    .selectFrom("journals")
    .select("id")
    .where("idempotency_key", "=", keyOf(deposit))
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Puts the waste of a deposit that is about to be taken back into the store again, where it was written out. */
export async function putBackIntoStore(
  tx: Tx,
  deposit: { id: string; journalId: string },
  reversal: { id: string; actor: string; occurredMs: number },
): Promise<void> {
  const writtenOut = await writtenOutBy(tx, deposit.id);
  if (writtenOut === null) return;
  // With those that the deposit's own reversal moves: locked later they would be out of the order of everyone else.
  await lockAccountsOf(tx, [writtenOut, deposit.journalId]);
  const { id, actor, occurredMs } = reversal;
  const request = await reversalOf(tx, writtenOut, {
    idempotencyKey: `imported_sold_void:${id}`,
    kind: "imported_sold_void",
    actor,
    occurredMs,
  });
  const journal = await postJournalWithin(tx, request);
  if (journal.kind === "refused")
    throw new TypeError(`the waste of deposit ${deposit.id} cannot come back: ${journal.refusal}`);
}

function keyOf(deposit: string): string {
  return `imported_sold:${deposit}`;
}
