/**
 * Applies what a provider has said about an attempt: keeps the answer, moves attempt, payout and money, and leaves the attempt
 * with the job that it needs next; all in the caller's transaction. The same answer applied twice changes nothing the second time.
 */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { CHANNELS, isChannelCode } from "@jumpa-madu/contracts/payout/channels";
import type { Failure, Lookup } from "@jumpa-madu/contracts/payout/outcome";
import type { Updateable } from "kysely";
import type { Tx } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";
import type { Vault } from "../vault/vault.ts";
import { VaultError } from "../vault/vault-error.ts";
import { faultOfDestinationNow } from "./approve-payout.ts";
import {
  ATTEMPTS_MAX,
  changeAttempt,
  findAttempt,
  findAttemptByProviderId,
  lockAttempt,
  makeAttempt,
  type PayoutAttempt,
  type PayoutDesk,
} from "./attempts.ts";
import { addToTotals, lockTotals } from "./day-totals.ts";
import { openDestination } from "./destinations.ts";
import { endPayout, FAILURE_REASONS } from "./end-payout.ts";
import { backoffMs, type Next, setNext } from "./jobs.ts";
import { closeLeavingBook, holdLeavingBook } from "./leaving-book.ts";
import { lockPayout, type Payout, payoutNow } from "./payout.ts";
import {
  bringBack,
  type Doing,
  floatKey,
  nextHold,
  payHeld,
  placeHold,
  voidHold,
} from "./payout-journals.ts";
import { type Refused, refused } from "./refused.ts";
import { waitsForEarlier } from "./retry-chain.ts";
import { endReview, raiseAlarm, raiseReview } from "./reviews.ts";
import { type ProviderCall, type Verdict, verdictOf } from "./verdict.ts";

/** Who acts when a provider's answer moves money. */
export const PROVIDER_ACTOR = "job:payouts";

/** The answer as it came. */
export interface RawAnswer {
  call: ProviderCall;
  /** Null when there was none: the connection broke, or time ran out. */
  httpStatus: number | null;
  /** Null when there was none. */
  body: Uint8Array | null;
}

/** An answer, and what the adapter takes it for. */
export interface Report {
  attempt: string;
  outcome: Lookup;
  answer: RawAnswer;
  nowMs: number;
}

/** What became of an answer. `verdict`: what it was taken to mean. */
export type Applied = { kind: "applied"; verdict: Verdict["kind"]; payout: Payout } | Refused;

/** Applies one answer. The worker need not end the job that led to it: the attempt is left with the one that it needs. */
export async function applyOutcome(desk: PayoutDesk, tx: Tx, report: Report): Promise<Applied> {
  const { outcome, answer, nowMs } = report;
  const found = await findAttempt(tx, report.attempt);
  const payout = found === null ? null : await lockPayout(tx, found.payout);
  if (found === null || payout === null) return refused("unknown", "there is no such attempt");
  const attempt = await lockAttempt(tx, found.id);

  await keepAnswer(desk.vault, tx, { attempt, outcome, answer, nowMs });
  const isMismatch = await speaksOfAnother(desk.vault, tx, { payout, attempt, outcome });
  const verdict = verdictOf(answer.call, outcome, {
    ...attempt,
    isMismatch,
    isUnderReview:
      payout.reviewAttempt === attempt.id && payout.review !== null && payout.review !== "unresolved",
    nowMs,
  });
  await act({ desk, tx, payout, attempt, outcome, nowMs }, verdict);
  return { kind: "applied", verdict: verdict.kind, payout: await payoutNow(tx, payout.id) };
}

interface Scene {
  desk: PayoutDesk;
  tx: Tx;
  payout: Payout;
  attempt: PayoutAttempt;
  outcome: Lookup;
  nowMs: number;
}

async function act(scene: Scene, verdict: Verdict): Promise<void> {
  const { tx, payout, attempt, outcome, nowMs } = scene;
  if (verdict.keyConflict === true)
    await raiseAlarm(tx, { kind: "key_conflict", payout: payout.id, attempt: attempt.id, nowMs });
  const words = wordsOf(attempt, outcome);
  switch (verdict.kind) {
    case "nothing":
      return await keepPolling(scene);
    case "accepted":
      await changeAttempt(tx, attempt.id, { ...words.all, state: "accepted" });
      if (verdict.isUnresolved === true)
        await raiseReview(tx, { payout: payout.id, attempt: attempt.id, review: "unresolved", nowMs });
      else await clearUnresolved(tx, payout, nowMs);
      return await next(scene, { kind: "lookup", dueMs: nowMs + (await pollMs(scene)) });
    case "unknown":
      await changeAttempt(tx, attempt.id, { state: "unknown", was_unknown: 1 });
      return await next(scene, { kind: "lookup", dueMs: nowMs + (verdict.afterMs ?? (await pollMs(scene))) });
    case "queued":
      // Nothing of it has ever left: the time for sending it again begins with the sending that does.
      await changeAttempt(tx, attempt.id, { state: "queued", first_sent_ms: null, resend_until_ms: null });
      return await next(scene, {
        kind: "submit",
        dueMs: nowMs + (verdict.afterMs ?? backoffMs(attempt.sends)),
      });
    case "resend":
      if (attempt.state === "sending") await changeAttempt(tx, attempt.id, { state: "unknown" });
      return await next(scene, { kind: "submit", dueMs: nowMs + resendMs(verdict, attempt) });
    case "succeeded":
      await succeed(scene, words.all);
      return await next(scene, null);
    case "succeeded_and_reversed":
      await succeed(scene, words.all);
      await reverse({ ...scene, payout: await payoutNow(tx, payout.id) });
      return await next(scene, null);
    case "reversed":
      await changeAttempt(tx, attempt.id, { ...words.status, state: "succeeded" });
      await reverse(scene);
      return await next(scene, null);
    case "failed":
      return await fail(scene, { ...words.all, state: verdict.state, failure: verdict.failure });
    case "review":
      await raiseReview(tx, { payout: payout.id, attempt: attempt.id, review: verdict.review, nowMs });
      if (attempt.state !== "sending") return await keepPolling(scene);
      // Whatever the sending comes to, it is no longer judged by itself.
      await changeAttempt(tx, attempt.id, { state: "unknown", was_unknown: 1 });
      return await next(scene, { kind: "lookup", dueMs: nowMs + (await pollMs(scene)) });
  }
}

