/** Takes a sale back, with its payments: every one of its journals is reversed. */
import { sql } from "kysely";
import { lockAccountsOf } from "../ledger/lock-accounts.ts";
import { postJournalWithin, reversalOf } from "../ledger/post-journal.ts";
import { closedAmong } from "../people/members.ts";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { refuse, type StockRefusal } from "./refusal.ts";
import { lockSale } from "./sales.ts";

/** A void that is asked for, by somebody other than who sold. */
export interface NewSaleVoid {
  id: string;
  sale: string;
  reason: string;
  voidedBy: string;
}

/** What became of it. `replayed`: the same void had been posted before. */
export type SaleVoidOutcome = { kind: "posted" | "replayed" } | StockRefusal;

/**
 * Voids a sale within the caller's transaction, which stays usable when it is refused. Consigned waste waits to be sold
 * again. Refused when what the sale brought is no longer there: a member has withdrawn the share, the money that was paid
 * has gone on, or the parent has sold the waste; and when a member of the sale was closed since, who would get nothing of
 * the next one.
 */
export async function voidSale(tx: Tx, request: NewSaleVoid, nowMs: number): Promise<SaleVoidOutcome> {
  const bodyHash = requestHash({ ...request });
  const sale = await lockSale(tx, request.sale);
  if (sale === null) return refuse("unknown_sale", `there is no sale ${request.sale}`);
  const before = await tx
    .selectFrom("sale_voids")
    .select(["id", "body_hash as bodyHash"])
    .where((eb) => eb.or([eb("id", "=", request.id), eb("sale_id", "=", request.sale)]))
    .execute();
  const same = before.find(({ id }) => id === request.id);
  if (same !== undefined) {
    if (same.bodyHash === bodyHash) return { kind: "replayed" };
    return refuse("id_taken", `there is another void ${request.id}; draw a new id`);
  }
  if (before.length > 0) return refuse("already_voided", `sale ${request.sale} was voided before`);
  if (sale.soldBy === request.voidedBy)
    return refuse("same_person", "whoever posted a sale does not void it; ask somebody else");
  const closed = await holdWhoWasPaid(tx, request.sale);
  if (closed.length > 0) {
    return refuse(
      "member_closed",
      `members whose waste it sold are closed by now (${closed.slice(0, 5).join(", ")}), and nobody could pay them for the next sale: let the sale stand, and settle the difference with the buyer`,
    );
  }

  await sql`savepoint sale_void`.execute(tx);
  const refusal = await reverseAll(tx, request, nowMs);
  if (refusal !== null) await sql`rollback to savepoint sale_void`.execute(tx);
  await sql`release savepoint sale_void`.execute(tx);
  if (refusal !== null) return refusal;
  await tx
    .insertInto("sale_voids")
    .values({
      id: request.id,
      body_hash: bodyHash,
      sale_id: request.sale,
      sold_by: sale.soldBy,
      voided_by: request.voidedBy,
      reason: request.reason,
      voided_ms: nowMs,
    })
    .execute();
  await recordDeed(tx, {
    actor: request.voidedBy,
    action: "sale.voided",
    subject: `sale:${request.sale}`,
    reason: request.reason,
    atMs: nowMs,
  });
  return { kind: "posted" };
}

/** Numbers of the members of the sale who are closed. Nobody closes one of the others, or a book of theirs, until the transaction ends. */
async function holdWhoWasPaid(tx: Tx, sale: string): Promise<string[]> {
  const paid = await tx
    .selectFrom("consignment_sales as sold")
    .innerJoin("consignments as waste", (join) =>
      join.onRef("waste.deposit_id", "=", "sold.deposit_id").onRef("waste.line", "=", "sold.line"),
    )
    .innerJoin("books", (join) =>
      join
        .onRef("books.member_id", "=", "waste.member_id")
        .onRef("books.waste_bank_id", "=", "waste.waste_bank_id")
        .onRef("books.product_id", "=", "waste.product_id"),
    )
    .select(["waste.member_id as member", "books.id as book"])
    .distinct()
    .where("sold.sale_id", "=", sale)
    .execute();
  const closed = await closedAmong(
    tx,
    paid.map(({ member }) => member),
  );
  if (engineOf(tx) === "sqlite" || closed.length > 0 || paid.length === 0) return closed;
  await tx
    .selectFrom("books")
    .select("id")
    .where(
      "id",
      "in",
      paid.map(({ book }) => book),
    )
    .orderBy("id")
    .forShare()
    .execute();
  return closed;
}

/** Payments first: the buyer owes again what the sale's own reversal then takes away. */
async function reverseAll(tx: Tx, request: NewSaleVoid, nowMs: number): Promise<StockRefusal | null> {
  const payments = await tx
    .selectFrom("sale_payments")
    .select("journal_id as journal")
    .where("sale_id", "=", request.sale)
    .orderBy("id")
    .execute();
  const journals = await tx
    .selectFrom("sale_journals")
    .select("journal_id as journal")
    .where("sale_id", "=", request.sale)
    .orderBy("part")
    .execute();
  const all = [...payments, ...journals];
  await lockAccountsOf(
    tx,
    all.map(({ journal }) => journal),
  );
  for (const [step, { journal }] of all.entries()) {
    const reversal = await reversalOf(tx, journal, {
      idempotencyKey: step === 0 ? `sale_void:${request.id}` : `sale_void:${request.id}:${step}`,
      kind: "sale_void",
      actor: request.voidedBy,
      occurredMs: nowMs,
    });
    const outcome = await postJournalWithin(tx, reversal);
    if (outcome.kind !== "refused") continue;
    if (outcome.refusal !== "overdraft")
      return refuse("ledger_refused", `the ledger refuses the void: ${outcome.refusal}`);
    return refuse(
      "money_is_gone",
      "what the sale brought is no longer there: a member has withdrawn the share, the payment has gone on, or the parent has sold the waste; settle that first",
    );
  }
  return null;
}
