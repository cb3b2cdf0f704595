/**
 * Accounts of the ledger.
 *
 * An account counts one thing (its ledger: `IDR`, or `g:{material}` for grams of one material) for one owner. Its id is
 * built from what it is, so that whoever needs it finds it without asking.
 */
import type { Db } from "../relational/relational-store.ts";

/**
 * Kinds of account, each with its normal side and whether it may fall below zero. Where several of a kind belong to one
 * owner, the comment says what their `AccountKey.part` names.
 *
 * A kind may fall below zero where what it counts has happened already and must not be refused: money that a provider has
 * paid out, or a loss.
 */
export const ACCOUNT_KINDS = {
  /** What a waste bank owes a member. Part: the savings product. */
  member_savings: { normal: "C", floorZero: true },
  /** What has left the savings and is on its way out. */
  payout_clearing: { normal: "C", floorZero: true },
  /** What came back for members who had left: owed to the person, and on no book. */
  owed_to_former: { normal: "C", floorZero: true },
  /** Money that lies with a payment provider. Part: the provider. */
  provider_float: { normal: "D", floorZero: false },
  /** Fees of providers that the waste bank bears. */
  payout_fees: { normal: "D", floorZero: false },
  /** Cash in the safe. */
  cash_vault: { normal: "D", floorZero: true },
  /** Cash in a cashier's drawer. Part: the user. */
  cash_drawer: { normal: "D", floorZero: true },
  /** Cash that a terminal says was paid at it and no cashier has answered for yet. Part: the node. */
  node_cash: { normal: "C", floorZero: true },
  /** What a counted drawer had too much; below zero: too little. */
  cash_over_short: { normal: "C", floorZero: false },
  /** The waste bank's own account at a bank. */
  bank_account: { normal: "D", floorZero: true },
  /** What its founders, the regency or members have put into the waste bank, less what was taken out. */
  capital: { normal: "C", floorZero: false },
  /** Worth of the waste that members gave away. */
  donations: { normal: "C", floorZero: false },
  /** What a waste bank has paid or owes for the waste in its store. Part: the material. */
  stock_value: { normal: "D", floorZero: true },
  /** What was sold. Part: the material. */
  sales: { normal: "C", floorZero: false },
  /** What the waste that was sold had cost. Part: the material. */
  cost_of_sales: { normal: "D", floorZero: false },
  /** What the waste of an older book had cost, which was sold before these books began. Part: the material. */
  cost_before: { normal: "D", floorZero: false },
  /** What the waste that was lost had cost; below zero: what was found. Part: the material. */
  shrinkage_value: { normal: "D", floorZero: false },
  /** What a buyer owes. Part: `off-taker:{id}`, or `waste-bank:{id}` of the waste bank that bought. */
  receivable: { normal: "D", floorZero: true },
  /** What a waste bank owes the waste bank that it bought from. Part: that waste bank. */
  payable: { normal: "C", floorZero: true },
  /** What the waste bank has spent. Part: the category. */
  expense: { normal: "D", floorZero: false },
  /** Grams of a material in a waste bank's store. Part `consigned`: those that are paid for only when they are sold. */
  stock: { normal: "D", floorZero: true },
  /** Grams of a material that members have brought: where stock comes from. */
  intake: { normal: "C", floorZero: true },
  /** Grams that other waste banks have delivered. */
  received: { normal: "C", floorZero: true },
  /** Grams that were found beyond the books. */
  surplus: { normal: "C", floorZero: true },
  /** Grams that buyers have accepted. Part `imported`: those of an older book, which no sale tells of. */
  sold: { normal: "D", floorZero: true },
  /** Grams that were delivered to another waste bank. */
  delivered: { normal: "D", floorZero: true },
  /** Grams that were lost: dried, spilt, miscounted or gone. */
  shrinkage: { normal: "D", floorZero: true },
  /** Grams that buyers refused and that were thrown away. */
  rejects: { normal: "D", floorZero: true },
} as const satisfies Record<string, { normal: "D" | "C"; floorZero: boolean }>;

export type AccountKind = keyof typeof ACCOUNT_KINDS;

/** What an account is: enough to build its id. */
export interface AccountKey {
  kind: AccountKind;
  /** `IDR`, or `g:{material}`. */
  ledger: string;
  wasteBank: string;
  member?: string;
  /** What tells accounts of one kind and owner apart: see ACCOUNT_KINDS. */
  part?: string;
}

/** An account with its four counters, in whole units of its ledger. */
export interface Account extends AccountKey {
  id: string;
  debitsPosted: number;
  creditsPosted: number;
  debitsPending: number;
  creditsPending: number;
}

/** Id of the account that counts `ledger` of this kind for this owner: no two keys share one. */
export function accountId({ kind, ledger, wasteBank, member, part }: AccountKey): string {
  const owner = [kind, ledger, wasteBank];
  if (part !== undefined) return [...owner, member ?? "", part].join("/");
  return (member === undefined ? owner : [...owner, member]).join("/");
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
        part: key.part ?? null,
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
  part: string | null;
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
    ...(row.part === null ? {} : { part: row.part }),
    debitsPosted: row.debits_posted,
    creditsPosted: row.credits_posted,
    debitsPending: row.debits_pending,
    creditsPending: row.credits_pending,
  };
}
