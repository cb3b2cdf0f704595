/** Takes a buyer's payment for a sale. A parent's payment leaves the parent's own books in the same transaction. */
import { type AccountKey, accountId, openAccounts } from "../ledger/account.ts";
import { postJournalWithin, type TransferRequest } from "../ledger/post-journal.ts";
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { faultOfMoment, refuse, type StockRefusal } from "./refusal.ts";
import { payableKey, receivableKey } from "./sale-movements.ts";
import { lockSale, type SaleParties } from "./sales.ts";
import type { MoneyPlace } from "./sell.ts";

/** A payment that is asked for. `from`: where a parent's money comes from; null when the buyer is an off-taker. */
export interface NewPayment {
  id: string;
  sale: string;
  into: MoneyPlace;
  from: MoneyPlace | null;
  amountIdr: number;
  /** Null: now. */
  occurredMs: number | null;
  /** Who took the money, such as `user:{id}`. */
  paidBy: string;
}

/** What became of it. `replayed`: the same payment had been posted before. */
export type PaymentOutcome = { kind: "posted" | "replayed" } | StockRefusal;

/** Posts a payment within the caller's transaction, which stays usable when it is refused. */
export async function pay(tx: Tx, payment: NewPayment, nowMs: number): Promise<PaymentOutcome> {
  const bodyHash = requestHash({ ...payment });
  const sale = await lockSale(tx, payment.sale);
  if (sale === null) return refuse("unknown_sale", `there is no sale ${payment.sale}`);
  // Behind the lock, so that what was paid by the same request while this one waited is seen.
  const before = await tx
    .selectFrom("sale_payments")
    .select("body_hash")
    .where("id", "=", payment.id)
    .executeTakeFirst();
  if (before !== undefined) {
    if (before.body_hash === bodyHash) return { kind: "replayed" };
    return refuse("id_taken", `there is another payment ${payment.id}; draw a new id`);
  }
  const occurredMs = payment.occurredMs ?? nowMs;
  const fault = faultOfMoment(occurredMs, nowMs) ?? (await faultOfPayment(tx, payment, sale));
  if (fault !== null) return fault;

  await openAccounts(tx, accountsOfPayment(payment, sale), nowMs);
  const journal = await postJournalWithin(tx, {
    idempotencyKey: `sale_payment:${payment.id}`,
    kind: "sale_payment",
    actor: payment.paidBy,
    occurredMs,
    transfers: pairsOf(payment, sale).map(
      ([debit, credit]): TransferRequest => ({
        phase: "post",
        debit: accountId(debit),
        credit: accountId(credit),
        amount: payment.amountIdr,
      }),
    ),
  });
  if (journal.kind === "refused") return refusedByLedger(journal.refusal, payment, sale);
  await tx
    .insertInto("sale_payments")
    .values({
      id: payment.id,
      body_hash: bodyHash,
      sale_id: payment.sale,
      into_kind: payment.into,
      from_kind: payment.from,
      amount_idr: payment.amountIdr,
      journal_id: journal.journalId,
      occurred_ms: occurredMs,
      paid_by: payment.paidBy,
      created_ms: nowMs,
    })
    .execute();
  await recordDeed(tx, {
    actor: payment.paidBy,
    action: "sale.paid",
    subject: `sale:${payment.sale}`,
    atMs: nowMs,
  });
  return { kind: "posted" };
}

async function faultOfPayment(
  tx: Tx,
  { from, amountIdr, sale: id }: NewPayment,
  sale: SaleParties,
): Promise<StockRefusal | null> {
  if (sale.isVoided) return refuse("already_voided", `sale ${id} was voided; nothing is owed for it`);
  if ("wasteBank" in sale.buyer && from === null)
    return refuse("payer_unclear", "say by `from` whether the parent pays from its cash or its bank account");
  if ("offTaker" in sale.buyer && from !== null)
    return refuse(
      "payer_unclear",
      "leave `from` out: where an off-taker's money comes from is not in our books",
    );
  const { paid } = await tx
    .selectFrom("sale_payments")
    .select((eb) => eb.cast<number>(eb.fn.coalesce(eb.fn.sum("amount_idr"), eb.lit(0)), "bigint").as("paid"))
    .where("sale_id", "=", id)
    .executeTakeFirstOrThrow();
  if (paid + amountIdr <= sale.totalIdr) return null;
  return refuse("overpaid", `of sale ${id} Rp ${sale.totalIdr - paid} are still owed, not Rp ${amountIdr}`);
}

/** Accounts that a payment moves. */
export function accountsOfPayment(
  payment: Pick<NewPayment, "into" | "from">,
  sale: Pick<SaleParties, "wasteBank" | "buyer">,
): AccountKey[] {
  return pairsOf(payment, sale).flat();
}

/** Debit and credit of each movement of a payment. */
function pairsOf(
  { into, from }: Pick<NewPayment, "into" | "from">,
  { wasteBank, buyer }: Pick<SaleParties, "wasteBank" | "buyer">,
): [AccountKey, AccountKey][] {
  const pairs: [AccountKey, AccountKey][] = [
    [{ kind: into, ledger: "IDR", wasteBank }, receivableKey(wasteBank, buyer)],
  ];
  if ("wasteBank" in buyer && from !== null) {
    const parent = buyer.wasteBank;
    pairs.push([payableKey(parent, wasteBank), { kind: from, ledger: "IDR", wasteBank: parent }]);
  }
  return pairs;
}

function refusedByLedger(refusal: string, { from }: NewPayment, { buyer }: SaleParties): StockRefusal {
  if (refusal !== "overdraft" || from === null || !("wasteBank" in buyer))
    return refuse("ledger_refused", `the ledger refuses the payment: ${refusal}`);
  const place = from === "cash_vault" ? "cash" : "bank account";
  return refuse("money_is_gone", `the ${place} of ${buyer.wasteBank} holds less than that`);
}
