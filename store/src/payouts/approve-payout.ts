/** Approval: by another person, above a limit by two. One transaction makes the attempt, its bytes, its key and its job. */
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { makeAttempt, type PayoutDesk } from "./attempts.ts";
import { faultOf, findDestination, type UseOf } from "./destinations.ts";
import { lockPayout, type Payout, payoutNow } from "./payout.ts";
import { EARLIER_UNDER_REVIEW, type Refused, refused } from "./refused.ts";

/** An approval. `approver`: such as `user:{id}`. */
export interface Approval {
  payout: string;
  approver: string;
  nowMs: number;
}

/** `half_approved`: a second person must approve it too. `repeated`: this person had approved it before. */
export type ApprovalOutcome = { kind: "approved" | "half_approved" | "repeated"; payout: Payout } | Refused;

/** Approves a payout. Whoever asked for it, and the member's own user, never does; the database refuses it as well. */
export async function approvePayout(
  desk: PayoutDesk,
  tx: Tx,
  { payout: id, approver, nowMs }: Approval,
): Promise<ApprovalOutcome> {
  const payout = await lockPayout(tx, id);
  if (payout === null) return refused("unknown", "there is no such payout");
  const fault = await faultOfApprover(tx, payout, approver);
  if (fault !== null) return fault;
  if (payout.approvedBy === approver || payout.secondApprovedBy === approver) {
    return payout.state === "half_approved"
      ? refused("own_request", "you have approved it; a second person must approve it too")
      : { kind: "repeated", payout };
  }
  if (payout.state !== "requested" && payout.state !== "half_approved")
    return refused(
      "wrong_state",
      `the payout is ${payout.state}; only one that is requested can be approved`,
    );
  if (payout.review !== null) return refused("under_review", EARLIER_UNDER_REVIEW);
  const unusable = await faultOfDestinationNow(tx, payout, { provider: desk.provider ?? null, nowMs });
  if (unusable !== null) return unusable;

  const isHalf = payout.needsSecond && payout.state === "requested";
  if (!isHalf && payout.channel !== "cash") {
    const refusal = await makeAttempt(desk, tx, { payout, n: 1, nowMs });
    if (refusal !== null) return refusal;
  }
  const state = isHalf ? "half_approved" : payout.channel === "cash" ? "payable" : "paying";
  await tx
    .updateTable("payouts")
    .set(
      payout.state === "requested"
        ? { state, approved_by: approver, approved_ms: nowMs }
        : { state, second_approved_by: approver, second_approved_ms: nowMs },
    )
    .where("id", "=", id)
    .execute();
  await recordDeed(tx, {
    actor: approver,
    action: "payout.approved",
    subject: `payout:${id}`,
    atMs: nowMs,
  });
  return { kind: isHalf ? "half_approved" : "approved", payout: await payoutNow(tx, id) };
}

/** Why this person decides nothing about this payout: neither approves nor resolves it. */
export async function faultOfApprover(tx: Tx, payout: Payout, actor: string): Promise<Refused | null> {
  if (actor === payout.requestedBy)
    return refused("own_request", "whoever asks for a payout does not decide about it; ask somebody else");
  const id = actor.startsWith("user:") ? actor.slice("user:".length) : "";
  const user = await tx.selectFrom("users").select("member_id").where("id", "=", id).executeTakeFirst();
  if (user === undefined) return refused("unknown", "only a user of this system decides about payouts");
  return user.member_id === payout.member
    ? refused("own_request", "nobody decides about a payout to oneself; ask somebody else")
    : null;
}

/** Why nothing is paid to the payout's destination any more; null when nothing stands in the way, and for cash. */
export async function faultOfDestinationNow(
  tx: Tx,
  payout: Payout,
  by: Pick<UseOf, "provider" | "nowMs">,
): Promise<Refused | null> {
  if (payout.destination === null) return null;
  const destination = await findDestination(tx, payout.destination);
  return destination === null
    ? refused("unknown", "there is no such destination")
    : faultOf(destination, { ...by, channel: payout.channel });
}
