/** The ends of a payout: paid, failed, rejected, cancelled, reversed; each with who, when and why. */
import type { Failure } from "@jumpa-madu/contracts/payout/outcome";
import type { PayoutState } from "@jumpa-madu/contracts/payout/states";
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { addToTotals, lockTotals } from "./day-totals.ts";
import { lockPayout, type Payout, payoutNow } from "./payout.ts";
import { voidHold } from "./payout-journals.ts";
import { isOpen } from "./payout-states.ts";
import { type Refused, refused } from "./refused.ts";

/** What to tell a person of each failure, and what to do. */
export const FAILURE_REASONS: Readonly<Record<Failure, string>> = {
  destination: "the account does not exist or takes no money; ask the member for another",
  destination_limit: "the wallet holds as much as it may; pay to another destination or by cash",
  our_balance: "the money with the provider was too little; top it up, then take the payout up again",
  channel_temporary: "the bank or wallet was disturbed; take the payout up again later",
  channel_rejected: "the bank or wallet refused it; ask the member for another destination",
  request_invalid: "the provider does not understand the request; tell the makers of this system",
  not_authorised: "the provider refuses our key; have it checked, then take the payout up again",
  compliance: "the provider's compliance check refused it; ask the provider",
  other: "the provider could not pay it; ask the provider why",
};

/** How a payout ends. */
export interface End {
  state: Extract<PayoutState, "paid" | "failed" | "rejected" | "cancelled" | "reversed">;
  actor: string;
  reason?: string | undefined;
  failure?: string | undefined;
  nowMs: number;
}

/** Writes the end of a payout, and the deed. The money is moved by the caller. */
export async function endPayout(
  tx: Tx,
  payout: Payout,
  { state, actor, reason, failure, nowMs }: End,
): Promise<void> {
  await tx
    .updateTable("payouts")
    .set({
      state,
      ended_by: actor,
      ended_ms: nowMs,
      reason: reason ?? null,
      failure: failure ?? null,
    })
    .where("id", "=", payout.id)
    .execute();
  if (payout.retryOf !== null) {
    // It may have waited for an earlier payout, and does not any more.
    await tx
      .updateTable("payouts")
      .set({ review: null, review_ms: null })
      .where("id", "=", payout.id)
      .where("review", "=", "earlier_payout")
      .execute();
  }
  await recordDeed(tx, {
    actor,
    action: `payout.${state}`,
    subject: `payout:${payout.id}`,
    reason: reason ?? failure,
    atMs: nowMs,
  });
}

/** A person ends a payout that is not under way. */
export interface Ending {
  payout: string;
  actor: string;
  reason: string;
  nowMs: number;
}

/** `repeated`: it had ended in this way before. */
export type EndOutcome = { kind: "ended" | "repeated"; payout: Payout } | Refused;

/** Whoever approves says no; the money is given back. Whoever asked cancels instead. */
export async function rejectPayout(
  tx: Tx,
  { payout: id, actor, reason, nowMs }: Ending,
): Promise<EndOutcome> {
  const payout = await lockPayout(tx, id);
  if (payout === null) return refused("unknown", "there is no such payout");
  if (payout.state === "rejected") return { kind: "repeated", payout };
  if (payout.requestedBy === actor)
    return refused("own_request", "whoever asked for a payout cancels it; another person rejects it");
  if (payout.state !== "requested" && payout.state !== "half_approved")
    return refused(
      "wrong_state",
      `the payout is ${payout.state}; only one that is requested can be rejected`,
    );
  return await giveBack(tx, payout, { state: "rejected", actor, reason, nowMs });
}

/**
 * Calls a payout off; the money is given back. Not while an attempt is on its way: what the provider has cannot be called back
 * safely.
 */
export async function cancelPayout(
  tx: Tx,
  { payout: id, actor, reason, nowMs }: Ending,
): Promise<EndOutcome> {
  const payout = await lockPayout(tx, id);
  if (payout === null) return refused("unknown", "there is no such payout");
  if (payout.state === "cancelled") return { kind: "repeated", payout };
  if (payout.state === "paying")
    return refused(
      "wrong_state",
      "the payout is on its way to the bank; wait for what becomes of it. While nothing of it was sent two people may call it off: resolve it as not_paid",
    );
  if (!isOpen(payout.state))
    return refused("wrong_state", `the payout is ${payout.state}; there is nothing left to call off`);
  return await giveBack(tx, payout, { state: "cancelled", actor, reason, nowMs });
}

async function giveBack(tx: Tx, payout: Payout, end: End): Promise<EndOutcome> {
  await lockTotals(tx, payout);
  await voidHold(tx, payout, end);
  await addToTotals(tx, payout, -1);
  await endPayout(tx, payout, end);
  return { kind: "ended", payout: await payoutNow(tx, payout.id) };
}
