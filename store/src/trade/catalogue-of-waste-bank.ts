/** Catalogue of a waste bank: what its terminal needs to take deposits while the network is away. */
import type { Catalogue } from "@jumpa-madu/contracts/catalogue";
import type { Db } from "../relational/relational-store.ts";
import { pricesFrom } from "./prices.ts";

/** Builds the catalogue in an order that does not depend on chance, so that equal catalogues are equal bytes. */
export async function catalogueOf(db: Db, wasteBank: string, nowMs: number): Promise<Catalogue> {
  const materials = await db
    .selectFrom("materials")
    .select(["id", "name", "category"])
    .orderBy("id")
    .execute();
  const members = await db
    .selectFrom("members")
    .select(["id", "number", "name"])
    .where("waste_bank_id", "=", wasteBank)
    .orderBy("number")
    .execute();
  const prices = await pricesFrom(db, wasteBank, nowMs);
  return {
    waste_bank: wasteBank,
    materials,
    prices: prices.map(({ id, material, priceIdrPerKg, validFromMs }) => ({
      id,
      material,
      price_idr_per_kg: priceIdrPerKg,
      valid_from: validFromMs,
    })),
    members,
  };
}
