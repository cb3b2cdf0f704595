/** Puts a vault under another master key: every key is wrapped anew, and no content is touched. */
import { openKeyStore } from "./key-store.ts";
import { masterKeyOf } from "./master-key.ts";
import { SYSTEM_OWNER } from "./system-key.ts";
import { VaultError } from "./vault-error.ts";

/** Which vault, and from which master key to which; both 32 bytes as base64. */
export interface Rewrapping {
  url: string;
  from: string;
  to: string;
}

/**
 * Wraps every key anew in one transaction and answers how many. No service may have the vault open meanwhile: it would go on
 * making keys under the old master key. Throws VaultError `wrong_master_key` when `from` is not the vault's, and changes nothing.
 */
export async function rewrapVault({ url, from, to }: Rewrapping): Promise<number> {
  const [before, after] = [masterKeyOf(from), masterKeyOf(to)];
  const keys = await openKeyStore(url, () => {});
  try {
    return await keys.db.transaction().execute(async (tx) => {
      const system = await tx.selectFrom("system_key").selectAll().executeTakeFirst();
      if (system?.master_key_id !== before.id)
        throw new VaultError("wrong_master_key", "this is not the key of this vault");
      const wrapped = after.wrap(SYSTEM_OWNER, before.unwrap(SYSTEM_OWNER, system.wrapped_key));
      await tx.updateTable("system_key").set({ wrapped_key: wrapped, master_key_id: after.id }).execute();
      const people = await tx.selectFrom("person_keys").select(["member_id", "wrapped_key"]).execute();
      for (const { member_id: member, wrapped_key } of people) {
        const key = wrapped_key && after.wrap(member, before.unwrap(member, wrapped_key));
        await tx
          .updateTable("person_keys")
          .set({ wrapped_key: key, master_key_id: after.id })
          .where("member_id", "=", member)
          .execute();
      }
      return people.length + 1;
    });
  } finally {
    await keys.close();
  }
}
