/** What is kept of a remote sensor between two uplinks: what the judgement remembers, and which uplinks have come. */
import type { RemoteSettings } from "@jumpa-madu/contracts/http/remote";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { Db, Tx } from "../relational/relational-store.ts";
import { StoreError } from "../store-error.ts";
import { parseSettings, type RemoteKey } from "./remote-sensors.ts";
import { NOTHING_SEEN, SeenUplinks } from "./seen-uplinks.ts";

/** A sensor as the judgement of an uplink needs it. Latitude and longitude are those of its bin. */
export interface Binding {
  id: string;
  sensor: RemoteKey;
  model: string;
  bin: string;
  zone: string;
  lat: number;
  lon: number;
  settings: RemoteSettings;
  /** JSON; null before the first uplink. */
  state: string | null;
  seen: SeenUplinks;
  /** Revision of `seen`; 0 when nothing has come yet. */
  revision: number;
}

const seenChecker = checkerOf(SeenUplinks);

/**
 * The binding that an uplink of this time belongs to: the one that held then, so that what comes late is still its old
 * bin's, else the one in use. Null when there is none.
 */
export async function findBinding(
  db: Db,
  { source, node, key }: RemoteKey,
  atMs: number,
): Promise<Binding | null> {
  const rows = await db
    .selectFrom("remote_sensors as sensor")
    .innerJoin("bins", "bins.id", "sensor.bin_id")
    .select([
      "sensor.id",
      "sensor.model",
      "sensor.bin_id as bin",
      "bins.zone_id as zone",
      "bins.lat",
      "bins.lon",
      "sensor.settings",
      "sensor.state",
      "sensor.retired_ms as retiredMs",
    ])
    .where("sensor.source", "=", source)
    .where("sensor.node", "=", node)
    .where("sensor.key", "=", key)
    .where((where) =>
      where.or([
        where("sensor.retired_ms", "is", null),
        where.and([where("sensor.created_ms", "<=", atMs), where("sensor.retired_ms", ">", atMs)]),
      ]),
    )
    .orderBy("sensor.created_ms")
    .limit(2)
    .execute();
  const row = rows.find(({ retiredMs }) => retiredMs !== null) ?? rows[0];
  if (row === undefined) return null;
  const { retiredMs: _, ...binding } = row;
  const sensor = { source, node, key };
  return {
    ...binding,
    sensor,
    settings: parseSettings(row.id, row.settings),
    ...(await findSeen(db, sensor)),
  };
}

/**
 * Keeps what an uplink has changed. False when another writer has changed it since it was read: then nothing is kept,
 * and the uplink is to be judged anew.
 */
export async function keepUplink(
  tx: Tx,
  { id, sensor, revision }: Binding,
  { state, seen }: { state: string; seen: SeenUplinks },
): Promise<boolean> {
  const newestMs = seen.uplinks.at(-1)?.[1] ?? 0;
  const changed = { seen: JSON.stringify(seen), newest_ms: newestMs, revision: revision + 1 };
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("seen_uplinks")
    .values({ ...sensor, ...changed })
    .onConflict((conflict) =>
      conflict
        .columns(["source", "node", "key"])
        .doUpdateSet(changed)
        .where("seen_uplinks.revision", "=", revision),
    )
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) return false;
  await tx.updateTable("remote_sensors").set({ state }).where("id", "=", id).execute();
  return true;
}

async function findSeen(
  db: Db,
  { source, node, key }: RemoteKey,
): Promise<{ seen: SeenUplinks; revision: number }> {
  const row = await db
    .selectFrom("seen_uplinks")
    .select(["seen", "revision"])
    .where("source", "=", source)
    .where("node", "=", node)
    .where("key", "=", key)
    .executeTakeFirst();
  if (row === undefined) return { seen: NOTHING_SEEN, revision: 0 };
  const checked = seenChecker.check(JSON.parse(row.seen));
  if (checked.ok) return { seen: checked.value, revision: row.revision };
  throw new StoreError(
    "bad_answer",
    `what is kept of sensor ${key} is not valid: ${checked.faults.join("; ")}`,
  );
}
