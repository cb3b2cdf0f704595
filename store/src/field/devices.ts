/** Devices: which bin's sensor or which scale hangs on which port of which node. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import {
  type NodeProfile,
  nodeConfigFault,
  PORTS_MAX,
  type Port,
  portFault,
} from "@jumpa-madu/contracts/node-config";
import { checkPort } from "@jumpa-madu/contracts/port-check";
import { sql } from "kysely";
import type { Db, Tx } from "../relational/relational-store.ts";
import { StoreError } from "../store-error.ts";
import { parseProfile } from "./node-profile.ts";

/** A port in use. */
export interface Device {
  id: string;
  node: string;
  port: Port;
  createdMs: number;
}

/** Why a port is not bound, for a program and for a person. */
export interface BindFault {
  code:
    | "no_such_node"
    | "bad_port"
    | "too_many_ports"
    | "path_in_use"
    | "unknown_container"
    | "foreign_scale";
  reason: string;
}

/** What became of a request to bind. */
export type BindOutcome = { kind: "bound"; device: Device } | ({ kind: "refused" } & BindFault);

/**
 * Binds a bin's sensor or a scale to a port of a node and raises the version of the node's configuration.
 *
 * Throws the database's refusal when the bin or scale is unknown, or is bound already.
 */
export async function bindDevice(
  tx: Tx,
  { node, port }: { node: string; port: Port },
  nowMs: number,
): Promise<BindOutcome> {
  // First, because it also makes others that change this node wait until this transaction ends.
  const raised = await raiseConfigVersion(tx, node);
  if (raised === null) return refused("no_such_node", `there is no node ${node}`);
  const fault = portFault(port);
  if (fault !== null) return refused("bad_port", fault);
  const devices = await listDevices(tx, node);
  if (devices.length >= PORTS_MAX) {
    return refused("too_many_ports", `node ${node} has ${PORTS_MAX} ports in use already; retire one first`);
  }
  const profile = parseProfile(node, raised.profile);
  if ("bin" in port && port.container !== undefined && !hasContainer(profile, port.container)) {
    return refused(
      "unknown_container",
      `container ${port.container} is not among the container_types of node ${node}; add it to the node's profile first`,
    );
  }
  const ports = [...devices.map((device) => device.port), port];
  const contradiction = nodeConfigFault({ version: 0, ...profile, ports });
  if (contradiction !== null)
    return refused(
      "path_in_use",
      `${contradiction}; retire the device of node ${node} that is in the way first`,
    );
  if ("scale" in port && !(await standsTogether(tx, node, port.scale))) {
    return refused(
      "foreign_scale",
      `scale ${port.scale} does not belong to the waste bank that node ${node} stands at`,
    );
  }
  const device: Device = { id: newEventId(nowMs), node, port, createdMs: nowMs };
  await tx
    .insertInto("devices")
    .values({
      id: device.id,
      node_id: node,
      bin_id: "bin" in port ? port.bin : null,
      scale_id: "scale" in port ? port.scale : null,
      port: JSON.stringify(port),
      created_ms: nowMs,
      retired_ms: null,
    })
    .execute();
  return { kind: "bound", device };
}

/** Retires a device and raises the version of the node's configuration. False when the node has no such device in use. */
export async function retireDevice(
  tx: Tx,
  { node, id }: { node: string; id: string },
  nowMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("devices")
    .set({ retired_ms: nowMs })
    .where("id", "=", id)
    .where("node_id", "=", node)
    .where("retired_ms", "is", null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return false;
  return (await raiseConfigVersion(tx, node)) !== null;
}

/** Devices in use at a node, in the order in which they were bound. At most PORTS_MAX. */
export async function listDevices(db: Db | Tx, node: string): Promise<Device[]> {
  const rows = await db
    .selectFrom("devices")
    .select(["id", "node_id", "port", "created_ms"])
    .where("node_id", "=", node)
    .where("retired_ms", "is", null)
    .orderBy("created_ms")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    node: row.node_id,
    port: parsePort(row.id, row.port),
    createdMs: row.created_ms,
  }));
}

/** Raises the version of a node's configuration and answers its profile as JSON; null when there is no such node. */
export async function raiseConfigVersion(tx: Tx, node: string): Promise<{ profile: string | null } | null> {
  const row = await tx
    .updateTable("nodes")
    .set({ config_version: sql<number>`config_version + 1` })
    .where("id", "=", node)
    .returning("profile")
    .executeTakeFirst();
  return row ?? null;
}

function hasContainer({ container_types = {} }: NodeProfile, name: string): boolean {
  return Object.hasOwn(container_types, name);
}

/** True also when the scale does not exist: then the foreign key says so. */
async function standsTogether(tx: Tx, node: string, scale: string): Promise<boolean> {
  const owner = await tx
    .selectFrom("scales")
    .select("waste_bank_id")
    .where("id", "=", scale)
    .executeTakeFirst();
  if (owner === undefined) return true;
  const place = await tx
    .selectFrom("nodes")
    .select("waste_bank_id")
    .where("id", "=", node)
    .executeTakeFirst();
  return place?.waste_bank_id === owner.waste_bank_id;
}

function parsePort(device: string, text: string): Port {
  const checked = checkPort(JSON.parse(text));
  if (checked.ok) return checked.value;
  throw new StoreError(
    "bad_answer",
    `the port of device ${device} is not valid: ${checked.faults.join("; ")}`,
  );
}

function refused(code: BindFault["code"], reason: string): BindOutcome {
  return { kind: "refused", code, reason };
}
