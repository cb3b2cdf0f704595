/** Webhooks: addresses that LoRaWAN network servers post uplinks to, each with a secret that is kept as its hash. */
import type { WebhookServer } from "@jumpa-madu/contracts/http/remote";
import { hashOfSecret, newSecret } from "../nodes/secret.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** Webhooks of one installation, the revoked ones too: ingest keeps them all at hand. Beyond, none is added. */
export const WEBHOOKS_MAX = 100;

/** A webhook without its secret. */
export interface Webhook {
  id: string;
  server: WebhookServer;
  revokedMs: number | null;
  createdMs: number;
}

/** A webhook with the hash of its secret. */
export interface WebhookKey extends Webhook {
  secretHash: string;
}

/** Adds a webhook and answers its secret, which is not kept; null when there are WEBHOOKS_MAX. Throws the database's refusal when the id is taken. */
export async function createWebhook(
  tx: Tx,
  { id, server }: { id: string; server: WebhookServer },
  nowMs: number,
): Promise<string | null> {
  const { count } = await tx
    .selectFrom("webhooks")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  if (count >= WEBHOOKS_MAX) return null;
  const secret = newSecret();
  await tx
    .insertInto("webhooks")
    .values({ id, server, secret_hash: hashOfSecret(secret), revoked_ms: null, created_ms: nowMs })
    .execute();
  return secret;
}

/** Replaces the secret; a revoked webhook comes back. Null when there is no such webhook. */
export async function rotateWebhookSecret(db: Db | Tx, id: string): Promise<string | null> {
  const secret = newSecret();
  const { numUpdatedRows } = await db
    .updateTable("webhooks")
    .set({ secret_hash: hashOfSecret(secret), revoked_ms: null })
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n ? secret : null;
}

/** Shuts a webhook. False when there is no such webhook. */
export async function revokeWebhook(db: Db | Tx, id: string, nowMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("webhooks")
    .set({ revoked_ms: nowMs })
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** The webhook of this id; null when there is none. */
export async function findWebhook(db: Db | Tx, id: string): Promise<Webhook | null> {
  return (await webhookQuery(db).where("id", "=", id).executeTakeFirst()) ?? null;
}

/** Webhooks by id. */
export async function listWebhooks(db: Db, { limit, after }: PageRequest): Promise<Page<Webhook>> {
  let query = webhookQuery(db)
    .orderBy("id")
    .limit(limit + 1);
  if (after !== null) query = query.where("id", ">", after);
  return pageOf(await query.execute(), limit, ({ id }) => id);
}

/** All webhooks with the hashes of their secrets. */
export function webhookKeys(db: Db): Promise<WebhookKey[]> {
  return webhookQuery(db).select("secret_hash as secretHash").limit(WEBHOOKS_MAX).execute();
}

function webhookQuery(db: Db | Tx) {
  return db
    .selectFrom("webhooks")
    .select(["id", "server", "revoked_ms as revokedMs", "created_ms as createdMs"]);
}
