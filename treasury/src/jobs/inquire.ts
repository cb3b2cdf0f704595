/** Asks the provider whose a destination is. Nothing waits for it: until it is known, people see that it is not. */

import { findDestination, keepNameCheck, openDestination } from "@jumpa-madu/store/destinations";
import { deferJob, finishJob, type Job } from "@jumpa-madu/store/jobs";
import type { NameCheck } from "../payout-provider.ts";
import type { JobParts } from "./job-parts.ts";

/** Times that a provider is asked before the name counts as not to be had. */
export const INQUIRY_TRIES_MAX = 8;

/** Works on the job. */
export async function inquire(parts: JobParts, job: Job): Promise<void> {
  const { store, vault, providers, desk, nowMs } = parts;
  const destination = await findDestination(store.db, job.subject);
  const account = destination === null ? null : await openDestination(vault, store.db, job.subject);
  const provider = desk.provider === null ? undefined : providers.get(desk.provider);
  if (destination === null || account === null || destination.retiredMs !== null)
    return void (await store.transaction((tx) => finishJob(tx, job)));
  if (provider === undefined || provider.caps.inquiry === "none")
    return await settle(parts, job, { state: "unavailable" });

  const { outcome, raw } = await provider.inquire({
    channel: destination.channel,
    accountNumber: account.accountNumber,
    inquiryKey: destination.id,
  });
  // An answer that is none, or one that is yet to come, is worth another question.
  const isSaid = raw.status === 200 && outcome.state !== "pending";
  if (isSaid || job.tries >= INQUIRY_TRIES_MAX)
    return await settle(parts, job, outcome.state === "pending" ? { state: "unavailable" } : outcome);
  await store.transaction((tx) => deferJob(tx, job, { nowMs: nowMs() }));
}

async function settle({ store, vault, nowMs }: JobParts, job: Job, answer: NameCheck): Promise<void> {
  await store.transaction(async (tx) => {
    await keepNameCheck(vault, tx, { destination: job.subject, answer, nowMs: nowMs() });
    await finishJob(tx, job);
  });
}
