/**
 * Resolving a payout under review: one person decides, another agrees, and only then anything moves. One that waits to be sent and
 * of which nothing has left is called off in the same way, by the decision `not_paid`.
 *
 * Whoever decides has looked into the provider's dashboard: the books follow what truly happened to the money.
 */

import type { Resolution } from "@jumpa-madu/contracts/payout/states";
import { sql } from "kysely";
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { faultOfApprover } from "./approve-payout.ts";
import { attemptsOf, changeAttempt, type PayoutAttempt } from "./attempts.ts";
import { addToTotals, lockTotals } from "./day-totals.ts";
import { endPayout } from "./end-payout.ts";
import { openJob, setNext } from "./jobs.ts";
import { closeLeavingBook, holdLeavingBook } from "./leaving-book.ts";
import { lockPayout, type Payout, payoutNow } from "./payout.ts";
import { bringBack, floatKey, nextHold, payHeld, placeHold, voidHold, writeOff } from "./payout-journals.ts";
import { EARLIER_UNDER_REVIEW, type Refused, refused } from "./refused.ts";
import { lockOpenRetry } from "./retry-chain.ts";
import { endReview } from "./reviews.ts";

/** One person's decision. */
export interface Decision {
  payout: string;
  resolution: Resolution;
  reason: string;
  actor: string;
  nowMs: number;
}

/**
 * `proposed`: another person must agree. `resolved`: another had decided the same, and the books have followed. `repeated`: this
 * person had decided so before, and it is done.
 */
export type ResolveOutcome = { kind: "proposed" | "resolved" | "repeated"; payout: Payout } | Refused;

/**
 * Decides about a payout under review, or agrees to what another has decided. Another decision takes the place of the first. Whoever
 * asked for the payout, and the member's own user, decides nothing; the database refuses it as well.
 */
export async function resolvePayout(tx: Tx, decision: Decision): Promise<ResolveOutcome> {
  const { payout: id, resolution, reason, actor, nowMs } = decision;
  const payout = await lockPayout(tx, id);
  if (payout === null) return refused("unknown", "there is no such payout");
  const unfit = await faultOfApprover(tx, payout, actor);
  if (unfit !== null) return unfit;
  if (payout.review === "earlier_payout") return refused("wrong_state", EARLIER_UNDER_REVIEW);
  const about = payout.review === null ? await unsentOf(tx, payout) : payout.reviewAttempt;
  const isRepeated =
    payout.resolutionAgreedBy !== null &&
    payout.resolution === resolution &&
    (payout.resolutionAgreedBy === actor || payout.resolutionBy === actor);
  if (about === null && isRepeated) return { kind: "repeated", payout };
  if (about === null)
    return refused("wrong_state", "the payout is not under review; there is nothing to decide");
  if (payout.review === null && resolution !== "not_paid")
    return refused(
      "wrong_state",
      "nothing of this payout has left yet; it can only be called off: decide not_paid",
    );
  const isSecond =
    payout.resolution === resolution && payout.resolutionBy !== null && payout.resolutionBy !== actor;
  const scene = await sceneOf(tx, { payout, about, actor, nowMs });
  const fault = faultOf(scene, resolution);
  if (fault !== null) return fault;
  if (!isSecond) {
    await tx
      .updateTable("payouts")
      .set({
        resolution,
        resolution_reason: reason,
        resolution_by: actor,
        resolution_ms: nowMs,
        resolution_agreed_by: null,
      })
      .where("id", "=", id)
      .execute();
  } else {
    const overdraft = await follow(scene, resolution);
    if (overdraft !== null) return overdraft;
    await tx.updateTable("payouts").set({ resolution_agreed_by: actor }).where("id", "=", id).execute();
    await endReview(tx, await payoutNow(tx, id), nowMs);
  }
  await recordDeed(tx, {
    actor,
    action: isSecond ? "payout.resolved" : "payout.resolution_proposed",
    subject: `payout:${id}`,
    reason,
    atMs: nowMs,
  });
  return { kind: isSecond ? "resolved" : "proposed", payout: await payoutNow(tx, id) };
}

