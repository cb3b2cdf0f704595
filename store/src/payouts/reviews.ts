/** Reviews and alarms: what a person must look at, and is told once. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Review } from "@jumpa-madu/contracts/payout/states";
import { recordDeed } from "../proof/audit.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import type { Payout } from "./payout.ts";
import { isOpen } from "./payout-states.ts";
import { holdBackRetries, releaseRetries, waitsForEarlier } from "./retry-chain.ts";

/** What alarms are about. */
export const ALARM_KINDS = [
  /** The provider says that our key came with other bytes: a defect of ours. */
  "key_conflict",
  "mismatch",
  "late_success",
  "contradiction",
  "unresolved",
  /** Money came back after it was paid; the member has it again, and should be told. */
  "reversed",
  /** Money came back for a member who has left. */
  "owed_to_former",
  /** The door of the provider has been shut on it for CANNOT_SEND_MS. */
  "cannot_send",
  /** A payout that took everything was paid, and its book stays open. */
  "book_not_closed",
  "reconciliation",
  /** Messages of a provider were put aside, for a person. */
  "parked_messages",
] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/** Those about one attempt or payout. */
type AttemptAlarm = Exclude<AlarmKind, "reconciliation" | "parked_messages">;

/** Something that a person must hear of. */
export interface PayoutAlarm {
  id: string;
  kind: AlarmKind;
  payout: string | null;
  attempt: string | null;
  /** What happened and what to do, without personal data. */
  detail: string;
  raisedMs: number;
  seenBy: string | null;
  seenMs: number | null;
}

/** Who takes back a decision about which a provider has said something else. */
const REVIEW_ACTOR = "job:payouts";

/** What to tell of each alarm about an attempt. */
const DETAILS: Record<AttemptAlarm, string> = {
  key_conflict:
    "the provider says that this attempt's key came with other bytes; nothing is sent again, it is looked up. Tell the makers of this system",
  mismatch:
    "the provider speaks of another amount, channel or account than ours; look it up in the provider's dashboard, then resolve the payout with a second person",
  late_success:
    "the provider says that an attempt was paid which had failed; look it up in the provider's dashboard, then resolve the payout with a second person",
  contradiction:
    "the provider says what cannot follow on what it said before; look it up in the provider's dashboard, then resolve the payout with a second person",
  unresolved:
    "nobody could say whether this attempt was paid until the time for sending it again was over; look it up in the provider's dashboard, then resolve the payout with a second person",
  owed_to_former:
    "the money came back from the bank after the member had left; it is on no book, and owed to the person: the member's number tells who it was. Pay it out by POST /v1/payouts/{id}/settle-owed",
  cannot_send:
    "this attempt waits to be sent for hours and nothing of it has left: the provider turns it away, or cannot be reached, or the treasury does not know it. Look at the provider and at the treasury's settings; to give the money back decide not_paid with a second person",
  book_not_closed:
    "this payout took everything and was paid, and the book could not be closed: money came meanwhile, waste waits to be sold, or the member's deposits go to it. It takes deposits as before; pay out what is there and close it",
  reversed: "the money came back from the bank and stands in the member's book again; tell the member",
};

/**
 * Puts a payout under review, holds back what takes it up again, and raises the alarm; nothing happens when it is under this very
 * review. Lock the payout first.
 */
export async function raiseReview(
  tx: Tx,
  {
    payout,
    attempt,
    review,
    nowMs,
  }: { payout: string; attempt: string; review: Exclude<Review, "earlier_payout">; nowMs: number },
): Promise<void> {
  const before = await tx
    .selectFrom("payouts")
    .select(["review", "review_attempt_id as attempt", "resolution"])
    .where("id", "=", payout)
    .executeTakeFirstOrThrow();
  if (before.review === review && before.attempt === attempt) return;
  // What is graver than mere silence takes its place; what was grave already stays, and the alarm tells of the rest.
  if (before.review === null || before.review === "unresolved" || before.review === "earlier_payout") {
    if (before.resolution !== null) await forgetDecision(tx, payout, nowMs);
    await tx
      .updateTable("payouts")
      .set({ review, review_attempt_id: attempt, review_ms: nowMs })
      .where("id", "=", payout)
      .execute();
    await holdBackRetries(tx, payout, nowMs);
  }
  await raiseAlarm(tx, { kind: review, payout, attempt, nowMs });
}

