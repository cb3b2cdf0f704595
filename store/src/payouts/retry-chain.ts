/**
 * Payouts that take one another up again: a failed one, the one that takes it up, and so on. While a person has to look at one of
 * them, nothing of those that came after it leaves the house, for it may have been paid.
 *
 * Rows are locked from the first payout of a chain to the last, by everyone.
 */

import type { Review } from "@jumpa-madu/contracts/payout/states";
import type { Db, Tx } from "../relational/relational-store.ts";
import { openJob } from "./jobs.ts";
import { lockPayout, type Payout } from "./payout.ts";
import { isOpen } from "./payout-states.ts";

/** Locks a payout and all that it takes up again; answers it, and whether any of them is under review. Null when there is none. */
export async function lockChain(
  tx: Tx,
  id: string,
): Promise<{ payout: Payout; isUnderReview: boolean } | null> {
  const chain = [id, ...(await earlierThan(tx, id)).map((earlier) => earlier.id)];
  let isUnderReview = false;
  let payout: Payout | null = null;
  for (const each of chain.toReversed()) {
    payout = await lockPayout(tx, each);
    isUnderReview ||= payout?.review !== null;
  }
  return payout === null ? null : { payout, isUnderReview };
}

/** Tells whether a person has to look at a payout that this one takes up again, or at one before that. */
export async function waitsForEarlier(db: Db, id: string): Promise<boolean> {
  const earlier = await earlierThan(db, id);
  return earlier.some(({ review }) => review !== null && review !== "earlier_payout");
}

/** The payout that takes this one up again and has not ended; null when there is none. Locks it and those between. */
export async function lockOpenRetry(tx: Tx, id: string): Promise<Payout | null> {
  const later = await lockLater(tx, id);
  return later.find(({ state }) => isOpen(state)) ?? null;
}

/** Holds back what takes this payout up again, because it has come under review. */
export async function holdBackRetries(tx: Tx, id: string, nowMs: number): Promise<void> {
  for (const { id: retry, state, review } of await lockLater(tx, id)) {
    if (!isOpen(state) || review !== null) continue;
    await tx
      .updateTable("payouts")
      .set({ review: "earlier_payout", review_attempt_id: null, review_ms: nowMs })
      .where("id", "=", retry)
      .execute();
  }
}

/** Lets what takes this payout up again go on, unless it waits for another one too. */
export async function releaseRetries(tx: Tx, id: string, nowMs: number): Promise<void> {
  for (const { id: retry, review } of await lockLater(tx, id)) {
    if (review !== "earlier_payout" || (await waitsForEarlier(tx, retry))) continue;
    await tx
      .updateTable("payouts")
      .set({ review: null, review_attempt_id: null, review_ms: null })
      .where("id", "=", retry)
      .execute();
    const attempts = await tx
      .selectFrom("payout_attempts")
      .select(["id", "state"])
      .where("payout_id", "=", retry)
      .where("state", "in", ["queued", "accepted", "unknown"])
      .execute();
    for (const { id: subject, state } of attempts)
      await openJob(tx, { kind: state === "queued" ? "submit" : "lookup", subject, dueMs: nowMs, nowMs });
  }
}

interface Link {
  id: string;
  review: Review | null;
  retryOf: string | null;
}

/** What a payout takes up again, the latest first. Which takes up which never changes. */
async function earlierThan(db: Db, id: string): Promise<Link[]> {
  const chain: Link[] = [];
  let at = await linkOf(db, id);
  while (at !== undefined && at.retryOf !== null) {
    at = await linkOf(db, at.retryOf);
    if (at !== undefined) chain.push(at);
  }
  return chain;
}

function linkOf(db: Db, id: string): Promise<Link | undefined> {
  return db
    .selectFrom("payouts")
    .select(["id", "review", "retry_of as retryOf"])
    .where("id", "=", id)
    .executeTakeFirst();
}

/** Payouts that take this one up again, the first first. Locks them. */
async function lockLater(tx: Tx, id: string): Promise<Payout[]> {
  const later: Payout[] = [];
  for (let at: string | null = id; at !== null; ) {
    const row: { id: string } | undefined = await tx
      .selectFrom("payouts")
      .select("id")
      .where("retry_of", "=", at)
      .executeTakeFirst();
    at = row?.id ?? null;
    const payout = at === null ? null : await lockPayout(tx, at);
    if (payout !== null) later.push(payout);
  }
  return later;
}
