/** Audit log: who did what to what, and why. Append-only, written in the transaction that does it. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Tx } from "../relational/relational-store.ts";
import { fingerprintsOf, rowsOfDeed } from "./deed-rows.ts";

/** One deed. Holds no personal data. */
export interface Deed {
  /** Who, such as `user:{id}`, `node:{id}` or `job:{name}`. */
  actor: string;
  /** What, noun and verb in the past, such as `payout.approved`. */
  action: string;
  /** To what, such as `payout:{id}`. */
  subject: string;
  /** Why, in words, where whoever did it had to say. */
  reason?: string | undefined;
  atMs: number;
}

/**
 * Writes a deed into the log, after the row that it makes or changes: where DEED_ROWS names the deed, it keeps the row's
 * fingerprint. Throws when that row is not there.
 */
export async function recordDeed(tx: Tx, { actor, action, subject, reason, atMs }: Deed): Promise<void> {
  await tx
    .insertInto("audit_events")
    .values({
      id: newEventId(atMs),
      actor,
      action,
      subject,
      reason: reason ?? null,
      row_hash: await rowHash(tx, { action, subject }),
      at_ms: atMs,
    })
    .execute();
}

async function rowHash(
  tx: Tx,
  { action, subject }: Pick<Deed, "action" | "subject">,
): Promise<string | null> {
  const rows = rowsOfDeed(action);
  if (rows === null) return null;
  const id = subject.slice(rows.subject.length + 1);
  const hash = (await fingerprintsOf(tx, rows, [id])).get(id);
  if (hash === undefined) throw new Error(`the deed ${action} of ${subject} has no row in ${rows.table}`);
  return hash;
}
