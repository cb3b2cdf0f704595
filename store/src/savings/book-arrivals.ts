/**
 * Money that comes into a book and cannot be turned away: a payout that the bank sent back, or a share of waste that is sold a
 * second time. Where the book was closed meanwhile it is opened again, so that whoever keeps it sees the money. It stays as old
 * as it was: nobody has chosen to begin anew.
 */
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import type { BookOwner } from "./books.ts";
import type { Doer } from "./products.ts";

/** Why it came, for the deed. */
export interface Arrival extends Doer {
  reason: string;
}

/** Opens the book when it is closed, and keeps it from being closed until the transaction ends. Call it before accounts are locked. */
export async function openForArrival(
  tx: Tx,
  { member, wasteBank, product }: BookOwner,
  arrival: Arrival,
): Promise<void> {
  const book = await tx
    .selectFrom("books")
    .select(["id", "closed_ms as closedMs"])
    .where("member_id", "=", member)
    .where("waste_bank_id", "=", wasteBank)
    .where("product_id", "=", product)
    .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  if (book === undefined || book.closedMs === null) return;
  await reopen(tx, book.id, arrival);
}

/** Opens the closed books into which a sale has just paid; there are hardly ever any. */
export async function openForSale(tx: Tx, sale: string, arrival: Arrival): Promise<void> {
  const closed = await tx
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
    .select("books.id")
    .distinct()
    .where("sold.sale_id", "=", sale)
    .where("sold.member_idr", ">", 0)
    .where("books.closed_ms", "is not", null)
    .execute();
  for (const { id } of closed) await reopen(tx, id, arrival);
}

async function reopen(tx: Tx, id: string, { actor, nowMs, reason }: Arrival): Promise<void> {
  await tx.updateTable("books").set({ closed_ms: null }).where("id", "=", id).execute();
  await recordDeed(tx, { actor, action: "book.reopened", subject: `book:${id}`, reason, atMs: nowMs });
}
