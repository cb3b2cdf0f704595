/** Payouts as people look at them: lists, and one with all that happened to it. */

import type { PayoutState } from "@jumpa-madu/contracts/payout/states";
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { attemptsOf, type PayoutAttempt } from "./attempts.ts";
import { findDestination, isFirstTo, type PayoutDestination } from "./destinations.ts";
import { type CashPayment, paymentOf } from "./pay-out-cash.ts";
import { findPayout, type Payout, toPayout } from "./payout.ts";

/** Which payouts are asked for; null: all. */
export interface PayoutFilter {
  wasteBank: string | null;
  member: string | null;
  state: PayoutState | null;
  channel: string | null;
  /** Only those that a person must look at. */
  isUnderReview: boolean;
  /** Asked for from this moment on, and before that one. */
  fromMs: number | null;
  toMs: number | null;
}

/** Payouts, the one that was asked for last first. */
export async function listPayouts(
  db: Db,
  filter: PayoutFilter,
  { limit, after }: PageRequest,
): Promise<Page<Payout>> {
  const { wasteBank, member, state, channel, isUnderReview, fromMs, toMs } = filter;
  let query = db
    .selectFrom("payouts")
    .selectAll()
    .orderBy("requested_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (wasteBank !== null) query = query.where("waste_bank_id", "=", wasteBank);
  if (member !== null) query = query.where("member_id", "=", member);
  if (state !== null) query = query.where("state", "=", state);
  if (channel !== null) query = query.where("channel", "=", channel);
  if (isUnderReview) query = query.where("review", "is not", null);
  if (fromMs !== null) query = query.where("requested_ms", ">=", fromMs);
  if (toMs !== null) query = query.where("requested_ms", "<", toMs);
  if (after !== null) query = query.where(isBefore(["requested_ms", "id"], after));
  const rows = await query.execute();
  return pageOf(rows.map(toPayout), limit, ({ requestedMs, id }) => momentCursor(requestedMs, id));
}

/** A payout with all that happened to it. */
export interface PayoutDetail {
  payout: Payout;
  destination: PayoutDestination | null;
  attempts: PayoutAttempt[];
  payment: CashPayment | null;
  /** Attempts that are sent before this one; null when none of it waits to be sent. */
  queuePosition: number | null;
  /** Nothing has been paid to its destination yet. */
  isFirstToDestination: boolean;
}

/** The payout of this id with all that happened to it; null when there is none. */
export async function describePayout(db: Db, id: string): Promise<PayoutDetail | null> {
  const payout = await findPayout(db, id);
  if (payout === null) return null;
  const attempts = await attemptsOf(db, id);
  return {
    payout,
    destination: payout.destination === null ? null : await findDestination(db, payout.destination),
    attempts,
    payment: await paymentOf(db, id),
    isFirstToDestination: payout.destination !== null && (await isFirstTo(db, payout.destination)),
    queuePosition: await queuePositionOf(db, attempts),
  };
}

async function queuePositionOf(db: Db, attempts: PayoutAttempt[]): Promise<number | null> {
  const waiting = attempts.find(({ state }) => state === "queued" || state === "unknown");
  if (waiting === undefined) return null;
  const job = await db
    .selectFrom("payout_jobs")
    .select(["due_ms", "id"])
    .where("kind", "=", "submit")
    .where("subject", "=", waiting.id)
    .executeTakeFirst();
  if (job === undefined) return null;
  const { ahead } = await db
    .selectFrom("payout_jobs")
    .select((select) => select.fn.countAll<number>().as("ahead"))
    .where("kind", "=", "submit")
    .where((on) =>
      on.or([on("due_ms", "<", job.due_ms), on.and([on("due_ms", "=", job.due_ms), on("id", "<", job.id)])]),
    )
    .executeTakeFirstOrThrow();
  return Number(ahead);
}
