/** Prices of materials. A price is never changed: a later one takes its place from the moment at which it begins. */
import { sql } from "kysely";
import type { Db, Tx } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** A price. Without waste bank it holds wherever none of the waste bank's own does. */
export interface Price {
  id: string;
  material: string;
  wasteBank: string | null;
  priceIdrPerKg: number;
  validFromMs: number;
  /** Who set it, such as `user:{id}`. */
  createdBy: string;
  createdMs: number;
}

/** Which prices are asked for. `atMs`: only those in force at that time. */
export interface PriceFilter {
  material: string | null;
  atMs: number | null;
}

/** Keeps a price. Throws the database's refusal when one with the same start exists or a reference is unknown. */
export async function insertPrice(db: Db | Tx, price: Price): Promise<void> {
  await db
    .insertInto("prices")
    .values({
      id: price.id,
      material_id: price.material,
      waste_bank_id: price.wasteBank,
      price_idr_per_kg: price.priceIdrPerKg,
      valid_from_ms: price.validFromMs,
      created_ms: price.createdMs,
      created_by: price.createdBy,
    })
    .execute();
}

/** Prices, the one that begins latest first. */
export async function listPrices(
  db: Db,
  filter: PriceFilter,
  { limit, after }: PageRequest,
): Promise<Page<Price>> {
  let query = priceQuery(db)
    .orderBy("prices.valid_from_ms", "desc")
    .orderBy("prices.id", "desc")
    .limit(limit + 1);
  if (filter.material !== null) query = query.where("prices.material_id", "=", filter.material);
  if (filter.atMs !== null) query = query.where(isInForce(filter.atMs));
  if (after !== null) query = query.where(isBefore(["prices.valid_from_ms", "prices.id"], after));
  return pageOf(await query.execute(), limit, ({ validFromMs, id }) => momentCursor(validFromMs, id));
}

/** Prices that hold at a waste bank from `nowMs` on: those in force, and those to come. Ordered by id. */
export async function pricesFrom(db: Db, wasteBank: string, nowMs: number): Promise<Price[]> {
  return await priceQuery(db)
    .where((eb) =>
      eb.or([eb("prices.waste_bank_id", "is", null), eb("prices.waste_bank_id", "=", wasteBank)]),
    )
    .where((eb) => eb.or([eb("prices.valid_from_ms", ">", nowMs), isInForce(nowMs)]))
    .orderBy("prices.id")
    .execute();
}

function isInForce(atMs: number) {
  return sql<boolean>`(prices.valid_from_ms <= ${atMs} and not exists (
    select 1 from prices later
    where later.material_id = prices.material_id
      and coalesce(later.waste_bank_id, '') = coalesce(prices.waste_bank_id, '')
      and later.valid_from_ms > prices.valid_from_ms and later.valid_from_ms <= ${atMs}))`;
}

function priceQuery(db: Db) {
  return db
    .selectFrom("prices")
    .select([
      "prices.id",
      "prices.material_id as material",
      "prices.waste_bank_id as wasteBank",
      "prices.price_idr_per_kg as priceIdrPerKg",
      "prices.valid_from_ms as validFromMs",
      "prices.created_by as createdBy",
      "prices.created_ms as createdMs",
    ]);
}