interface Scene {
  tx: Tx;
  payout: Payout;
  /** The attempt that the decision is about. */
  attempt: PayoutAttempt;
  /** Another one that may have been paid, or may yet be. */
  other: PayoutAttempt | null;
  /** A payout that takes this one up again and has not ended. */
  retry: { payout: Payout; attempt: PayoutAttempt | null } | null;
  actor: string;
  nowMs: number;
}

async function sceneOf(
  tx: Tx,
  { payout, about, actor, nowMs }: Pick<Scene, "payout" | "actor" | "nowMs"> & { about: string },
): Promise<Scene> {
  const attempts = await attemptsOf(tx, payout.id);
  const attempt = attempts.find(({ id }) => id === about);
  if (attempt === undefined)
    throw new Error(`payout ${payout.id} is under review about no attempt of its own`);
  const other = attempts.find((one) => one.id !== attempt.id && isLive(one)) ?? null;
  return { tx, payout, attempt, other, retry: await retryOf(tx, payout), actor, nowMs };
}

/**
 * The attempt that waits to be sent and of which nothing has left; null when there is none. Whoever begins to send holds the payout
 * first, as the caller does, so that it stays unsent until the transaction ends.
 */
async function unsentOf(tx: Tx, { id, state }: Payout): Promise<string | null> {
  if (state !== "paying") return null;
  const waiting = (await attemptsOf(tx, id)).find((one) => one.state === "queued");
  return waiting === undefined || waiting.firstSentMs !== null || waiting.wasUnknown ? null : waiting.id;
}

async function retryOf(tx: Tx, { id }: Payout): Promise<Scene["retry"]> {
  const payout = await lockOpenRetry(tx, id);
  if (payout === null) return null;
  return { payout, attempt: (await attemptsOf(tx, payout.id)).find(isLive) ?? null };
}

function isLive({ state }: PayoutAttempt): boolean {
  return state !== "failed" && state !== "refused" && state !== "reversed";
}

function isOver({ state }: PayoutAttempt): boolean {
  return state === "failed" || state === "refused";
}

/** Why this cannot be decided, now or at all. */
function faultOf({ payout, attempt, other, retry }: Scene, resolution: Resolution): Refused | null {
  if (attempt.state === "sending")
    return refused("wrong_state", "the attempt is being sent this very moment; try again in some minutes");
  if (attempt.sends === 0 && resolution === "paid") {
    return refused(
      "wrong_state",
      "this attempt was never sent, so what the provider speaks of is another payment; ask the provider, and decide not_paid",
    );
  }
  if (other !== null && other.state !== "succeeded" && other.sends > 0) {
    return refused(
      "wrong_state",
      `attempt ${other.n} is with the provider; wait for what becomes of it, then decide about attempt ${attempt.n}`,
    );
  }
  if (resolution !== "not_paid" && retry !== null && (retry.attempt?.state ?? "queued") !== "queued") {
    return refused(
      "wrong_state",
      `payout ${retry.payout.id}, which takes this one up again, is with the provider; wait for what becomes of it`,
    );
  }
  if (resolution === "written_off" && !(isOver(attempt) && payout.state !== "paying")) {
    return refused(
      "wrong_state",
      "only what was given back to the member, or paid twice, can be written off; decide paid or not_paid",
    );
  }
  if (resolution === "paid" && isOver(attempt) && (payout.state === "paid" || payout.state === "reversed")) {
    return refused(
      "wrong_state",
      "another attempt has been charged for this payout already; decide written_off, or not_paid when the money never went twice",
    );
  }
  return null;
}

/** Moves what the decision says. */
async function follow(scene: Scene, resolution: Resolution): Promise<Refused | null> {
  const { tx, payout, attempt, actor, nowMs } = scene;
  if (resolution === "written_off") {
    await endRetry(scene);
    await writeOff(tx, payout, { attempt: attempt.id, provider: attempt.provider, actor, nowMs });
    return null;
  }
  return resolution === "paid" ? await followPaid(scene) : await followNotPaid(scene);
}

