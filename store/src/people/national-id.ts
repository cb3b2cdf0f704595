/**
 * The national identity number (NIK): kept only as a keyed hash, which tells whether a person is registered already, and as
 * its last four digits among the sealed data.
 */
import type { Tx } from "../relational/relational-store.ts";
import type { Vault } from "../vault/vault.ts";
import type { MemberRefusal } from "./members.ts";

/** Digits that people see of a NIK. */
const SHOWN_DIGITS = 4;

/** The part of a NIK that is shown. */
export function lastDigitsOf(nik: string): string {
  return nik.slice(-SHOWN_DIGITS);
}

/** Keeps the hash of a member's NIK, or forgets it with null. Refused when another member has this NIK; that must end the transaction. */
export async function keepNik(
  vault: Vault,
  tx: Tx,
  { member, nik }: { member: string; nik: string | null },
): Promise<MemberRefusal | null> {
  await tx.deleteFrom("member_niks").where("member_id", "=", member).execute();
  if (nik === null) return null;
  const hash = vault.blindIndex("member.nik", nik);
  await tx
    .insertInto("member_niks")
    .values({ member_id: member, nik_hash: hash })
    // Somebody else may be registering the same person at this moment: on PostgreSQL this waits for their end.
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const owner = await tx
    .selectFrom("member_niks")
    .innerJoin("members", "members.id", "member_niks.member_id")
    .select(["members.id", "members.number"])
    .where("member_niks.nik_hash", "=", hash)
    .executeTakeFirstOrThrow();
  if (owner.id === member) return null;
  return {
    kind: "refused",
    code: "nik_taken",
    reason: `this NIK is that of member ${owner.number} already; open a book for that member instead`,
  };
}
