/** Puts an item of the quarantine aside: somebody has looked at it, and nothing is to be posted of it. */
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";

/** What is asked for. */
export interface SettingAside {
  id: string;
  /** Why nothing is to be done with it, for a person. */
  reason: string;
  /** Who asks, such as `user:{id}`. */
  actor: string;
}

/** What became of it. `again`: it is aside already, with whose words. */
export type SetAside = { kind: "done" } | { kind: "unknown" } | { kind: "again"; by: string };

/** Puts an item aside. It stays in the list of what was put aside, and a record may still be posted from there. */
export async function setAside(
  tx: Tx,
  { id, reason, actor }: SettingAside,
  nowMs: number,
): Promise<SetAside> {
  const query = tx.selectFrom("quarantine").select("set_aside_by as by").where("id", "=", id);
  const row = await (engineOf(tx) === "postgres" ? query.forUpdate() : query).executeTakeFirst();
  if (row === undefined) return { kind: "unknown" };
  if (row.by !== null) return { kind: "again", by: row.by };
  await tx
    .updateTable("quarantine")
    .set({ set_aside_by: actor, set_aside_ms: nowMs, set_aside_reason: reason })
    .where("id", "=", id)
    .execute();
  await recordDeed(tx, {
    actor,
    action: "quarantine.set_aside",
    subject: `quarantine:${id}`,
    reason,
    atMs: nowMs,
  });
  return { kind: "done" };
}
