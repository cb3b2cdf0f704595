/** Credentials of the services that connect to the broker: ingest and api. */
import type { Db } from "../relational/relational-store.ts";
import { StoreError } from "../store-error.ts";
import { hashOfSecret, isSecret } from "./secret.ts";

export type ServiceRole = "ingest" | "api";

/**
 * Sets the credentials of a service, so that a service whose secret comes from its configuration needs no other step.
 * Throws StoreError `name_taken` when a node has the id: the broker would not know which of the two connects.
 */
export async function keepServiceAccount(
  db: Db,
  account: { id: string; role: ServiceRole; secret: string },
  nowMs: number,
): Promise<void> {
  const node = await db.selectFrom("nodes").select("id").where("id", "=", account.id).executeTakeFirst();
  if (node !== undefined)
    throw new StoreError("name_taken", `${account.id} is the name of a node; give the service another`);
  const secretHash = hashOfSecret(account.secret);
  await db
    .insertInto("service_accounts")
    .values({
      id: account.id,
      role: account.role,
      secret_hash: secretHash,
      revoked_ms: null,
      created_ms: nowMs,
      updated_ms: nowMs,
    })
    .onConflict((conflict) =>
      conflict.column("id").doUpdateSet({ role: account.role, secret_hash: secretHash, updated_ms: nowMs }),
    )
    .execute();
}

/** Role that this id and secret give; null when they do not fit or the account is revoked. */
export async function authenticateService(db: Db, id: string, secret: string): Promise<ServiceRole | null> {
  const row = await db.selectFrom("service_accounts").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined || row.revoked_ms !== null || !isSecret(secret, row.secret_hash)) return null;
  return row.role;
}
