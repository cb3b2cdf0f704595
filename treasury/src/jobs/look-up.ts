/** Asks a provider what has become of an attempt: the poller. How often is for the books to say. */
import { findAttempt } from "@jumpa-madu/store/attempts";
import { deferJob, type Job } from "@jumpa-madu/store/jobs";
import { type JobParts, PROVIDER_OFF_RETRY_MS } from "./job-parts.ts";
import { reportOutcome } from "./report-outcome.ts";

/** Works on the job. */
export async function lookUp(parts: JobParts, job: Job): Promise<void> {
  const { store, providers, log, nowMs } = parts;
  const attempt = await findAttempt(store.db, job.subject);
  if (attempt === null) throw new Error(`job ${job.id} is about an attempt that is not there`);
  const provider = providers.get(attempt.provider);
  if (provider === undefined) {
    log.error(
      { attempt: attempt.id, provider: attempt.provider },
      "the attempt's provider is off; configure its secrets again",
    );
    await store.transaction((tx) => deferJob(tx, job, { nowMs: nowMs(), afterMs: PROVIDER_OFF_RETRY_MS }));
    return;
  }
  const { id: reference, idempotencyKey, providerId } = attempt;
  const answered = await provider.lookup({ reference, idempotencyKey, providerId });
  await reportOutcome(parts, { attempt, call: "lookup", answered });
}
