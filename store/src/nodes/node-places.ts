/** Which bins and scales a node speaks for, and where those are: what ingest needs to accept a reading and tag it. */
import type { Db } from "../relational/relational-store.ts";

/** What is known of a node when its readings arrive. */
export interface NodePlaces {
  node: string;
  /** Waste bank that the node stands at; "" when none. */
  site: string;
  /** Zone of each bin that the node speaks for, now or before. */
  zoneOfBin: Map<string, string>;
  /** Scales that the node speaks for, now or before. */
  scales: Set<string>;
}

/** The places of one node; null when the node does not exist. Revoked nodes keep theirs: what they sent before counts. */
export async function placesOfNode(db: Db, node: string): Promise<NodePlaces | null> {
  const row = await db.selectFrom("nodes").select("waste_bank_id").where("id", "=", node).executeTakeFirst();
  if (row === undefined) return null;
  const devices = await db
    .selectFrom("devices")
    .leftJoin("bins", "bins.id", "devices.bin_id")
    .select(["devices.bin_id", "devices.scale_id", "bins.zone_id"])
    .where("devices.node_id", "=", node)
    .execute();
  const places: NodePlaces = { node, site: row.waste_bank_id ?? "", zoneOfBin: new Map(), scales: new Set() };
  for (const device of devices) {
    if (device.bin_id !== null) places.zoneOfBin.set(device.bin_id, device.zone_id ?? "");
    if (device.scale_id !== null) places.scales.add(device.scale_id);
  }
  return places;
}