/** Money left the house and will arrive: the hold is settled. */
async function succeed(
  { tx, payout, attempt, outcome, nowMs }: Scene,
  words: Updateable<Tables["payout_attempts"]>,
): Promise<void> {
  const providerFeeIdr = ("feeIdr" in outcome ? outcome.feeIdr : undefined) ?? payout.feeIdr;
  await changeAttempt(tx, attempt.id, {
    ...words,
    state: "succeeded",
    failure: null,
    provider_fee_idr: providerFeeIdr,
    ended_ms: nowMs,
  });
  const from = floatKey(payout.wasteBank, attempt.provider);
  await holdLeavingBook(tx, payout);
  await payHeld(tx, payout, { from, providerFeeIdr, actor: PROVIDER_ACTOR, nowMs });
  await endPayout(tx, payout, { state: "paid", actor: PROVIDER_ACTOR, nowMs });
  await closeLeavingBook(tx, payout, { attempt: attempt.id, actor: PROVIDER_ACTOR, nowMs });
  await clearUnresolved(tx, payout, nowMs);
}

/** Money came back: it stands in the member's book again, or is owed to whoever has left; a person tells them. */
async function reverse({ tx, payout, attempt, nowMs }: Scene): Promise<void> {
  await changeAttempt(tx, attempt.id, { state: "reversed", ended_ms: nowMs });
  const from = floatKey(payout.wasteBank, attempt.provider);
  const whereto = await bringBack(tx, payout, { from, actor: PROVIDER_ACTOR, nowMs });
  await endPayout(tx, payout, {
    state: "reversed",
    actor: PROVIDER_ACTOR,
    reason: "the receiving bank sent the money back",
    nowMs,
  });
  const kind = whereto === "to_book" ? "reversed" : "owed_to_former";
  await raiseAlarm(tx, { kind, payout: payout.id, attempt: attempt.id, nowMs });
}

/** It will not arrive: money is given back, and held again for a further attempt where a passing disturbance was the reason. */
async function fail(
  scene: Scene,
  { failure, ...change }: Updateable<Tables["payout_attempts"]> & { failure: Failure },
): Promise<void> {
  const { desk, tx, payout, attempt, nowMs } = scene;
  await lockTotals(tx, payout);
  await changeAttempt(tx, attempt.id, { ...change, failure, ended_ms: nowMs });
  await clearUnresolved(tx, payout, nowMs);
  await next(scene, null);
  const doing: Doing = { actor: PROVIDER_ACTOR, nowMs };
  await voidHold(tx, payout, doing);
  const isPassing = failure === "channel_temporary" && change.state === "failed" && attempt.n < ATTEMPTS_MAX;
  const mayGoOn =
    isPassing &&
    (payout.review === null || payout.review === "unresolved") &&
    !(await waitsForEarlier(tx, payout.id));
  const obstacle = mayGoOn ? await goOn(desk, tx, { payout, n: attempt.n + 1, nowMs }) : undefined;
  if (obstacle === null) return;
  await addToTotals(tx, payout, -1);
  await endPayout(tx, payout, {
    state: "failed",
    actor: PROVIDER_ACTOR,
    failure,
    reason: obstacle?.reason ?? FAILURE_REASONS[failure],
    nowMs,
  });
}

/** A new attempt with a new key and a new hold, or why there is none: the money is gone, or nothing can be sent there any more. */
async function goOn(
  desk: PayoutDesk,
  tx: Tx,
  { payout, n, nowMs }: { payout: Payout; n: number; nowMs: number },
): Promise<Refused | null> {
  const unusable = await faultOfDestinationNow(tx, payout, { provider: desk.provider, nowMs });
  if (unusable !== null) return unusable;
  const hold = { n: await nextHold(tx, payout.id), actor: PROVIDER_ACTOR, nowMs };
  if ((await placeHold(tx, payout, hold)) !== "held")
    return refused("overdraft", "the book does not hold that much any more");
  const fault = await makeAttempt(desk, tx, { payout, n, nowMs, afterMs: backoffMs(n) });
  if (fault !== null) await voidHold(tx, payout, hold);
  return fault;
}

