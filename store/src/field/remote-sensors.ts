/** Remote sensors: which LoRaWAN sensor, or which sensor of a node's SenML packs, looks into which bin. */
import {
  type NewRemoteSensor,
  RemoteSettings,
  remoteSettingsFault,
  type RemoteSettings as Settings,
} from "@jumpa-madu/contracts/http/remote";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { StoreError } from "../store-error.ts";

/** Names a sensor whatever bin it hangs in: by its DevEUI, or by the node that sends it and its name in the packs. */
export interface RemoteKey {
  source: "lorawan" | "senml";
  /** DevEUI in lower case, or the node; the tag of its readings. */
  node: string;
  /** DevEUI in lower case, or the name in the packs. */
  key: string;
}

/** A sensor bound to a bin, now or until it was retired. */
export interface RemoteSensor extends RemoteKey {
  id: string;
  /** One of LORAWAN_MODELS, or `senml`. */
  model: string;
  bin: string;
  settings: Settings;
  lastUplinkMs: number | null;
  createdMs: number;
  retiredMs: number | null;
}

/** What became of a request to bind. */
export type RemoteBindOutcome =
  | { kind: "bound"; sensor: RemoteSensor }
  | { kind: "refused"; code: "no_such_node" | "bad_settings" | "in_use"; reason: string };

const settingsChecker = checkerOf(RemoteSettings);

/** Key of the sensor that a request names. */
export function keyOfRequest(request: NewRemoteSensor): RemoteKey {
  if (request.source === "senml") return { source: "senml", node: request.node, key: request.name };
  const devEui = request.dev_eui.toLowerCase();
  return { source: "lorawan", node: devEui, key: devEui };
}

/**
 * Binds a sensor to a bin. What was remembered of the bin under its last remote sensor goes on: a bin that was full is
 * full until the new one says otherwise.
 *
 * Throws the database's refusal when the bin is unknown, or when another took it or the sensor at the same moment.
 */
export async function bindRemoteSensor(
  tx: Tx,
  request: NewRemoteSensor,
  nowMs: number,
): Promise<RemoteBindOutcome> {
  const { bin, settings = {} } = request;
  const fault = remoteSettingsFault(settings);
  if (fault !== null) return { kind: "refused", code: "bad_settings", reason: fault };
  const key = keyOfRequest(request);
  if (key.source === "senml" && !(await hasNode(tx, key.node)))
    return { kind: "refused", code: "no_such_node", reason: `there is no node ${key.node}` };
  const used = await usedBy(tx, key, bin);
  if (used !== null) return { kind: "refused", code: "in_use", reason: used };
  const model = request.source === "lorawan" ? request.model : "senml";
  const id = newEventId(nowMs);
  const state = await lastStateOf(tx, bin);
  await tx
    .insertInto("remote_sensors")
    .values({
      ...key,
      id,
      model,
      bin_id: bin,
      settings: JSON.stringify(settings),
      state,
      created_ms: nowMs,
      retired_ms: null,
    })
    .execute();
  const sensor = { ...key, id, model, bin, settings, lastUplinkMs: null, createdMs: nowMs, retiredMs: null };
  return { kind: "bound", sensor };
}

/** Retires a sensor: its bin is free for another. False when there is no such sensor in use. */
export async function retireRemoteSensor(db: Db | Tx, id: string, nowMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("remote_sensors")
    .set({ retired_ms: nowMs })
    .where("id", "=", id)
    .where("retired_ms", "is", null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Sensors by id, which is by the time when they were bound; the retired ones too. Of one bin when it is given. */
export async function listRemoteSensors(
  db: Db,
  { bin }: { bin: string | null },
  { limit, after }: PageRequest,
): Promise<Page<RemoteSensor>> {
  let query = db
    .selectFrom("remote_sensors as sensor")
    .leftJoin("seen_uplinks as seen", (join) =>
      join
        .onRef("seen.source", "=", "sensor.source")
        .onRef("seen.node", "=", "sensor.node")
        .onRef("seen.key", "=", "sensor.key"),
    )
    .select([
      "sensor.id",
      "sensor.source",
      "sensor.node",
      "sensor.key",
      "sensor.model",
      "sensor.bin_id as bin",
      "sensor.settings",
      "seen.newest_ms as lastUplinkMs",
      "sensor.created_ms as createdMs",
      "sensor.retired_ms as retiredMs",
    ])
    .orderBy("sensor.id")
    .limit(limit + 1);
  if (bin !== null) query = query.where("sensor.bin_id", "=", bin);
  if (after !== null) query = query.where("sensor.id", ">", after);
  const rows = await query.execute();
  return pageOf(
    rows.map((row) => ({ ...row, settings: parseSettings(row.id, row.settings) })),
    limit,
    ({ id }) => id,
  );
}

/** The settings of a sensor as they are kept. Throws StoreError `bad_answer` when they are none. */
export function parseSettings(sensor: string, text: string): Settings {
  const checked = settingsChecker.check(JSON.parse(text));
  if (checked.ok) return checked.value;
  throw new StoreError(
    "bad_answer",
    `the settings of sensor ${sensor} are not valid: ${checked.faults.join("; ")}`,
  );
}

async function hasNode(tx: Tx, node: string): Promise<boolean> {
  return (await tx.selectFrom("nodes").select("id").where("id", "=", node).executeTakeFirst()) !== undefined;
}

/** Why the sensor or the bin is not free, in words; null when both are. */
async function usedBy(tx: Tx, { source, node, key }: RemoteKey, bin: string): Promise<string | null> {
  const bound = await tx
    .selectFrom("remote_sensors")
    .select("bin_id")
    .where("source", "=", source)
    .where("node", "=", node)
    .where("key", "=", key)
    .where("retired_ms", "is", null)
    .executeTakeFirst();
  if (bound !== undefined) return `sensor ${key} is bound to bin ${bound.bin_id} already; retire it first`;
  const inBin = await tx
    .selectFrom("remote_sensors")
    .select("key")
    .where("bin_id", "=", bin)
    .where("retired_ms", "is", null)
    .executeTakeFirst();
  if (inBin !== undefined) return `bin ${bin} has sensor ${inBin.key} already; retire it first`;
  const wired = await tx
    .selectFrom("devices")
    .select("node_id")
    .where("bin_id", "=", bin)
    .where("retired_ms", "is", null)
    .executeTakeFirst();
  if (wired === undefined) return null;
  return `bin ${bin} has a sensor at node ${wired.node_id} already; retire that device first`;
}

async function lastStateOf(tx: Tx, bin: string): Promise<string | null> {
  const last = await tx
    .selectFrom("remote_sensors")
    .select("state")
    .where("bin_id", "=", bin)
    .orderBy("created_ms", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return last?.state ?? null;
}
