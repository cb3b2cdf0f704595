/** Catalogue of a waste bank: what a terminal of it needs to take deposits while the network is away. */
import type { Catalogue } from "@jumpa-madu/contracts/catalogue";
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import { listSupervisors } from "../people/supervisors.ts";
import type { Db } from "../relational/relational-store.ts";
import { pricesFrom } from "./prices.ts";

/** Builds the catalogue for a node in an order that does not depend on chance, so that equal catalogues are equal bytes. */
export async function catalogueOf(
  db: Db,
  { node, wasteBank }: { node: string; wasteBank: string },
  nowMs: number,
): Promise<Catalogue> {
  const place = await db
    .selectFrom("waste_banks")
    .select("name")
    .where("id", "=", wasteBank)
    .executeTakeFirst();
  const materials = await db
    .selectFrom("materials")
    .select(["id", "name", "category"])
    .orderBy("id")
    .execute();
  const members = await db
    .selectFrom("members")
    .select(["id", "number", "name", "card"])
    .where("waste_bank_id", "=", wasteBank)
    .orderBy("number")
    .execute();
  // A retired device counts as well: what was weighed before, offline, is still booked.
  const scales = await db
    .selectFrom("devices")
    .innerJoin("scales", "scales.id", "devices.scale_id")
    .select(["scales.id", "scales.verified_until_ms as untilMs"])
    .distinct()
    .where("devices.node_id", "=", node)
    .orderBy("scales.id")
    .execute();
  const prices = await pricesFrom(db, wasteBank, nowMs);
  return {
    waste_bank: wasteBank,
    ...(place === undefined ? {} : { waste_bank_name: place.name }),
    materials,
    prices: prices.map(({ id, material, priceIdrPerKg, validFromMs }) => ({
      id,
      material,
      price_idr_per_kg: priceIdrPerKg,
      valid_from: validFromMs,
    })),
    members: members.map(({ card, ...member }) => (card === null ? member : { ...member, card })),
    scales: scales.map(({ id, untilMs }) => ({ id, verified_until: untilMs && withinEpoch(untilMs) })),
    supervisors: await listSupervisors(db, wasteBank),
  };
}

/** A moment that the terminal's schema does not know is as good as the last or first that it does. */
function withinEpoch(atMs: number): number {
  return Math.min(EPOCH_MS_MAX, Math.max(EPOCH_MS_MIN, atMs));
}
