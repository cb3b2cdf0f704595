/** Approval of a mass withdrawal: one person approves every payout of it that waits, in batches, each with its progress. */
import { approvePayout } from "../payouts/approve-payout.ts";
import type { PayoutDesk } from "../payouts/attempts.ts";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { RelationalStore, Tx } from "../relational/relational-store.ts";
import { findMass, type MassWithdrawal } from "./mass-list.ts";
import { MASS_BATCH_BOOKS, MASS_CALL_BOOKS_MAX } from "./mass-withdrawals.ts";
import { refuse, type SavingsRefusal } from "./refusal.ts";

/** Who approves what. */
export interface MassApprovalRequest {
  mass: string;
  approver: string;
  nowMs: number;
}

/** What became of it. The approver's entry in `mass.approvals` has no `doneMs` while payouts are left: approve again to go on. */
export type MassApprovalOutcome = { kind: "approved"; mass: MassWithdrawal } | SavingsRefusal;

/**
 * Approves up to MASS_CALL_BOOKS_MAX of its payouts that wait for it. Where none waits any more nothing is written, and the mass
 * withdrawal is answered as it stands. Each is approved as if it stood alone: one above the limit for two people
 * waits for the next approver, one to the approver's own book stays as it is, and both are counted.
 */
export async function approveMass(
  store: RelationalStore,
  desk: PayoutDesk,
  request: MassApprovalRequest,
): Promise<MassApprovalOutcome> {
  const refusal = await store.transaction((tx) => begin(tx, request));
  if (refusal !== null) return refusal;
  for (let payouts = 0; payouts < MASS_CALL_BOOKS_MAX; payouts += MASS_BATCH_BOOKS) {
    const isDone = await store.transaction((tx) => approveBatch(tx, desk, request));
    if (isDone) break;
  }
  const mass = await findMass(store.db, request.mass);
  if (mass === null) throw new Error(`mass withdrawal ${request.mass} is gone`);
  return { kind: "approved", mass };
}

async function begin(
  tx: Tx,
  { mass: id, approver, nowMs }: MassApprovalRequest,
): Promise<SavingsRefusal | null> {
  const mass = await findMass(tx, id);
  if (mass === null) return refuse("mass_unknown", "there is no such mass withdrawal");
  if (mass.preparedMs === null) {
    return refuse(
      "mass_state",
      "not every book was dealt with yet: send the request again first, also in the place of whoever asked",
    );
  }
  if (mass.requestedBy === approver)
    return refuse("mass_state", "whoever asks for a mass withdrawal does not approve it; ask somebody else");
  if ((await waitingItems(tx, { mass: id, above: "", limit: 1 })).length === 0) return null;
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("mass_approvals")
    .values({
      mass_id: id,
      approver,
      requested_by: mass.requestedBy,
      upto_book: "",
      approved: 0,
      refused: 0,
      last_refusal: null,
      begun_ms: nowMs,
      done_ms: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 1n) {
    await recordDeed(tx, {
      actor: approver,
      action: "mass_withdrawal.approved",
      subject: `mass_withdrawal:${id}`,
      atMs: nowMs,
    });
  }
  return null;
}

/** Approves the next payouts; true when none is left. */
async function approveBatch(
  tx: Tx,
  desk: PayoutDesk,
  { mass, approver, nowMs }: MassApprovalRequest,
): Promise<boolean> {
  const run = await tx
    .selectFrom("mass_approvals")
    .selectAll()
    .where("mass_id", "=", mass)
    .where("approver", "=", approver)
    .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  if (run === undefined || run.done_ms !== null) return true;
  const items = await waitingItems(tx, { mass, above: run.upto_book, limit: MASS_BATCH_BOOKS });
  let approved = 0;
  let lastRefusal: string | null = run.last_refusal;
  for (const { payout } of items) {
    const outcome = await approvePayout(desk, tx, { payout, approver, nowMs });
    if (outcome.kind === "refused") lastRefusal = outcome.reason;
    else approved += 1;
  }
  const isDone = items.length < MASS_BATCH_BOOKS;
  await tx
    .updateTable("mass_approvals")
    .set({
      upto_book: items.at(-1)?.book ?? run.upto_book,
      approved: run.approved + approved,
      refused: run.refused + items.length - approved,
      last_refusal: lastRefusal,
      done_ms: isDone ? nowMs : null,
    })
    .where("mass_id", "=", mass)
    .where("approver", "=", approver)
    .execute();
  return isDone;
}

/** Payouts of it that wait for an approval, in the order of their books. */
function waitingItems(tx: Tx, { mass, above, limit }: { mass: string; above: string; limit: number }) {
  return tx
    .selectFrom("mass_withdrawal_items as item")
    .innerJoin("payouts", "payouts.id", "item.payout_id")
    .select(["item.book_id as book", "item.payout_id as payout"])
    .where("item.mass_id", "=", mass)
    .where("item.code", "is", null)
    .where("item.book_id", ">", above)
    .where("payouts.state", "in", ["requested", "half_approved"])
    .orderBy("item.book_id")
    .limit(limit)
    .execute();
}
