/** Saying why a count was off, after it. */
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { type CashOutcome, idTaken, refuse } from "./refusal.ts";

/** An explanation to be kept. */
export interface NewExplanation {
  id: string;
  shift: string;
  user: string;
  reason: string;
  nowMs: number;
}

/** Keeps why the count of a shift was off: once, and only where its close did not say so. */
export async function explainShift(
  tx: Tx,
  { id, shift, user, reason, nowMs }: NewExplanation,
): Promise<CashOutcome<{ reason: string }>> {
  const bodyHash = requestHash({ id, shift, user, reason });
  const query = tx.selectFrom("shifts").select("id").where("id", "=", shift);
  const found = await (engineOf(tx) === "postgres" ? query.forNoKeyUpdate() : query).executeTakeFirst();
  if (found === undefined)
    return refuse("shift_unknown", `there is no shift ${shift}; take the id from the list of shifts`);
  const before = await tx
    .selectFrom("shift_explanations")
    .select(["id", "body_hash"])
    .where((eb) => eb.or([eb("shift_id", "=", shift), eb("id", "=", id)]))
    .executeTakeFirst();
  if (before?.id === id) {
    return before.body_hash === bodyHash ? { kind: "again", result: { reason } } : idTaken("explanation", id);
  }
  const close = await tx
    .selectFrom("shift_closes")
    .select("reason")
    .where("shift_id", "=", shift)
    .executeTakeFirst();
  if (close === undefined)
    return refuse("shift_is_open", "this shift is still open; its drawer must be counted first");
  if (before !== undefined || close.reason !== null)
    return refuse("shift_is_closed", "this close has its reason already; the first one stands");
  await tx
    .insertInto("shift_explanations")
    .values({ id, body_hash: bodyHash, shift_id: shift, explained_by: user, reason, explained_ms: nowMs })
    .execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: "shift.explained",
    subject: `shift:${shift}`,
    reason,
    atMs: nowMs,
  });
  return { kind: "done", result: { reason } };
}
