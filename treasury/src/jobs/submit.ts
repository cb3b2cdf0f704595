/**
 * Sends an attempt to its provider.
 *
 * That it is being sent was committed when the job was claimed. Whatever happens from here on without a word to the books (a
 * crash, a lost database) leaves the attempt in `sending`, and it is looked up when the lease is over.
 */

import type { Outcome } from "@jumpa-madu/contracts/payout/outcome";
import { bytesOf, findAttempt, type PayoutAttempt } from "@jumpa-madu/store/attempts";
import type { Job } from "@jumpa-madu/store/jobs";
import type { Answered } from "../payout-provider.ts";
import { type JobParts, PROVIDER_OFF_RETRY_MS } from "./job-parts.ts";
import { reportOutcome } from "./report-outcome.ts";

/** When an attempt is tried again whose bytes could not be opened, in milliseconds. */
export const BYTES_RETRY_MS = 60_000;

/** Works on the job. */
export async function submit(parts: JobParts, job: Job): Promise<void> {
  const attempt = await findAttempt(parts.store.db, job.subject);
  if (attempt === null) throw new Error(`job ${job.id} is about an attempt that is not there`);
  await reportOutcome(parts, { attempt, call: "submit", answered: await send(parts, attempt) });
}

async function send(
  { store, vault, providers, log }: JobParts,
  attempt: PayoutAttempt,
): Promise<Answered<Outcome>> {
  const { id, provider: name, idempotencyKey } = attempt;
  const provider = providers.get(name);
  if (provider === undefined) {
    log.error({ attempt: id, provider: name }, "the attempt's provider is off; configure its secrets again");
    return notSent(PROVIDER_OFF_RETRY_MS);
  }
  let bytes: Uint8Array;
  try {
    // Compared with the fingerprint that was fixed with them: other bytes never leave the house.
    bytes = await bytesOf(vault, store.db, attempt);
  } catch (err) {
    log.error({ err, attempt: id }, "the bytes of an attempt cannot be opened; it is not sent");
    return notSent(BYTES_RETRY_MS);
  }
  return await provider.submit({ bytes, idempotencyKey, reference: id });
}

function notSent(retryAfterMs: number): Answered<Outcome> {
  return {
    outcome: { kind: "throttled", retryAfterMs },
    raw: { status: null, bytes: new Uint8Array(), trouble: "throttled" },
  };
}
