/** Prices of materials. A price is never changed: a later one takes its place from the moment at which it begins. */
import { sql } from "kysely";
import { hasWasteBank } from "../places/waste-banks.ts";
import { recordDeed } from "../proof/audit.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { priceInForce } from "./price-in-force.ts";
import { isInForce } from "./price-query.ts";

/** A price. Without waste bank it holds wherever neither the waste bank nor its parent has set one. */
export interface Price {
  id: string;
  material: string;
  wasteBank: string | null;
  /** Null ends the waste bank's own price: from then on the parent's holds, or the general one. */
  priceIdrPerKg: number | null;
  validFromMs: number;
  /** Who set it, such as `user:{id}`. */
  createdBy: string;
  createdMs: number;
}

/**
 * Which prices are asked for. `atMs`: only those in force at that time. `heldAt`: the one price that holds there at `atMs` of each
 * material that is still taken: the waste bank's own, else its parent's, else the general one.
 */
export interface PriceFilter {
  material: string | null;
  heldAt?: { wasteBank: string; atMs: number } | null;
  atMs: number | null;
}

/**
 * Keeps a price; answers why not when it would end an own price that is not there, or that nothing would take the place
 * of. Throws the database's refusal when one with the same start exists or a reference is unknown.
 */
export async function insertPrice(tx: Tx, price: Price): Promise<string | null> {
  const fault = price.priceIdrPerKg === null ? await faultOfEnd(tx, price) : null;
  if (fault !== null) return fault;
  await tx
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
  await recordDeed(tx, {
    actor: price.createdBy,
    action: price.priceIdrPerKg === null ? "price.ended" : "price.set",
    subject: `material:${price.material}`,
    atMs: price.createdMs,
  });
  return null;
}

/** Which of what a price names does not exist, in words; null when all does. */
export async function unknownOfPrice(
  tx: Tx,
  { material, wasteBank }: Pick<Price, "material" | "wasteBank">,
): Promise<string | null> {
  const known = await tx.selectFrom("materials").select("id").where("id", "=", material).executeTakeFirst();
  if (known === undefined) return `there is no material ${material}`;
  if (wasteBank === null || (await hasWasteBank(tx, wasteBank))) return null;
  return `there is no waste bank ${wasteBank}`;
}

async function faultOfEnd(tx: Tx, { material, wasteBank, validFromMs }: Price): Promise<string | null> {
  if (wasteBank === null)
    return "the general price cannot be ended, for nothing would take its place; set another";
  const own = await priceQuery(tx)
    .where("prices.material_id", "=", material)
    .where("prices.waste_bank_id", "=", wasteBank)
    .where(isInForce(validFromMs))
    .executeTakeFirst();
  if (own?.priceIdrPerKg == null)
    return `${wasteBank} has no own price of ${material} at that time; there is nothing to end`;
  const question = { material, wasteBank, atMs: validFromMs };
  if ((await priceInForce(tx, question, { withoutOwn: true })) !== null) return null;
  return `neither the parent nor the general list has a price of ${material}; set one there first, or set another own price`;
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
  if (filter.heldAt != null) query = query.where("prices.id", "in", idsHeldAt(db, filter.heldAt));
  if (after !== null) query = query.where(isBefore(["prices.valid_from_ms", "prices.id"], after));
  return pageOf(await query.execute(), limit, ({ validFromMs, id }) => momentCursor(validFromMs, id));
}

function idsHeldAt(db: Db, { wasteBank, atMs }: { wasteBank: string; atMs: number }) {
  const rank = sql`case when prices.waste_bank_id = ${wasteBank} then 0 when prices.waste_bank_id is null then 2 else 1 end`;
  const ranked = db
    .selectFrom("prices")
    .innerJoin("materials", "materials.id", "prices.material_id")
    .leftJoin("waste_banks as place", (join) => join.on("place.id", "=", wasteBank))
    .select([
      "prices.id",
      sql<number>`row_number() over (partition by prices.material_id order by ${rank})`.as("place_in_line"),
    ])
    .where("prices.price_idr_per_kg", "is not", null)
    .where("materials.retired_ms", "is", null)
    .where((eb) =>
      eb.or([
        eb("prices.waste_bank_id", "is", null),
        eb("prices.waste_bank_id", "=", wasteBank),
        eb("prices.waste_bank_id", "=", eb.ref("place.parent_id")),
      ]),
    )
    .where(isInForce(atMs))
    .as("ranked");
  return db.selectFrom(ranked).select("ranked.id").where("ranked.place_in_line", "=", 1);
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
