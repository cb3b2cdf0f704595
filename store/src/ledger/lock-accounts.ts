/**
 * Locks accounts whose counters decide what is posted. There is one order for everyone: grams first, then rupiah, each by
 * id. Grams first, because whoever sells learns from them alone whose savings the sale touches.
 */
import { sql } from "kysely";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { statement } from "../relational/statement.ts";
import type { Account, AccountKey } from "./account.ts";
import { accountId, findAccount, openAccounts } from "./account.ts";

/** What the rows of `accounts` are ordered by, before their id, where they are locked. */
const MONEY_LAST = sql<boolean>`accounts.ledger = 'IDR'`;

const lockThese = statement<{ ids: string[] }, { id: string }>((db, slot, engine) => {
  const query = db
    .selectFrom("accounts")
    .select("id")
    .where("id", "in", slot("ids"))
    .orderBy(MONEY_LAST)
    .orderBy("id");
  // A SQLite transaction has the file for itself.
  return engine === "postgres" ? query.forNoKeyUpdate() : query;
});

/**
 * Opens the accounts that do not exist yet and holds them all until the transaction ends, so that what is read from them
 * is still true when it is posted.
 */
export async function lockAccounts(tx: Tx, keys: AccountKey[], nowMs: number): Promise<void> {
  if (keys.length === 0) return;
  const ids = keys.map(accountId);
  const { rows } = await lockThese(tx, { ids });
  const there = new Set(rows.map(({ id }) => id));
  const missing = keys.filter((_, index) => !there.has(ids[index] ?? ""));
  // Almost always all are there, and asking is cheaper than offering rows that are not wanted.
  if (missing.length === 0) return;
  await openAccounts(tx, missing, nowMs);
  await holdAccounts(tx, ids);
}

/** Holds those of the accounts that exist until the transaction ends; in arbitrary order every second pair of journals would deadlock. */
export async function holdAccounts(tx: Tx, ids: Iterable<string>): Promise<void> {
  const each = [...new Set(ids)];
  if (engineOf(tx) === "postgres" && each.length > 0) await lockThese(tx, { ids: each });
}

/** Holds whatever these journals have moved, for those that take them back one by one. */
export async function lockAccountsOf(tx: Tx, journals: string[]): Promise<void> {
  if (engineOf(tx) === "sqlite" || journals.length === 0) return;
  const moved = (side: "debit_account_id" | "credit_account_id") =>
    tx.selectFrom("transfers").select(side).where("journal_id", "in", journals);
  await tx
    .selectFrom("accounts")
    .select("id")
    .where((eb) =>
      eb.or([eb("id", "in", moved("debit_account_id")), eb("id", "in", moved("credit_account_id"))]),
    )
    .orderBy(MONEY_LAST)
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
}

/** The account of a key that was locked before. Throws when it does not exist. */
export async function lockedAccount(tx: Tx, key: AccountKey): Promise<Account> {
  const account = await findAccount(tx, accountId(key));
  if (account === null) throw new TypeError(`account ${accountId(key)} was not opened`);
  return account;
}
