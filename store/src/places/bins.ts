/** Bins: containers whose level a sensor measures. */
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";

/**
 * A bin. Latitude and longitude are degrees of WGS 84; `node` is the one whose sensor hangs in it now, or the DevEUI of its
 * LoRaWAN sensor.
 */
export interface Bin {
  id: string;
  name: string;
  zone: string;
  lat: number;
  lon: number;
  /** Litres. */
  capacityL: number;
  node: string | null;
  createdMs: number;
}

/** Keeps a bin. Throws the database's refusal when the id is taken or the zone unknown. */
export async function insertBin(
  db: Db | Tx,
  { zone, capacityL, createdMs, ...bin }: Omit<Bin, "node">,
): Promise<void> {
  await db
    .insertInto("bins")
    .values({ ...bin, zone_id: zone, capacity_l: capacityL, created_ms: createdMs })
    .execute();
}

/** The bin of this id; null when there is none. */
export async function findBin(db: Db, id: string): Promise<Bin | null> {
  return (await binQuery(db).where("bins.id", "=", id).executeTakeFirst()) ?? null;
}

/** Bins by id; of one zone when it is given. */
export async function listBins(
  db: Db,
  { zone }: { zone: string | null },
  { limit, after }: PageRequest,
): Promise<Page<Bin>> {
  let query = binQuery(db)
    .orderBy("bins.id")
    .limit(limit + 1);
  if (zone !== null) query = query.where("bins.zone_id", "=", zone);
  if (after !== null) query = query.where("bins.id", ">", after);
  return pageOf(await query.execute(), limit, ({ id }) => id);
}

function binQuery(db: Db) {
  return db
    .selectFrom("bins")
    .leftJoin("devices", (join) =>
      join.onRef("devices.bin_id", "=", "bins.id").on("devices.retired_ms", "is", null),
    )
    .leftJoin("remote_sensors as remote", (join) =>
      join.onRef("remote.bin_id", "=", "bins.id").on("remote.retired_ms", "is", null),
    )
    .select(({ fn }) => [
      "bins.id",
      "bins.name",
      "bins.zone_id as zone",
      "bins.lat",
      "bins.lon",
      "bins.capacity_l as capacityL",
      fn.coalesce("devices.node_id", "remote.node").as("node"),
      "bins.created_ms as createdMs",
    ]);
}