/** Ends a review; what takes the payout up again may go on. Lock the payout first. */
export async function endReview(tx: Tx, { id, state }: Payout, nowMs: number): Promise<void> {
  const waits = isOpen(state) && (await waitsForEarlier(tx, id));
  await tx
    .updateTable("payouts")
    .set({
      review: waits ? "earlier_payout" : null,
      review_attempt_id: null,
      review_ms: waits ? nowMs : null,
    })
    .where("id", "=", id)
    .execute();
  await releaseRetries(tx, id, nowMs);
}

/** Takes what was decided about a payout off its row, with the deed: a verification believes no row that merely says nothing. */
export async function forgetDecision(tx: Tx, payout: string, nowMs: number): Promise<void> {
  await tx
    .updateTable("payouts")
    .set({
      resolution: null,
      resolution_reason: null,
      resolution_by: null,
      resolution_ms: null,
      resolution_agreed_by: null,
    })
    .where("id", "=", payout)
    .execute();
  await recordDeed(tx, {
    actor: REVIEW_ACTOR,
    action: "payout.reopened",
    subject: `payout:${payout}`,
    atMs: nowMs,
  });
}

/** Raises an alarm about an attempt, or about a payout that has none; nothing happens while the same one of an attempt is unseen. */
export async function raiseAlarm(
  tx: Tx,
  {
    kind,
    payout,
    attempt,
    nowMs,
  }: { kind: AttemptAlarm; payout: string; attempt: string | null; nowMs: number },
): Promise<void> {
  await tx
    .insertInto("payout_alarms")
    .values({
      id: newEventId(nowMs),
      kind,
      payout_id: payout,
      attempt_id: attempt,
      detail: DETAILS[kind],
      raised_ms: nowMs,
      seen_by: null,
      seen_ms: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Raises an alarm that a day's reconciliation has found something. */
export async function raiseReconciliationAlarm(tx: Tx, detail: string, nowMs: number): Promise<void> {
  await tx
    .insertInto("payout_alarms")
    .values({
      id: newEventId(nowMs),
      kind: "reconciliation",
      payout_id: null,
      attempt_id: null,
      detail,
      raised_ms: nowMs,
      seen_by: null,
      seen_ms: null,
    })
    .execute();
}

/** Raises the alarm that messages of a provider were put aside; nothing happens while it is unseen. */
export async function raiseParkedAlarm(tx: Tx, nowMs: number): Promise<void> {
  await tx
    .insertInto("payout_alarms")
    .values({
      id: newEventId(nowMs),
      kind: "parked_messages",
      payout_id: null,
      attempt_id: null,
      detail:
        "messages of a payment provider fit nothing and were put aside; read them by GET /v1/payout-inbox, look into the provider's dashboard, and note what you found by POST /v1/payout-inbox/{id}/settle",
      raised_ms: nowMs,
      seen_by: null,
      seen_ms: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Notes that somebody has seen an alarm, with the deed; done again by the same person it changes nothing. False when there is none, or another had seen it. */
export async function seeAlarm(
  tx: Tx,
  id: string,
  { actor, nowMs }: { actor: string; nowMs: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("payout_alarms")
    .set({ seen_by: actor, seen_ms: nowMs })
    .where("id", "=", id)
    .where("seen_ms", "is", null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows !== 1n) {
    const alarm = await tx
      .selectFrom("payout_alarms")
      .select("seen_by")
      .where("id", "=", id)
      .executeTakeFirst();
    return alarm?.seen_by === actor;
  }
  await recordDeed(tx, { actor, action: "payout_alarm.seen", subject: `payout_alarm:${id}`, atMs: nowMs });
  return true;
}

/** Alarms from the newest on; `isOpen`: only those that nobody has seen. */
export async function listAlarms(
  db: Db,
  { isOpen }: { isOpen: boolean },
  { limit, after }: PageRequest,
): Promise<Page<PayoutAlarm>> {
  let query = db
    .selectFrom("payout_alarms")
    .selectAll()
    .orderBy("raised_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (isOpen) query = query.where("seen_ms", "is", null);
  if (after !== null) query = query.where(isBefore(["raised_ms", "id"], after));
  const rows = await query.execute();
  return pageOf(
    rows.map((row) => ({
      id: row.id,
      // The database knows the same kinds.
      kind: row.kind as AlarmKind,
      payout: row.payout_id,
      attempt: row.attempt_id,
      detail: row.detail,
      raisedMs: row.raised_ms,
      seenBy: row.seen_by,
      seenMs: row.seen_ms,
    })),
    limit,
    ({ raisedMs, id }) => momentCursor(raisedMs, id),
  );
}
