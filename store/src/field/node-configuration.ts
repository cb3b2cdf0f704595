/** Configuration of a node: its ports and its profile, as they are published to it. */
import { NodeConfig, type NodeProfile, nodeConfigFault, type Port } from "@jumpa-madu/contracts/node-config";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { Db, Tx } from "../relational/relational-store.ts";
import { StoreError } from "../store-error.ts";
import { listDevices, raiseConfigVersion } from "./devices.ts";
import { parseProfile } from "./node-profile.ts";

const checker = checkerOf(NodeConfig);

/** The profile of a node; null when there is no such node. */
export async function profileOf(db: Db, node: string): Promise<NodeProfile | null> {
  const row = await db.selectFrom("nodes").select("profile").where("id", "=", node).executeTakeFirst();
  return row === undefined ? null : parseProfile(node, row.profile);
}

/** What became of a request to replace a profile. `reason` says why it does not fit the node's ports, in words. */
type ProfileOutcome = { kind: "replaced" | "no_such_node" } | { kind: "refused"; reason: string };

/**
 * Replaces the profile of a node and raises the version of its configuration. A profile that contradicts itself or the ports
 * in use is refused, and the caller's transaction must then be rolled back.
 */
export async function replaceProfile(
  tx: Tx,
  { node, profile }: { node: string; profile: NodeProfile },
): Promise<ProfileOutcome> {
  // First, because it also makes others that change this node wait until this transaction ends.
  if ((await raiseConfigVersion(tx, node)) === null) return { kind: "no_such_node" };
  const ports = (await listDevices(tx, node)).map(({ port }) => port);
  const reason = nodeConfigFault({ version: 0, ...profile, ports });
  if (reason !== null) return { kind: "refused", reason };
  await tx
    .updateTable("nodes")
    .set({ profile: JSON.stringify(profile) })
    .where("id", "=", node)
    .execute();
  return { kind: "replaced" };
}

/** The configuration that a node should have, and the shard of its topic; null when there is no such node or it is revoked. */
export async function wantedConfig(
  db: Db | Tx,
  node: string,
): Promise<{ shard: string; config: NodeConfig } | null> {
  const row = await db
    .selectFrom("nodes")
    .select(["shard", "config_version", "waste_bank_id", "profile"])
    .where("id", "=", node)
    .where("revoked_ms", "is", null)
    .executeTakeFirst();
  if (row === undefined) return null;
  const config: NodeConfig = {
    version: row.config_version,
    ...(row.waste_bank_id === null ? {} : { waste_bank: row.waste_bank_id }),
    ...parseProfile(node, row.profile),
    ports: await withScaleTraits(
      db,
      (await listDevices(db, node)).map(({ port }) => port),
    ),
  };
  const checked = checker.check(config);
  if (checked.ok) return { shard: row.shard, config };
  throw new StoreError(
    "bad_answer",
    `the configuration of node ${node} is not valid: ${checked.faults.join("; ")}`,
  );
}

/** Adds to each scale's port how much the scale carries and how finely it shows it, where the port does not say it. */
async function withScaleTraits(db: Db | Tx, ports: Port[]): Promise<Port[]> {
  const ids = ports.flatMap((port) => ("scale" in port ? [port.scale] : []));
  if (ids.length === 0) return ports;
  const rows = await db
    .selectFrom("scales")
    .select(["id", "capacity_g", "division_g"])
    .where("id", "in", ids)
    .execute();
  const traits = new Map(
    rows.map((row) => [row.id, { max_g: row.capacity_g, division_g: row.division_g }] as const),
  );
  return ports.map((port) => ("scale" in port ? { ...traits.get(port.scale), ...port } : port));
}
