/** Taking a failed payout up again: a payout of its own, that is held, limited and approved anew. */
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { refused } from "./refused.ts";
import { type PayoutCounter, type PayoutOutcome, requestPayout } from "./request-payout.ts";
import { lockChain } from "./retry-chain.ts";

/** Who takes up which payout, under which new id, and to where when not to the same place. */
export interface Retry {
  id: string;
  payout: string;
  actor: string;
  nowMs: number;
}

/**
 * Asks again for what a failed payout was to pay. Somebody else than its requester does it, and somebody else again approves:
 * whoever asked for a payout that failed does not get the next try alone.
 */
export async function retryPayout(
  counter: PayoutCounter,
  tx: Tx,
  { id, payout: failed, actor, nowMs }: Retry,
): Promise<PayoutOutcome> {
  const chain = await lockChain(tx, failed);
  if (chain === null) return refused("unknown", "there is no such payout");
  const { payout: before, isUnderReview } = chain;
  if (before.requestedBy === actor)
    return refused(
      "own_request",
      "whoever asked for the payout does not take it up again; ask somebody else",
    );
  if (isUnderReview) {
    return refused(
      "under_review",
      "the payout, or one that it takes up again, is under review; resolve it with a second person first",
    );
  }
  if (await wasWrittenOff(tx, failed))
    return refused("wrong_state", "the payout was written off, because the member has its money");
  if (before.state !== "failed")
    return refused(
      "wrong_state",
      `the payout is ${before.state}; only one that failed can be taken up again`,
    );
  const outcome = await requestPayout(counter, tx, {
    id,
    member: before.member,
    wasteBank: before.wasteBank,
    product: before.product,
    amountIdr: before.amountIdr,
    channel: before.channel,
    destination: before.destination,
    closes: before.closes,
    requestedBy: actor,
    retryOf: failed,
    nowMs,
  });
  if (outcome.kind === "requested")
    await recordDeed(tx, {
      actor,
      action: "payout.retried",
      subject: `payout:${failed}`,
      atMs: nowMs,
    });
  return outcome;
}

/** Tells whether the loss is in the ledger, whatever the row says: it stays there when something else is decided later. */
async function wasWrittenOff(tx: Tx, payout: string): Promise<boolean> {
  const attempts = await tx
    .selectFrom("payout_attempts")
    .select("id")
    .where("payout_id", "=", payout)
    .execute();
  if (attempts.length === 0) return false;
  const journal = await tx
    .selectFrom("journals")
    .select("id")
    .where(
      "idempotency_key",
      "in",
      attempts.map(({ id }) => `payout_write_off:${id}`),
    )
    .executeTakeFirst();
  return journal !== undefined;
}
