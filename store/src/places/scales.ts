/** Scales of waste banks. */
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** A scale. `node` is the one on whose port it hangs now. */
export interface Scale {
  id: string;
  name: string;
  wasteBank: string;
  /** Grams. */
  capacityG: number;
  /** Scale interval d in grams. */
  divisionG: number;
  /** Until when its legal verification (tera) holds; null when it has none. */
  verifiedUntilMs: number | null;
  node: string | null;
  createdMs: number;
}

/** Keeps a scale. Throws the database's refusal when the id is taken or the waste bank unknown. */
export async function insertScale(db: Db | Tx, scale: Omit<Scale, "node">): Promise<void> {
  await db
    .insertInto("scales")
    .values({
      id: scale.id,
      name: scale.name,
      waste_bank_id: scale.wasteBank,
      capacity_g: scale.capacityG,
      division_g: scale.divisionG,
      verified_until_ms: scale.verifiedUntilMs,
      created_ms: scale.createdMs,
    })
    .execute();
}

/** Sets when a scale's verification expires. False when there is no such scale. */
export async function replaceVerification(
  tx: Tx,
  id: string,
  verifiedUntilMs: number | null,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("scales")
    .set({ verified_until_ms: verifiedUntilMs })
    .where("id", "=", id)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Waste bank of each of these scales; scales that do not exist are absent. */
export async function wasteBanksOfScales(db: Db, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("scales").select(["id", "waste_bank_id"]).where("id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, row.waste_bank_id]));
}

/** Scales by id; of one waste bank when it is given. */
export async function listScales(
  db: Db,
  { wasteBank }: { wasteBank: string | null },
  { limit, after }: PageRequest,
): Promise<Page<Scale>> {
  let query = db
    .selectFrom("scales")
    .leftJoin("devices", (join) =>
      join.onRef("devices.scale_id", "=", "scales.id").on("devices.retired_ms", "is", null),
    )
    .select([
      "scales.id",
      "scales.name",
      "scales.waste_bank_id as wasteBank",
      "scales.capacity_g as capacityG",
      "scales.division_g as divisionG",
      "scales.verified_until_ms as verifiedUntilMs",
      "devices.node_id as node",
      "scales.created_ms as createdMs",
    ])
    .orderBy("scales.id")
    .limit(limit + 1);
  if (wasteBank !== null) query = query.where("scales.waste_bank_id", "=", wasteBank);
  if (after !== null) query = query.where("scales.id", ">", after);
  return pageOf(await query.execute(), limit, ({ id }) => id);
}
