/** The key of the whole system: what belongs to no person is sealed under keys that are derived from it. */
import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { KeyTables } from "./key-tables.ts";
import type { MasterKey } from "./master-key.ts";
import { KEY_BYTES } from "./sealing.ts";
import { VaultError } from "./vault-error.ts";

/** Whose key it is; no member has this id, because theirs are UUIDs. */
export const SYSTEM_OWNER = "system";

/**
 * The system's key, drawn when there is none. Throws VaultError `wrong_master_key` when another master key wraps it: then it
 * wraps all the others as well.
 */
export async function systemKey(db: Kysely<KeyTables>, master: MasterKey): Promise<Uint8Array> {
  await db
    .insertInto("system_key")
    .values({
      id: 1,
      wrapped_key: master.wrap(SYSTEM_OWNER, randomBytes(KEY_BYTES)),
      master_key_id: master.id,
      created_ms: Date.now(),
    })
    // Another process may have drawn it; all use the one that was first.
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db.selectFrom("system_key").selectAll().executeTakeFirstOrThrow();
  if (row.master_key_id !== master.id)
    throw new VaultError("wrong_master_key", "VAULT_KEY is not the key of this vault");
  return master.unwrap(SYSTEM_OWNER, row.wrapped_key);
}
