/** Confirming a close: another person has seen the count. */
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { needsReason } from "./close-shift.ts";
import { type CashOutcome, idTaken, refuse } from "./refusal.ts";

/** A confirmation to be kept. */
export interface NewConfirmation {
  id: string;
  shift: string;
  user: string;
  nowMs: number;
}

/** Confirms the close of a shift. */
export async function confirmShift(
  tx: Tx,
  { id, shift, user, nowMs }: NewConfirmation,
): Promise<CashOutcome<{ confirmedMs: number }>> {
  const bodyHash = requestHash({ id, shift, user });
  const query = tx.selectFrom("shifts").select("user_id as cashier").where("id", "=", shift);
  const found = await (engineOf(tx) === "postgres" ? query.forNoKeyUpdate() : query).executeTakeFirst();
  if (found === undefined)
    return refuse("shift_unknown", `there is no shift ${shift}; take the id from the list of shifts`);
  const before = await tx
    .selectFrom("shift_confirmations")
    .select(["id", "body_hash", "confirmed_ms"])
    .where((eb) => eb.or([eb("shift_id", "=", shift), eb("id", "=", id)]))
    .executeTakeFirst();
  if (before !== undefined) {
    if (before.id === id && before.body_hash === bodyHash)
      return { kind: "again", result: { confirmedMs: before.confirmed_ms } };
    if (before.id === id) return idTaken("confirmation", id);
    return refuse("shift_is_closed", "this close is confirmed already");
  }
  const close = await tx
    .selectFrom("shift_closes")
    .leftJoin("shift_explanations", "shift_explanations.shift_id", "shift_closes.shift_id")
    .select([
      "shift_closes.closed_by",
      "shift_closes.book_idr as bookIdr",
      "shift_closes.node_cash_idr as nodeCashIdr",
      "shift_closes.difference_idr as differenceIdr",
    ])
    .select((eb) => eb.fn.coalesce("shift_closes.reason", "shift_explanations.reason").as("reason"))
    .where("shift_closes.shift_id", "=", shift)
    .executeTakeFirst();
  if (close === undefined)
    return refuse("shift_is_open", "this shift is still open; its drawer must be counted first");
  if (user === found.cashier || user === close.closed_by) {
    return refuse(
      "same_person",
      "whoever had the drawer or counted it cannot confirm the count; ask somebody else from the office",
    );
  }
  if (close.reason === null && needsReason(close)) {
    return refuse(
      "reason_missing",
      "the count is far from the books and nobody has said why; ask the cashier to explain it first",
    );
  }
  await tx
    .insertInto("shift_confirmations")
    .values({
      id,
      body_hash: bodyHash,
      shift_id: shift,
      cashier_id: found.cashier,
      closed_by: close.closed_by,
      confirmed_by: user,
      confirmed_ms: nowMs,
    })
    .execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: "shift.confirmed",
    subject: `shift:${shift}`,
    atMs: nowMs,
  });
  return { kind: "done", result: { confirmedMs: nowMs } };
}