/** What was only not known is known now. */
async function clearUnresolved(tx: Tx, { id, review }: Payout, nowMs: number): Promise<void> {
  if (review === "unresolved") await endReview(tx, await payoutNow(tx, id), nowMs);
}

/** The provider's words about an attempt: those that may always be kept, and with them its id. */
function wordsOf(attempt: PayoutAttempt, outcome: Lookup) {
  const status =
    "providerStatus" in outcome && outcome.providerStatus !== undefined
      ? { provider_status: outcome.providerStatus }
      : {};
  const isNewId = attempt.providerId === null && "providerId" in outcome && outcome.providerId !== undefined;
  return { status, all: { ...status, ...(isNewId ? { provider_id: outcome.providerId } : {}) } };
}

function next({ tx, attempt, nowMs }: Scene, wanted: Next): Promise<void> {
  return setNext(tx, attempt.id, { next: wanted, nowMs });
}

/** Nothing has changed, so that whatever is going on goes on; who is looking something up looks again later. */
async function keepPolling(scene: Scene): Promise<void> {
  const { state } = scene.attempt;
  if (state === "accepted" || state === "unknown")
    return await next(scene, { kind: "lookup", dueMs: scene.nowMs + (await pollMs(scene)) });
  const isOver = state !== "queued" && state !== "sending";
  if (isOver) await next(scene, null);
}

/** Time until it is sent again: at once when a lookup did not find it, later when the sending was turned away. */
function resendMs({ afterMs }: { afterMs?: number }, { state, sends }: PayoutAttempt): number {
  return state === "sending" ? (afterMs ?? backoffMs(sends)) : 0;
}

/** Time until the next look, by how often it was looked. */
async function pollMs({ tx, attempt, outcome }: Scene): Promise<number> {
  const job = await tx
    .selectFrom("payout_jobs")
    .select("tries")
    .where("kind", "=", "lookup")
    .where("subject", "=", attempt.id)
    .executeTakeFirst();
  const asked = outcome.kind === "throttled" ? (outcome.retryAfterMs ?? 0) : 0;
  return Math.max(asked, backoffMs(job?.tries ?? 1));
}

/** The answer under the member's key; without its body when the member was erased meanwhile. */
async function keepAnswer(
  vault: Vault,
  tx: Tx,
  {
    attempt,
    outcome,
    answer,
    nowMs,
  }: { attempt: PayoutAttempt; outcome: Lookup; answer: RawAnswer; nowMs: number },
): Promise<void> {
  const id = newEventId(nowMs);
  const { body } = answer;
  await tx
    .insertInto("provider_answers")
    .values({
      id,
      attempt_id: attempt.id,
      at_ms: nowMs,
      call: answer.call,
      http_status: answer.httpStatus,
      sealed_body: body === null ? null : await sealed(vault, attempt.member, { use: `answer:${id}`, body }),
      outcome: outcome.kind,
    })
    .execute();
}

async function sealed(
  vault: Vault,
  member: string,
  { use, body }: { use: string; body: Uint8Array },
): Promise<Uint8Array | null> {
  try {
    return await vault.sealFor(member, use, body);
  } catch (error) {
    if (error instanceof VaultError && error.code === "destroyed") return null;
    throw error;
  }
}

/** Tells whether an answer is about another payout than ours: other amount, channel, account, or id of the provider. */
async function speaksOfAnother(
  vault: Vault,
  tx: Tx,
  { payout, attempt, outcome }: { payout: Payout; attempt: PayoutAttempt; outcome: Lookup },
): Promise<boolean> {
  if (outcome.kind === "absent" || outcome.kind === "refused" || outcome.kind === "throttled") return false;
  const { amountIdr, providerChannel, accountNumber, providerId } = outcome;
  if (providerId !== undefined) {
    const { provider } = attempt;
    const known = await findAttemptByProviderId(tx, { provider, providerId });
    if (known !== null && known.id !== attempt.id) return true;
  }
  if (amountIdr !== undefined && amountIdr !== payout.amountIdr) return true;
  if (providerId !== undefined && attempt.providerId !== null && providerId !== attempt.providerId)
    return true;
  if (providerChannel !== undefined && isChannelCode(payout.channel)) {
    const ours = [payout.channel, CHANNELS[payout.channel].providers[attempt.provider].code];
    if (!ours.some((code) => code.toLowerCase() === providerChannel.toLowerCase())) return true;
  }
  // Some answers hide digits; those say nothing. Leading zeros come and go between banks.
  if (accountNumber === undefined || !/^\d+$/.test(accountNumber) || payout.destination === null)
    return false;
  const account = await openDestination(vault, tx, payout.destination);
  return account !== null && bare(account.accountNumber) !== bare(accountNumber);
}

function bare(number: string): string {
  return number.replace(/^0+/, "");
}
