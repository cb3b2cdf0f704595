/** Waste banks: where members bring waste. */
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** A waste bank. Latitude and longitude are degrees of WGS 84. */
export interface WasteBank {
  id: string;
  name: string;
  zone: string;
  lat: number;
  lon: number;
  createdMs: number;
}

/** Keeps a waste bank. Throws the database's refusal when the id is taken or the zone unknown. */
export async function insertWasteBank(db: Db | Tx, { zone, createdMs, ...bank }: WasteBank): Promise<void> {
  await db
    .insertInto("waste_banks")
    .values({ ...bank, zone_id: zone, created_ms: createdMs })
    .execute();
}

/** Waste banks by id. */
export async function listWasteBanks(db: Db, { limit, after }: PageRequest): Promise<Page<WasteBank>> {
  let query = db
    .selectFrom("waste_banks")
    .select(["id", "name", "zone_id as zone", "lat", "lon", "created_ms as createdMs"])
    .orderBy("id")
    .limit(limit + 1);
  if (after !== null) query = query.where("id", ">", after);
  return pageOf(await query.execute(), limit, ({ id }) => id);
}
