/**
 * Works through a message of the inbox.
 *
 * It moves nothing by itself: its token never changes and may have leaked. What it is about is asked of the provider, and the
 * answer goes the way of every lookup. A message that fits nothing of ours is parked with its reason.
 */
import {
  attemptsOf,
  findAttempt,
  findAttemptByProviderId,
  type PayoutAttempt,
} from "@jumpa-madu/store/attempts";
import { findDestination } from "@jumpa-madu/store/destinations";
import { deferJob, finishJob, type Job, openJob } from "@jumpa-madu/store/jobs";
import { findPayout } from "@jumpa-madu/store/payout";
import type { Db } from "@jumpa-madu/store/relational-store";
import {
  type InboxMessage,
  openWebhook,
  parkWebhook,
  sealWebhookFor,
  settleWebhook,
} from "@jumpa-madu/store/webhook-inbox";
import type { PayoutProvider, WebhookNote } from "../payout-provider.ts";
import { type JobParts, PROVIDER_OFF_RETRY_MS } from "./job-parts.ts";
import { reportOutcome } from "./report-outcome.ts";

/** Times that the provider is asked about a message before it is parked. The poller goes on asking. */
export const INBOX_TRIES_MAX = 10;

/**
 * How long the provider is asked again, from the message on, while it says that a payout succeeded of which the message tells that it
 * failed or came back: what is announced may be seen later where it is asked for, and nothing else asks about a payout that is paid.
 */
export const ANNOUNCED_ASKED_MS = 24 * 3_600_000;

/** Works on the job. */
export async function workInbox(parts: JobParts, job: Job): Promise<void> {
  const { store, vault, providers, nowMs } = parts;
  const message = await openWebhook(vault, store.db, job.subject);
  if (message === null || message.state !== "new")
    return void (await store.transaction((tx) => finishJob(tx, job)));
  const provider = providers.get(message.provider);
  if (provider === undefined)
    return void (await store.transaction((tx) =>
      deferJob(tx, job, { nowMs: nowMs(), afterMs: PROVIDER_OFF_RETRY_MS }),
    ));
  // It was read before, and is the member's since; what it says beside the attempt was judged then.
  const known = message.attempt === null ? null : await findAttempt(store.db, message.attempt);
  const attempt = known ?? (await read(parts, job, { message, provider }));
  if (attempt === null) return;
  const { id: reference, idempotencyKey, providerId } = attempt;
  const answered = await provider.lookup({ reference, idempotencyKey, providerId });
  const { kind } = answered.outcome;
  if (kind === "unknown" || kind === "absent" || kind === "throttled") {
    if (job.tries < INBOX_TRIES_MAX)
      return void (await store.transaction((tx) => deferJob(tx, job, { nowMs: nowMs() })));
    return await park(parts, job, {
      message,
      reason: `the provider does not say what became of payout ${attempt.payout}, though it was asked ${INBOX_TRIES_MAX} times`,
    });
  }
  const announced = message.body === null ? null : provider.noteOf(message.body).announces;
  const isContradicted = kind === "succeeded" && isAnotherEnd(announced, attempt);
  const isEnough = nowMs() >= message.receivedMs + ANNOUNCED_ASKED_MS;
  await reportOutcome(parts, {
    attempt,
    call: "lookup",
    answered,
    async besides(tx) {
      if (isContradicted) {
        if (!isEnough) await deferJob(tx, job, { nowMs: nowMs() });
        return;
      }
      await settleWebhook(tx, message.id, nowMs());
      await finishJob(tx, job);
    },
  });
  if (isContradicted && isEnough) {
    await park(parts, job, {
      message,
      reason: `the message tells that payout ${attempt.payout} was ${announced}, and the provider still says that it succeeded; look it up in the provider's dashboard`,
    });
  }
}

/** Tells whether a message announces that an attempt has not been paid, or no longer is, of which the books do not know yet. */
function isAnotherEnd(announced: WebhookNote["announces"], { state }: PayoutAttempt): boolean {
  if (announced === null || announced === "succeeded") return false;
  return state !== "reversed" && state !== "failed" && state !== "refused";
}

