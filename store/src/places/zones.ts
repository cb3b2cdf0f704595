/** Zones: the districts that bins and waste banks stand in. */
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";

export interface Zone {
  id: string;
  name: string;
}

/** Keeps a zone. Throws the database's refusal when the id is taken. */
export async function insertZone(db: Db | Tx, zone: Zone): Promise<void> {
  await db.insertInto("zones").values(zone).execute();
}

/** Zones by id. */
export async function listZones(db: Db, { limit, after }: PageRequest): Promise<Page<Zone>> {
  let query = db
    .selectFrom("zones")
    .selectAll()
    .orderBy("id")
    .limit(limit + 1);
  if (after !== null) query = query.where("id", ">", after);
  return pageOf(await query.execute(), limit, ({ id }) => id);
}
