/** Whether somebody who is to be registered is a member already: the same name and the same phone. */
import { sql } from "kysely";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import type { Vault } from "../vault/vault.ts";
import { type PersonalData, personalDataOf, phoneTokenOf } from "./personal-data.ts";

/**
 * Number of the member with this name, case, accents and spaces aside, and this phone; null when there is none or no phone is
 * given. A family may share a phone, and many people a name; both together are one person, or are told to be two. Until the
 * transaction ends nobody else registers with the phone, so that of two that come at once the second sees the first.
 */
export async function memberAlike(
  vault: Vault,
  tx: Tx,
  { name, phone }: Pick<PersonalData, "name" | "phone">,
): Promise<string | null> {
  const token = phone === null ? null : phoneTokenOf(vault, phone);
  if (token === null) return null;
  if (engineOf(tx) === "postgres")
    await sql`select pg_advisory_xact_lock(hashtextextended(${token}, 0))`.execute(tx);
  const rows = await tx
    .selectFrom("member_search")
    .innerJoin("members", "members.id", "member_search.member_id")
    .select(["members.id", "members.number"])
    .where("member_search.token", "=", token)
    .orderBy("members.number")
    .execute();
  const known = await personalDataOf(
    vault,
    tx,
    rows.map(({ id }) => id),
  );
  const wanted = folded(name);
  return rows.find(({ id }) => folded(known.get(id)?.name ?? "") === wanted)?.number ?? null;
}

function folded(name: string): string {
  return name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().replaceAll(/\s+/g, " ").trim();
}
