/** Edge nodes: who they are, whether they may connect, what they last said of themselves. */
import type { Selectable } from "kysely";
import type { Db, Tx } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";
import { StoreError } from "../store-error.ts";
import { hashOfSecret, isSecret, newSecret } from "./secret.ts";

/** A node without its secret. */
export interface Node {
  id: string;
  shard: string;
  name: string;
  wasteBank: string | null;
  revokedMs: number | null;
  configVersion: number;
  /** Latest `Status` as JSON. */
  status: string | null;
  statusMs: number | null;
  createdMs: number;
}

/**
 * Registers a node and answers its secret, which is not kept. Throws StoreError `name_taken` when a service has the id,
 * and the database's refusal when another node has it.
 */
export async function registerNode(
  db: Db,
  node: { id: string; shard: string; name: string; wasteBank: string | null },
  nowMs: number,
): Promise<string> {
  const service = await db
    .selectFrom("service_accounts")
    .select("id")
    .where("id", "=", node.id)
    .executeTakeFirst();
  if (service !== undefined)
    throw new StoreError("name_taken", `${node.id} is the name of a service; give the node another`);
  const secret = newSecret();
  await db
    .insertInto("nodes")
    .values({
      id: node.id,
      shard: node.shard,
      name: node.name,
      waste_bank_id: node.wasteBank,
      secret_hash: hashOfSecret(secret),
      revoked_ms: null,
      created_ms: nowMs,
      updated_ms: nowMs,
    })
    .execute();
  return secret;
}

/** Replaces the secret; the old one stops working at once. A revoked node comes back. Null when there is no such node. */
export async function rotateNodeSecret(db: Db, id: string, nowMs: number): Promise<string | null> {
  const secret = newSecret();
  const { numUpdatedRows } = await db
    .updateTable("nodes")
    .set({ secret_hash: hashOfSecret(secret), revoked_ms: null, updated_ms: nowMs })
    .where("id", "=", id)
    .executeTakeFirst();
  return numUpdatedRows === 1n ? secret : null;
}

/** Shuts a node out. False when there is no such node. */
export async function revokeNode(db: Db, id: string, nowMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("nodes")
    .set({ revoked_ms: nowMs, updated_ms: nowMs })
    .where("id", "=", id)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** The node of this id; null when there is none. */
export async function findNode(db: Db, id: string): Promise<Node | null> {
  const row = await db.selectFrom("nodes").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : toNode(row);
}

/** Node that this id and secret belong to; null when they do not fit or the node is revoked. */
export async function authenticateNode(db: Db, id: string, secret: string): Promise<Node | null> {
  const row = await db.selectFrom("nodes").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined || row.revoked_ms !== null || !isSecret(secret, row.secret_hash)) return null;
  return toNode(row);
}

/**
 * Ids of nodes whose credentials changed after `sinceMs`: their connections must be closed. The time is of the clock that
 * made the change and may be committed a little later, so whoever asks again and again lets the spans overlap.
 */
export async function nodesChangedSince(db: Db, sinceMs: number): Promise<string[]> {
  const rows = await db.selectFrom("nodes").select("id").where("updated_ms", ">", sinceMs).execute();
  return rows.map(({ id }) => id);
}

/** Keeps what a node last said of itself. */
export async function keepStatus(db: Db | Tx, id: string, status: string, nowMs: number): Promise<void> {
  await db.updateTable("nodes").set({ status, status_ms: nowMs }).where("id", "=", id).execute();
}

function toNode(row: Selectable<Tables["nodes"]>): Node {
  return {
    id: row.id,
    shard: row.shard,
    name: row.name,
    wasteBank: row.waste_bank_id,
    revokedMs: row.revoked_ms,
    configVersion: row.config_version,
    status: row.status,
    statusMs: row.status_ms,
    createdMs: row.created_ms,
  };
}
