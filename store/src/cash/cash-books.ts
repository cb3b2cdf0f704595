/** How cash gets into the books: locks, accounts, and one journal. */
import { type AccountKey, accountId, openAccounts } from "../ledger/account.ts";
import { type JournalRequest, postJournalWithin, reversalOf } from "../ledger/post-journal.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";

/** Cash in the safe of a waste bank. */
export function vaultKey(wasteBank: string): AccountKey {
  return { kind: "cash_vault", ledger: "IDR", wasteBank };
}

/** What counts have found too much at a waste bank, less what they have found missing. */
export function overShortKey(wasteBank: string): AccountKey {
  return { kind: "cash_over_short", ledger: "IDR", wasteBank };
}

/** Cash that a terminal has paid and no cashier has answered for. */
export function nodeCashKey(wasteBank: string, node: string): AccountKey {
  return { kind: "node_cash", ledger: "IDR", wasteBank, part: node };
}

/** Money that a waste bank has with a provider. */
export function providerKey(wasteBank: string, provider: string): AccountKey {
  return { kind: "provider_float", ledger: "IDR", wasteBank, part: provider };
}

/** One amount from one account to another; an amount of 0 moves nothing. */
export interface CashTransfer {
  debit: AccountKey;
  credit: AccountKey;
  amountIdr: number;
}

/** A journal of cash. `key`: the idempotency key. */
export interface CashJournal {
  key: string;
  kind: string;
  user: string;
  occurredMs: number;
}

/** Makes what `user` does wait for what the same user is doing elsewhere, such as a second tab. */
export async function takeTurnOf(tx: Tx, user: string): Promise<void> {
  if (engineOf(tx) === "sqlite") return;
  await tx.selectFrom("users").select("id").where("id", "=", user).forNoKeyUpdate().execute();
}

/** Locks accounts in the order in which journals do, opening those that are not there yet. */
export async function lockCashAccounts(tx: Tx, keys: AccountKey[], nowMs: number): Promise<void> {
  await openAccounts(tx, keys, nowMs);
  if (engineOf(tx) === "sqlite") return;
  const ids = keys.map(accountId);
  await tx
    .selectFrom("accounts")
    .select("id")
    .where("id", "in", ids)
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
}

/**
 * Posts transfers of cash; null when there are none with an amount. Answers `overdraft` where an account holds too little.
 * Throws on every other refusal, because only a defect leads to it.
 */
export async function postCash(
  tx: Tx,
  { key, kind, user, occurredMs }: CashJournal,
  transfers: CashTransfer[],
): Promise<{ journalId: string | null } | "overdraft"> {
  const moving = transfers.filter(({ amountIdr }) => amountIdr > 0);
  if (moving.length === 0) return { journalId: null };
  await openAccounts(
    tx,
    [
      ...new Map(
        moving.flatMap(({ debit, credit }) => [debit, credit]).map((one) => [accountId(one), one]),
      ).values(),
    ],
    occurredMs,
  );
  return await postOrOverdraft(tx, {
    idempotencyKey: key,
    kind,
    actor: `user:${user}`,
    occurredMs,
    transfers: moving.map(({ debit, credit, amountIdr }) => ({
      phase: "post",
      debit: accountId(debit),
      credit: accountId(credit),
      amount: amountIdr,
    })),
  });
}

/** Takes a journal of cash back. Answers `overdraft` where the money has gone on meanwhile. */
export async function reverseCash(
  tx: Tx,
  { key, kind, user, occurredMs }: CashJournal,
  journalId: string,
): Promise<{ journalId: string } | "overdraft"> {
  const request = await reversalOf(tx, journalId, {
    idempotencyKey: key,
    kind,
    actor: `user:${user}`,
    occurredMs,
  });
  return await postOrOverdraft(tx, request);
}

async function postOrOverdraft(
  tx: Tx,
  request: JournalRequest,
): Promise<{ journalId: string } | "overdraft"> {
  const outcome = await postJournalWithin(tx, request);
  if (outcome.kind !== "refused") return { journalId: outcome.journalId };
  if (outcome.refusal === "overdraft") return "overdraft";
  throw new Error(`the ledger refuses journal ${request.idempotencyKey}: ${outcome.refusal}`);
}