/** Reads a message for the first time. Answers the attempt that it is about; null when nothing is left to do with it. */
async function read(
  parts: JobParts,
  job: Job,
  {
    message,
    provider,
  }: { message: InboxMessage & { body: Uint8Array | null }; provider: Pick<PayoutProvider, "noteOf"> },
): Promise<PayoutAttempt | null> {
  const { store, vault } = parts;
  const { id, body } = message;
  if (body === null) {
    await park(parts, job, { message, reason: "the member whom the message is about was erased" });
    return null;
  }
  const note = provider.noteOf(body);
  if (note.inquiryKey !== null) {
    await askAgain(parts, job, { message: { ...message, body }, destination: note.inquiryKey });
    return null;
  }
  const attempt = await attemptOf(store.db, message, note);
  const payout = attempt === null ? null : await findPayout(store.db, attempt.payout);
  if (attempt === null || payout === null) {
    const reason =
      note.reference === null && note.providerId === null
        ? "the message names no payout"
        : "no attempt of ours has the reference or the id that the message names";
    await park(parts, job, { message, reason });
    return null;
  }
  await store.transaction((tx) =>
    sealWebhookFor(vault, tx, { id, member: payout.member, attempt: attempt.id, body }),
  );
  if (note.amountIdr === null || note.amountIdr === payout.amountIdr) return attempt;
  await park(parts, job, {
    message,
    reason: `the message speaks of another amount than payout ${attempt.payout} has`,
    // What the provider itself says of the amount decides.
    lookUp: attempt,
  });
  return null;
}

/** The attempt that a message is about. Both of its names must be ones of the same attempt, where we know them. */
async function attemptOf(
  db: Db,
  { provider }: InboxMessage,
  { reference, providerId }: WebhookNote,
): Promise<PayoutAttempt | null> {
  const named = reference === null ? null : await byReference(db, reference);
  const attempt =
    named ?? (providerId === null ? null : await findAttemptByProviderId(db, { provider, providerId }));
  if (attempt === null || attempt.provider !== provider) return null;
  const isSame = providerId === null || attempt.providerId === null || attempt.providerId === providerId;
  return isSame ? attempt : null;
}

/** By its id, or by its key, which begins with the payout's id. */
async function byReference(db: Db, reference: string): Promise<PayoutAttempt | null> {
  const attempt = await findAttempt(db, reference);
  if (attempt !== null) return attempt;
  const [payout = ""] = reference.split(":");
  const attempts = await attemptsOf(db, payout);
  return attempts.find(({ idempotencyKey }) => idempotencyKey === reference) ?? null;
}

async function park(
  { store, log, metrics, nowMs }: JobParts,
  job: Job,
  { message, reason, lookUp }: { message: InboxMessage; reason: string; lookUp?: PayoutAttempt },
): Promise<void> {
  const isOnItsWay = lookUp?.state === "accepted" || lookUp?.state === "unknown";
  await store.transaction(async (tx) => {
    await parkWebhook(tx, message.id, { reason, nowMs: nowMs() });
    if (lookUp !== undefined && isOnItsWay)
      await openJob(tx, { kind: "lookup", subject: lookUp.id, dueMs: nowMs(), nowMs: nowMs() });
    await finishJob(tx, job);
  });
  metrics.inboxParked.inc({ provider: message.provider });
  log.warn({ message: message.id, provider: message.provider, reason }, "a message of a provider was parked");
}

/** The bank has answered the provider: the name is asked for again at once. */
async function askAgain(
  parts: JobParts,
  job: Job,
  { message, destination }: { message: InboxMessage & { body: Uint8Array }; destination: string },
): Promise<void> {
  const { store, vault, nowMs } = parts;
  const found = await findDestination(store.db, destination);
  if (found === null)
    return await park(parts, job, { message, reason: "the message answers an inquiry that is none of ours" });
  const { id, body } = message;
  await store.transaction(async (tx) => {
    await sealWebhookFor(vault, tx, { id, member: found.member, attempt: null, body });
    if (found.nameCheck === "pending")
      await openJob(tx, { kind: "inquire", subject: destination, dueMs: nowMs(), nowMs: nowMs() });
    await settleWebhook(tx, message.id, nowMs());
    await finishJob(tx, job);
  });
}