async function followPaid(scene: Scene): Promise<Refused | null> {
  const { tx, payout, attempt, other, actor, nowMs } = scene;
  if (attempt.state === "succeeded") return null;
  const wasFailed = payout.state === "failed";
  await sql`savepoint resolution`.execute(tx);
  await endRetry(scene);
  if (wasFailed) await lockTotals(tx, payout);
  await holdLeavingBook(tx, payout);
  if (wasFailed) {
    const n = await nextHold(tx, payout.id);
    if ((await placeHold(tx, payout, { n, actor, nowMs })) === "overdraft") {
      await sql`rollback to savepoint resolution`.execute(tx);
      return refused(
        "overdraft",
        "the member has spent what was given back and cannot be charged; decide written_off, or wait for further deposits",
      );
    }
    await addToTotals(tx, payout, 1);
  }
  await sql`release savepoint resolution`.execute(tx);
  await withdraw(scene, other);
  await changeAttempt(tx, attempt.id, {
    state: "succeeded",
    failure: null,
    provider_fee_idr: payout.feeIdr,
    ended_ms: nowMs,
  });
  await setNext(tx, attempt.id, { next: null, nowMs });
  const from = floatKey(payout.wasteBank, attempt.provider);
  await payHeld(tx, payout, { from, providerFeeIdr: payout.feeIdr, actor, nowMs });
  await endPayout(tx, payout, { state: "paid", actor, reason: "resolved by two people", nowMs });
  await closeLeavingBook(tx, payout, { attempt: attempt.id, actor, nowMs });
  return null;
}

async function followNotPaid(scene: Scene): Promise<null> {
  const { tx, payout, attempt, other, actor, nowMs } = scene;
  if (attempt.state === "succeeded") {
    await changeAttempt(tx, attempt.id, { state: "reversed", ended_ms: nowMs });
    await bringBack(tx, payout, { from: floatKey(payout.wasteBank, attempt.provider), actor, nowMs });
    await endPayout(tx, payout, { state: "reversed", actor, reason: "resolved by two people", nowMs });
    return null;
  }
  if (payout.state !== "paying") return null;
  if (isOver(attempt)) {
    // The first attempt failed after all: the next one, which was held back, may go.
    if (other !== null) await openJob(tx, { kind: "submit", subject: other.id, dueMs: nowMs, nowMs });
    return null;
  }
  await lockTotals(tx, payout);
  await changeAttempt(tx, attempt.id, { state: "failed", failure: "other", ended_ms: nowMs });
  await setNext(tx, attempt.id, { next: null, nowMs });
  await voidHold(tx, payout, { actor, nowMs });
  await addToTotals(tx, payout, -1);
  await endPayout(tx, payout, {
    state: "failed",
    actor,
    failure: "other",
    reason: "resolved by two people",
    nowMs,
  });
  return null;
}

/** Ends what takes the payout up again, which was never sent, because the member has the money. */
async function endRetry(scene: Scene): Promise<void> {
  const { tx, retry, actor, nowMs } = scene;
  if (retry === null) return;
  const { payout, attempt } = retry;
  await lockTotals(tx, payout);
  await withdraw(scene, attempt);
  await voidHold(tx, payout, { actor, nowMs });
  await addToTotals(tx, payout, -1);
  const isFailed = payout.state === "paying";
  await endPayout(tx, payout, {
    state: isFailed ? "failed" : "cancelled",
    actor,
    failure: isFailed ? "other" : undefined,
    reason: "the payout that it takes up again was paid after all",
    nowMs,
  });
}

/** Takes back an attempt that was never sent. */
async function withdraw({ tx, nowMs }: Scene, other: PayoutAttempt | null): Promise<void> {
  if (other === null) return;
  await changeAttempt(tx, other.id, { state: "failed", failure: "other", ended_ms: nowMs });
  await setNext(tx, other.id, { next: null, nowMs });
}
