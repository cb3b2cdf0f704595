/** The moment before an attempt is sent: what a crash must find in the database is written here. */
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { openJob } from "./jobs.ts";
import { forgetDecision, raiseReview } from "./reviews.ts";

/** Longest time after the first sending in which the same bytes are sent again under the same key. */
export const RESEND_MS_MAX = 20 * 3_600_000;

/**
 * How long each provider is known to keep a key. Xendit and Flip publish no such time; a day is what others keep, and
 * RESEND_MS_MAX stays below it.
 */
export const KEY_KEPT_MS: Readonly<Record<PayoutProviderId, number>> = {
  "xendit-v2": 24 * 3_600_000,
  "flip-v3": 24 * 3_600_000,
};

/**
 * Marks an attempt as being sent. False when it must not be sent now: then what it needs instead is arranged.
 *
 * It never waits for a lock while the job is held, because whoever has the attempt may wait for the job.
 */
export async function beginSending(tx: Tx, attempt: string, nowMs: number): Promise<boolean> {
  const isPostgres = engineOf(tx) === "postgres";
  const found = await tx
    .selectFrom("payout_attempts")
    .select("payout_id")
    .where("id", "=", attempt)
    .executeTakeFirstOrThrow();
  const payout = await tx
    .selectFrom("payouts")
    .select(["id", "state", "review", "resolution"])
    .where("id", "=", found.payout_id)
    .$if(isPostgres, (query) => query.forNoKeyUpdate().skipLocked())
    .executeTakeFirst();
  if (payout === undefined) return false;
  const row = await tx
    .selectFrom("payout_attempts")
    .selectAll()
    .where("id", "=", attempt)
    .$if(isPostgres, (query) => query.forNoKeyUpdate().skipLocked())
    .executeTakeFirst();
  if (row === undefined) return false;

  if (row.state === "sending") {
    // Whoever had it is gone, and nobody knows how far it came.
    await tx
      .updateTable("payout_attempts")
      .set({ state: "unknown", was_unknown: 1 })
      .where("id", "=", attempt)
      .execute();
    return await lookUpInstead(tx, attempt, nowMs);
  }
  const mayBeSent = row.state === "queued" || row.state === "unknown";
  if (!mayBeSent || payout.state !== "paying") {
    await endSubmit(tx, attempt);
    return false;
  }
  // One that is queued has never left, so that no such time has begun.
  if (row.resend_until_ms !== null && nowMs >= row.resend_until_ms) {
    await raiseReview(tx, { payout: payout.id, attempt, review: "unresolved", nowMs });
    return await lookUpInstead(tx, attempt, nowMs);
  }
  // While a person has to look at it nothing more leaves the house. The job comes back when it is decided.
  if (payout.review !== null && payout.review !== "unresolved") {
    if (row.state === "unknown") return await lookUpInstead(tx, attempt, nowMs);
    await endSubmit(tx, attempt);
    return false;
  }
  // One person may have wished to call it off; nobody else has agreed in time.
  if (payout.review === null && payout.resolution !== null) await forgetDecision(tx, payout.id, nowMs);
  await tx
    .updateTable("payout_attempts")
    .set({
      state: "sending",
      sends: row.sends + 1,
      last_sent_ms: nowMs,
      ...(row.first_sent_ms === null
        ? {
            first_sent_ms: nowMs,
            resend_until_ms: nowMs + Math.min(RESEND_MS_MAX, KEY_KEPT_MS[row.provider]),
          }
        : {}),
    })
    .where("id", "=", attempt)
    .execute();
  return true;
}

async function lookUpInstead(tx: Tx, attempt: string, nowMs: number): Promise<false> {
  await endSubmit(tx, attempt);
  await openJob(tx, { kind: "lookup", subject: attempt, dueMs: nowMs, nowMs });
  return false;
}

async function endSubmit(tx: Tx, attempt: string): Promise<void> {
  await tx.deleteFrom("payout_jobs").where("kind", "=", "submit").where("subject", "=", attempt).execute();
}
