/**
 * Accounts of the ledger.
 *
 * An account counts one thing (its ledger: `IDR`, or `g:{material}` for grams of one material) for one owner. Its id is
 * built from what it is, so that whoever needs it finds it without asking.
 */
import type { Db } from "../relational/relational-store.ts";

/** Kinds of account, each with its normal side and whether it may fall below zero. */
export const ACCOUNT_KINDS = {
  /** What a waste bank owes a member. */
  member_savings: { normal: "C", floorZero: true },
  /** What a waste bank has paid or owes for the waste in its store. */
  stock_value: { normal: "D", floorZero: true },
  /** Grams of a material in a waste bank's store. */
  stock: { normal: "D", floorZero: true },
  /** Grams of a material that members have brought: where stock comes from. */
  intake: { normal: "C", floorZero: true },
} as const satisfies Record<string, { normal: "D" | "C"; floorZero: boolean }>;

export type AccountKind = keyof typeof ACCOUNT_KINDS;

/** What an account is: enough to build its id. */
export interface AccountKey {
  kind: AccountKind;
  /** `IDR`, or `g:{material}`. */
  ledger: string;
  wasteBank: string;
  member?: string;
}

/** An account with its four counters, in whole units of its ledger. */
export interface Account extends AccountKey {
  id: string;
  debitsPosted: number;
  creditsPosted: number;
  debitsPending: number;
  creditsPending: number;
}

/** Id of the account that counts `ledger` of this kind for this owner. */
export function accountId({ kind, ledger, wasteBank, member }: AccountKey): string {
  return [kind, ledger, wasteBank, member].filter((part) => part !== undefined).join("/");
}

/** Ledger that counts grams of one material. */
export function gramsLedger(material: string): string {
  return `g:${material}`;
}

/** Makes the accounts that do not exist yet. */
export async function openAccounts(db: Db, keys: AccountKey[], nowMs: number): Promise<void> {
  if (keys.length === 0) return;
  // In one order for everyone: two that make the same accounts wait for each other's, and would deadlock in arbitrary order.
  const rows = keys.map((key) => ({ id: accountId(key), key })).sort((a, b) => (a.id < b.id ? -1 : 1));
  await db
    .insertInto("accounts")
    .values(
      rows.map(({ id, key }) => ({
        id,
        ledger: key.ledger,
        kind: key.kind,
        waste_bank_id: key.wasteBank,
        member_id: key.member ?? null,
        normal: ACCOUNT_KINDS[key.kind].normal,
        floor_zero: ACCOUNT_KINDS[key.kind].floorZero ? (1 as const) : (0 as const),
        created_ms: nowMs,
      })),
    )
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

/** The account of this id; null when it was never opened. */
export async function findAccount(db: Db, id: string): Promise<Account | null> {
  const row = await db.selectFrom("accounts").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : toAccount(row);
}

/** Every account of a member, over all waste banks. */
export async function accountsOfMember(db: Db, member: string): Promise<Account[]> {
  const rows = await db
    .selectFrom("accounts")
    .selectAll()
    .where("member_id", "=", member)
    .orderBy("id")
    .execute();
  return rows.map(toAccount);
}

/** Units on the account's normal side that are posted. */
export function balanceOf(account: Account): number {
  const { debitsPosted, creditsPosted } = account;
  return ACCOUNT_KINDS[account.kind].normal === "C"
    ? creditsPosted - debitsPosted
    : debitsPosted - creditsPosted;
}

/** Units that may still leave the account: posted, less what is pending to leave. */
export function availableOf(account: Account): number {
  const leaving = ACCOUNT_KINDS[account.kind].normal === "C" ? account.debitsPending : account.creditsPending;
  return balanceOf(account) - leaving;
}

function toAccount(row: {
  id: string;
  kind: string;
  ledger: string;
  waste_bank_id: string;
  member_id: string | null;
  debits_posted: number;
  credits_posted: number;
  debits_pending: number;
  credits_pending: number;
}): Account {
  if (!(row.kind in ACCOUNT_KINDS))
    throw new TypeError(`account ${row.id} is of the unknown kind ${row.kind}`);
  return {
    id: row.id,
    kind: row.kind as AccountKind,
    ledger: row.ledger,
    wasteBank: row.waste_bank_id,
    ...(row.member_id === null ? {} : { member: row.member_id }),
    debitsPosted: row.debits_posted,
    creditsPosted: row.credits_posted,
    debitsPending: row.debits_pending,
    creditsPending: row.credits_pending,
  };
}
