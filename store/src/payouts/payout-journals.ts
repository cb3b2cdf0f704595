/**
 * Journals of a payout. Every key names payout and hold or attempt, so that no step is posted twice.
 *
 * Settling and paying out are two journals, so that each can be taken back by its mirror image: first the money comes back to
 * clearing, then from clearing to the member.
 */
import { type AccountKey, accountId, openAccounts } from "../ledger/account.ts";
import { holdAccounts } from "../ledger/lock-accounts.ts";
import {
  type JournalRequest,
  postJournalWithin,
  reversalOf,
  type TransferRequest,
} from "../ledger/post-journal.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { openForArrival } from "../savings/book-arrivals.ts";
import { savingsKey } from "../savings/books.ts";
import { type Payout, takenIdr } from "./payout.ts";

/** What every journal says of itself. */
export interface Doing {
  actor: string;
  nowMs: number;
}

/** Account of what has left the savings of a waste bank's members and is on its way out. */
export function clearingKey(wasteBank: string): AccountKey {
  return { kind: "payout_clearing", ledger: "IDR", wasteBank };
}

/** Account of what is owed to somebody who is a member no longer. */
export function owedKey({ wasteBank, member }: Pick<Payout, "wasteBank" | "member">): AccountKey {
  return { kind: "owed_to_former", ledger: "IDR", wasteBank, member };
}

/** Account of the money that a waste bank has with a provider. */
export function floatKey(wasteBank: string, provider: string): AccountKey {
  return { kind: "provider_float", ledger: "IDR", wasteBank, part: provider };
}

/** Account of the fees that a waste bank bears. What members pay towards fees is on its other side. */
export function feesKey(wasteBank: string): AccountKey {
  return { kind: "payout_fees", ledger: "IDR", wasteBank };
}

/** Account of payouts that reached members who could not be charged for them. */
export function lossKey(wasteBank: string): AccountKey {
  return { kind: "expense", ledger: "IDR", wasteBank, part: "payout-loss" };
}

/** Holds amount and fee; `overdraft` when the book has too little. The first transfer is the amount, the second the fee. */
export async function placeHold(
  tx: Tx,
  payout: Payout,
  { n, actor, nowMs }: Doing & { n: number },
): Promise<"held" | "overdraft"> {
  const clearing = clearingKey(payout.wasteBank);
  await openAccounts(tx, [clearing], nowMs);
  const debit = accountId(savingsKey(payout));
  const credit = accountId(clearing);
  const parts = [payout.amountIdr, takenIdr(payout) - payout.amountIdr].filter((amount) => amount > 0);
  const outcome = await postJournalWithin(tx, {
    idempotencyKey: `payout_hold:${payout.id}:${n}`,
    kind: "payout_hold",
    actor,
    occurredMs: nowMs,
    transfers: parts.map((amount) => ({ phase: "pend", debit, credit, amount })),
  });
  if (outcome.kind === "refused") {
    // A book that nothing was ever paid into has no account.
    if (outcome.refusal === "overdraft" || outcome.refusal === "account_mismatch") return "overdraft";
    throw new Error(`the ledger refuses the hold of payout ${payout.id}: ${outcome.refusal}`);
  }
  await tx
    .insertInto("payout_holds")
    .values({ payout_id: payout.id, n, journal_id: outcome.journalId, resolution: null, resolved_ms: null })
    .execute();
  return "held";
}

/** Gives the held money back to the book. */
export async function voidHold(tx: Tx, payout: Payout, { actor, nowMs }: Doing): Promise<void> {
  const { n, held } = await openHold(tx, payout.id);
  await post(tx, {
    idempotencyKey: `payout_give_back:${payout.id}:${n}`,
    kind: "payout_give_back",
    actor,
    occurredMs: nowMs,
    transfers: held.map((pending) => ({ phase: "void", pending })),
  });
  await closeHold(tx, { payout: payout.id, n, resolution: "voided", nowMs });
}

