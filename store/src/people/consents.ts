/** Consents: which text on the use of personal data a member has agreed to, and whether it was taken back. */
import { recordDeed } from "../proof/audit.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import type { ConsentAct } from "../relational/tables/people-tables.ts";

/** One act of consent. */
export interface Consent {
  act: ConsentAct;
  /** Name of the text that it is about. */
  version: string;
  takenBy: string;
  atMs: number;
}

/** Adds an act to those of a member. The caller holds the member's row (`lockMember`), so that acts have an order. */
export async function recordConsent(
  tx: Tx,
  { member, act, version, takenBy, atMs }: Consent & { member: string },
): Promise<void> {
  const { count } = await tx
    .selectFrom("consents")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("member_id", "=", member)
    .executeTakeFirstOrThrow();
  await tx
    .insertInto("consents")
    .values({ member_id: member, seq: Number(count) + 1, act, version, taken_by: takenBy, at_ms: atMs })
    .execute();
  await recordDeed(tx, {
    actor: takenBy,
    action: `consent.${act}`,
    subject: `member:${member}`,
    atMs,
  });
}

/** Every act of a member, the last one first. */
export async function listConsents(db: Db, member: string): Promise<Consent[]> {
  const rows = await db
    .selectFrom("consents")
    .selectAll()
    .where("member_id", "=", member)
    .orderBy("seq", "desc")
    .execute();
  return rows.map(({ act, version, taken_by, at_ms }) => ({ act, version, takenBy: taken_by, atMs: at_ms }));
}

/** The act that holds of each of these members; who never agreed to anything is not in the answer. Takes as many members as a page has. */
export async function consentsOf(db: Db, members: readonly string[]): Promise<Map<string, Consent>> {
  if (members.length === 0) return new Map();
  const rows = await db
    .selectFrom("consents")
    .selectAll()
    .where("member_id", "in", members)
    .orderBy("seq")
    .execute();
  return new Map(
    rows.map(({ member_id, act, version, taken_by, at_ms }) => [
      member_id,
      { act, version, takenBy: taken_by, atMs: at_ms },
    ]),
  );
}
