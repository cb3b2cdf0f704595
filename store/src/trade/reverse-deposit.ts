/** Takes a deposit back: what voids and corrections share. The deposit itself stays in the books. */
import { sql } from "kysely";
import { openShiftOf } from "../cash/shifts.ts";
import {
  ACCOUNT_KINDS,
  type Account,
  type AccountKey,
  type AccountKind,
  availableOf,
  findAccount,
  gramsLedger,
} from "../ledger/account.ts";
import { type JournalRequest, postJournalWithin, reversalOf } from "../ledger/post-journal.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { printable } from "../rows/printable.ts";
import { type DepositRefusal, type DepositRefusalCode, refusedDeposit } from "./deposit-refusal.ts";
import { findDeposit, type PostedDeposit } from "./deposits.ts";
import { putBackIntoStore } from "./sold-before.ts";

/** A deposit that is held until the transaction ends. */
export interface HeldDeposit extends PostedDeposit {
  journalId: string;
  /** Where the cash came from that the member got at once; null when there was none. */
  cashFrom: AccountKey | null;
}

/** Who takes a deposit back, and why. */
export interface Reversal {
  /** Id of the void or correction, and the hash of the request that brought it. */
  id: string;
  bodyHash: string;
  kind: "void" | "correction";
  /** The user; null when the terminal that took the deposit does it. */
  by: string | null;
  actor: string;
  reason: string;
  occurredMs: number;
  receivedMs: number;
}

/** The deposit of this id, held so that nobody else takes it back meanwhile; null when there is none. */
export async function holdDeposit(tx: Tx, id: string): Promise<HeldDeposit | null> {
  const query = tx.selectFrom("deposits").select("journal_id").where("id", "=", id);
  const row = await (engineOf(tx) === "postgres" ? query.forNoKeyUpdate() : query).executeTakeFirst();
  if (row === undefined) return null;
  const deposit = await findDeposit(tx, id);
  if (deposit === null) return null;
  return { ...deposit, journalId: row.journal_id, cashFrom: await cashFromOf(tx, row.journal_id) };
}

async function cashFromOf(tx: Tx, journalId: string): Promise<AccountKey | null> {
  const row = await tx
    .selectFrom("transfers")
    .innerJoin("accounts", "accounts.id", "transfers.credit_account_id")
    .select("accounts.id")
    .where("transfers.journal_id", "=", journalId)
    .where("accounts.kind", "in", ["cash_drawer", "node_cash"])
    .executeTakeFirst();
  return row === undefined ? null : await findAccount(tx, row.id);
}

/** Reverses the journal of a deposit and keeps the reason. A refusal leaves rows behind: run it within a savepoint. */
export async function reverseDeposit(
  tx: Tx,
  deposit: HeldDeposit,
  reversal: Reversal,
): Promise<{ kind: "reversed" } | DepositRefusal> {
  const fault = alreadyVoided(deposit) ?? (await faultOfCash(tx, deposit));
  if (fault !== null) return fault;
  await putBackIntoStore(tx, deposit, reversal);
  const request = await reversalOf(tx, deposit.journalId, {
    idempotencyKey: `deposit_${reversal.kind}:${reversal.id}`,
    kind: `deposit_${reversal.kind}`,
    actor: reversal.actor,
    occurredMs: reversal.occurredMs,
  });
  const journal = await postJournalWithin(tx, request);
  if (journal.kind === "refused") {
    if (journal.refusal !== "overdraft")
      return refusedDeposit("conflict", `deposit ${deposit.id} cannot be taken back: ${journal.refusal}`);
    return await shortageOf(tx, deposit, request);
  }
  // After the journal, which holds the account of the consigned grams: whoever sells them waits, or has been seen.
  const gone = await consignedGone(tx, deposit);
  if (gone !== null) return gone;
  await tx
    .insertInto("deposit_voids")
    .values({
      id: reversal.id,
      body_hash: reversal.bodyHash,
      deposit_id: deposit.id,
      kind: reversal.kind,
      voided_by: reversal.by,
      reason: printable(reversal.reason),
      journal_id: journal.journalId,
      occurred_ms: reversal.occurredMs,
      received_ms: reversal.receivedMs,
    })
    .execute();
  return { kind: "reversed" };
}

