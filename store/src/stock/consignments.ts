/** Consigned waste: brought by members who are paid when it is sold. Which of it is left, the oldest first. */
import { sql } from "kysely";
import type { Tx } from "../relational/relational-store.ts";
import type { StockPlace } from "./stock-accounts.ts";

/** A line of a deposit that waits to be sold, in full or in part. */
export interface Consignment {
  deposit: string;
  line: number;
  member: string;
  /** Savings product into which the money goes. */
  product: string;
  /** The member's part of the proceeds, in hundredths of a percent. */
  shareBps: number;
  leftG: number;
  occurredMs: number;
}

/** Consignments that one sale or one count may touch. */
export const CONSIGNMENTS_TOUCHED_MAX = 10_000;

/** Consignments that are read at once. */
const READ_ROWS = 1_000;

/**
 * The oldest consignments that together hold `grams`. Null when they are more than CONSIGNMENTS_TOUCHED_MAX. Throws
 * RangeError when all of them hold less: then they do not agree with the ledger.
 */
export async function oldestConsignments(
  tx: Tx,
  place: StockPlace,
  grams: number,
): Promise<Consignment[] | null> {
  const found: Consignment[] = [];
  let missingG = grams;
  while (missingG > 0) {
    const rows = await readAfter(tx, place, found.at(-1) ?? null);
    for (const row of rows) {
      if (missingG <= 0) break;
      found.push(row);
      missingG -= row.leftG;
    }
    if (missingG <= 0) break;
    if (found.length >= CONSIGNMENTS_TOUCHED_MAX) return null;
    if (rows.length < READ_ROWS) {
      throw new RangeError(
        `the consignments of ${place.material} at ${place.wasteBank} hold ${missingG} g less than the ledger's ${grams} g`,
      );
    }
  }
  return found.length > CONSIGNMENTS_TOUCHED_MAX ? null : found;
}

/** Grams of a consignment that are neither sold nor lost. */
const leftG = sql<number>`(consignments.net_g - cast((
  select coalesce(sum(sold.grams), 0) from consignment_sales sold
  left join sale_voids voids on voids.sale_id = sold.sale_id
  where sold.deposit_id = consignments.deposit_id and sold.line = consignments.line and voids.id is null
) as bigint) - cast((
  select coalesce(sum(lost.grams), 0) from consignment_losses lost
  where lost.deposit_id = consignments.deposit_id and lost.line = consignments.line
) as bigint))`;

/** Waste bank where waste of the member waits to be sold and paid for; null when there is none. */
export async function wasteBankOfConsignment(tx: Tx, member: string): Promise<string | null> {
  const row = await waitingOf(tx, member)
    .select("consignments.waste_bank_id as wasteBank")
    .limit(1)
    .executeTakeFirst();
  return row?.wasteBank ?? null;
}

/** Waste that waits to be sold and whose money goes into this book, by material. */
export async function waitingFor(
  tx: Tx,
  { member, wasteBank, product }: { member: string; wasteBank: string; product: string },
): Promise<{ material: string; grams: number }[]> {
  return await waitingOf(tx, member)
    .select(["consignments.material_id as material", sql<number>`cast(sum(${leftG}) as bigint)`.as("grams")])
    .where("consignments.waste_bank_id", "=", wasteBank)
    .where("consignments.product_id", "=", product)
    .groupBy("consignments.material_id")
    .orderBy("consignments.material_id")
    .execute();
}

function waitingOf(tx: Tx, member: string) {
  return tx
    .selectFrom("consignments")
    .leftJoin("deposit_voids", "deposit_voids.deposit_id", "consignments.deposit_id")
    .where("consignments.member_id", "=", member)
    .where("deposit_voids.id", "is", null)
    .where(leftG, ">", 0);
}

async function readAfter(tx: Tx, { wasteBank, material }: StockPlace, last: Consignment | null) {
  let query = tx
    .selectFrom("consignments")
    .leftJoin("deposit_voids", "deposit_voids.deposit_id", "consignments.deposit_id")
    .select([
      "consignments.deposit_id as deposit",
      "consignments.line",
      "consignments.member_id as member",
      "consignments.product_id as product",
      "consignments.share_bps as shareBps",
      "consignments.occurred_ms as occurredMs",
      leftG.as("leftG"),
    ])
    .where("consignments.waste_bank_id", "=", wasteBank)
    .where("consignments.material_id", "=", material)
    .where("deposit_voids.id", "is", null)
    .where(leftG, ">", 0)
    .orderBy("consignments.occurred_ms")
    .orderBy("consignments.deposit_id")
    .orderBy("consignments.line")
    .limit(READ_ROWS);
  if (last !== null) {
    const { occurredMs, deposit, line } = last;
    query = query.where(
      sql<boolean>`(consignments.occurred_ms, consignments.deposit_id, consignments.line) > (${occurredMs}, ${deposit}, ${line})`,
    );
  }
  return await query.execute();
}