/** What leaves clearing for where, and what the provider has taken for it, whole rupiah. */
export interface Leaving extends Doing {
  /** `provider_float` or `cash_drawer`. */
  from: AccountKey;
  providerFeeIdr: number;
}

/**
 * Takes the held money out of the book and out of the house: settle, out, fee. Answers the journal of the way out.
 *
 * The member is charged the fee of the request; what the provider really took may differ, and the waste bank bears the rest.
 */
export async function payHeld(
  tx: Tx,
  payout: Payout,
  { from, providerFeeIdr, actor, nowMs }: Leaving,
): Promise<string> {
  const { n, held } = await openHold(tx, payout.id);
  const [amountHeld = "", feeHeld] = held;
  const clearing = accountId(clearingKey(payout.wasteBank));
  const source = accountId(from);
  const fees = feesKey(payout.wasteBank);
  await openAccounts(tx, [from, fees], nowMs);
  // Several journals of one transaction would else lock in the order of the first.
  await holdAccounts(tx, [clearing, source, accountId(fees), accountId(savingsKey(payout))]);
  const about = { actor, occurredMs: nowMs };
  await post(tx, {
    ...about,
    idempotencyKey: `payout_settle:${payout.id}:${n}`,
    kind: "payout_settle",
    transfers: [{ phase: "settle", pending: amountHeld }],
  });
  const out = await post(tx, {
    ...about,
    idempotencyKey: `payout_out:${payout.id}:${n}`,
    kind: "payout_out",
    transfers: [{ phase: "post", debit: clearing, credit: source, amount: payout.amountIdr }],
  });
  const fee: TransferRequest[] = [];
  if (feeHeld !== undefined) {
    fee.push({ phase: "settle", pending: feeHeld });
    fee.push({ phase: "post", debit: clearing, credit: accountId(fees), amount: payout.feeIdr });
  }
  if (providerFeeIdr > 0)
    fee.push({ phase: "post", debit: accountId(fees), credit: source, amount: providerFeeIdr });
  if (fee.length > 0) {
    await post(tx, {
      ...about,
      idempotencyKey: `payout_fee:${payout.id}:${n}`,
      kind: "payout_fee",
      transfers: fee,
    });
  }
  await closeHold(tx, { payout: payout.id, n, resolution: "settled", nowMs });
  return out;
}

/**
 * Brings a paid payout back to the book: out and settle are mirrored, in that order. The provider keeps its fee. The book of a
 * member who has left takes nothing any more: what comes back is then `owed_to_former`, which is answered.
 */
export async function bringBack(
  tx: Tx,
  payout: Payout,
  { from, actor, nowMs }: Omit<Leaving, "providerFeeIdr">,
): Promise<"to_book" | "owed_to_former"> {
  const { n } = await tx
    .selectFrom("payout_holds")
    .select("n")
    .where("payout_id", "=", payout.id)
    .where("resolution", "=", "settled")
    .executeTakeFirstOrThrow();
  const isFormer = await hasLeft(tx, payout);
  const to = isFormer ? owedKey(payout) : savingsKey(payout);
  if (isFormer) await openAccounts(tx, [to], nowMs);
  else await openForArrival(tx, payout, { actor, nowMs, reason: "a payout came back" });
  // Several journals of one transaction would else lock in the order of the first.
  await holdAccounts(tx, [to, clearingKey(payout.wasteBank), feesKey(payout.wasteBank), from].map(accountId));
  const steps = [
    ["payout_out", "payout_return"],
    ["payout_settle", "payout_credit_back"],
  ] as const;
  for (const [what, kind] of isFormer ? steps.slice(0, 1) : steps) {
    const journal = await tx
      .selectFrom("journals")
      .select("id")
      .where("idempotency_key", "=", `${what}:${payout.id}:${n}`)
      .executeTakeFirstOrThrow();
    const idempotencyKey = `${kind}:${payout.id}:${n}`;
    await post(tx, await reversalOf(tx, journal.id, { idempotencyKey, kind, actor, occurredMs: nowMs }));
  }
  if (isFormer) {
    const [debit, credit] = [accountId(clearingKey(payout.wasteBank)), accountId(to)];
    await post(tx, {
      idempotencyKey: `payout_owed:${payout.id}:${n}`,
      kind: "payout_owed",
      actor,
      occurredMs: nowMs,
      transfers: [{ phase: "post", debit, credit, amount: payout.amountIdr }],
    });
  }
  const outcome = isFormer ? "owed_to_former" : "to_book";
  if (!payout.isFeeRefunded || payout.feeBearer !== "member" || payout.feeIdr === 0) return outcome;
  await post(tx, {
    idempotencyKey: `payout_fee_refund:${payout.id}:${n}`,
    kind: "payout_fee_refund",
    actor,
    occurredMs: nowMs,
    transfers: [
      {
        phase: "post",
        debit: accountId(feesKey(payout.wasteBank)),
        credit: accountId(to),
        amount: payout.feeIdr,
      },
    ],
  });
  return outcome;
}