function alreadyVoided({ id, voided }: PostedDeposit): DepositRefusal | null {
  if (voided === null) return null;
  return refusedDeposit(
    "already_voided",
    `deposit ${id} was taken back before, by ${voided.kind} ${voided.id}: nothing is left to take back`,
  );
}

/** Cash goes back into the drawer that it came from, and only while that has not been counted. */
async function faultOfCash(tx: Tx, deposit: HeldDeposit): Promise<DepositRefusal | null> {
  const { cashFrom, totalIdr, wasteBank, receivedMs } = deposit;
  if (cashFrom?.kind !== "cash_drawer") return null;
  const shift = await openShiftOf(tx, cashFrom.part ?? "");
  if (shift !== null && shift.wasteBank === wasteBank && shift.openedMs <= receivedMs) return null;
  return refusedDeposit(
    "shift_closed",
    `the shift that paid Rp ${totalIdr} is closed and its drawer counted, so the money cannot go back into it: leave the deposit as it is, and let the member bring the difference as a movement of cash into the safe`,
  );
}

/** Refusal when some of the deposit's waste, which waits to be paid for, was sold or lost. */
async function consignedGone(tx: Tx, deposit: PostedDeposit): Promise<DepositRefusal | null> {
  if (deposit.settlement !== "share_of_sale" || deposit.purpose === "donate") return null;
  const { rows } = await sql<{ gone: number }>`
    select cast(coalesce(sum(grams), 0) as ${sql.raw(engineOf(tx) === "sqlite" ? "integer" : "bigint")}) as gone from (
      select s.grams from consignment_sales s where s.deposit_id = ${deposit.id}
        and not exists (select 1 from sale_voids v where v.sale_id = s.sale_id)
      union all select l.grams from consignment_losses l where l.deposit_id = ${deposit.id}
    ) parts`.execute(tx);
  const gone = rows[0]?.gone ?? 0;
  if (gone === 0) return null;
  return refusedDeposit(
    "sold",
    `${gone} g of its waste were sold already or are missing from the store: void that sale first, or settle the rest with the member`,
  );
}

/** What is missing where the reversal would leave less than nothing. */
async function shortageOf(
  tx: Tx,
  deposit: PostedDeposit,
  { transfers }: JournalRequest,
): Promise<DepositRefusal> {
  const leaving = new Map<string, number>();
  const add = (id: string, amount: number) => leaving.set(id, (leaving.get(id) ?? 0) + amount);
  for (const transfer of transfers) {
    if (!("amount" in transfer)) continue;
    add(transfer.debit, transfer.amount);
    add(transfer.credit, -transfer.amount);
  }
  for (const [id, debited] of leaving) {
    const account = await findAccount(tx, id);
    if (account === null) continue;
    const outflow = ACCOUNT_KINDS[account.kind].normal === "C" ? debited : -debited;
    const missing = outflow - availableOf(account);
    const shortage = SHORTAGES[account.kind];
    if (missing > 0 && shortage !== undefined)
      return refusedDeposit(shortage.code, shortage.words(missing, materialOf(account)));
  }
  return refusedDeposit(
    "sold",
    `deposit ${deposit.id} cannot be taken back: what it brought has moved on since`,
  );
}

/** Material of an account of stock, by its ledger of grams or, of money, by its part. */
function materialOf({ ledger, part }: Account): string {
  return ledger === "IDR" ? (part ?? "") : ledger.slice(gramsLedger("").length);
}

/** What it means that an account holds too little, of rupiah or of grams of a material. */
const SHORTAGES: Partial<
  Record<AccountKind, { code: DepositRefusalCode; words: (missing: number, material: string) => string }>
> = {
  member_savings: {
    code: "spent",
    words: (missing) =>
      `the member has spent or withdrawn the money: Rp ${missing} are missing on the book; let the member pay them in first`,
  },
  node_cash: {
    code: "spent",
    words: (missing) =>
      `Rp ${missing} of the cash that the terminal paid were answered for by a cashier already: settle it with the cashier`,
  },
  stock: {
    code: "sold",
    words: (missing, material) =>
      `${missing} g of ${material} have left the store since: void their sale first`,
  },
  stock_value: {
    code: "sold",
    words: (missing, material) =>
      `the store of ${material} is worth Rp ${missing} too little to take the deposit out of it: its waste was sold since`,
  },
};