/** Tells whether the member has left. Who closes a member holds the books, so that nobody leaves until the transaction ends. */
async function hasLeft(tx: Tx, { member, wasteBank, product }: Payout): Promise<boolean> {
  await tx
    .selectFrom("books")
    .select("id")
    .where("member_id", "=", member)
    .where("waste_bank_id", "=", wasteBank)
    .where("product_id", "=", product)
    .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
    .execute();
  const { closed_ms } = await tx
    .selectFrom("members")
    .select("closed_ms")
    .where("id", "=", member)
    .executeTakeFirstOrThrow();
  return closed_ms !== null;
}

/** Books money that reached the member by this attempt, and cannot be charged, as the waste bank's loss. */
export async function writeOff(
  tx: Tx,
  payout: Payout,
  { attempt, provider, actor, nowMs }: Doing & { attempt: string; provider: string },
): Promise<void> {
  const [loss, float] = [lossKey(payout.wasteBank), floatKey(payout.wasteBank, provider)];
  await openAccounts(tx, [loss, float], nowMs);
  await post(tx, {
    idempotencyKey: `payout_write_off:${attempt}`,
    kind: "payout_write_off",
    actor,
    occurredMs: nowMs,
    transfers: [
      { phase: "post", debit: accountId(loss), credit: accountId(float), amount: payout.amountIdr },
    ],
  });
}

/** Number of the hold that follows on all that the payout has had. */
export async function nextHold(tx: Tx, payout: string): Promise<number> {
  const { n } = await tx
    .selectFrom("payout_holds")
    .select((select) => select.fn.max("n").as("n"))
    .where("payout_id", "=", payout)
    .executeTakeFirstOrThrow();
  return Number(n ?? 0) + 1;
}

async function openHold(tx: Tx, payout: string): Promise<{ n: number; held: string[] }> {
  const hold = await tx
    .selectFrom("payout_holds")
    .select(["n", "journal_id"])
    .where("payout_id", "=", payout)
    .where("resolution", "is", null)
    .executeTakeFirstOrThrow();
  const rows = await tx
    .selectFrom("transfers")
    .select("id")
    .where("journal_id", "=", hold.journal_id)
    .orderBy("line")
    .execute();
  return { n: hold.n, held: rows.map(({ id }) => id) };
}

async function closeHold(
  tx: Tx,
  {
    payout,
    n,
    resolution,
    nowMs,
  }: { payout: string; n: number; resolution: "settled" | "voided"; nowMs: number },
): Promise<void> {
  await tx
    .updateTable("payout_holds")
    .set({ resolution, resolved_ms: nowMs })
    .where("payout_id", "=", payout)
    .where("n", "=", n)
    .execute();
}

/** Posts what must be possible; a refusal is a defect, and throwing takes all of the transaction back. */
async function post(tx: Tx, request: JournalRequest): Promise<string> {
  const outcome = await postJournalWithin(tx, request);
  if (outcome.kind !== "refused") return outcome.journalId;
  throw new Error(`the ledger refuses journal ${request.idempotencyKey}: ${outcome.refusal}`);
}
