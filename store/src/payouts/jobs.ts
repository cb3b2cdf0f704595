/**
 * Jobs: what is to be done about payouts, claimed by whichever worker comes first, for the time of a lease.
 *
 * A row is an open job; one that is done is deleted. There is one of each kind and subject, so that nothing is done twice at
 * once. A worker that dies leaves a lease that runs out, and the job is claimed again.
 */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Tx } from "../relational/relational-store.ts";

/** Kinds of job, with what their subject is. */
export const JOB_KINDS = [
  /** Send an attempt to its provider. */
  "submit",
  /** Ask the provider what has become of an attempt. */
  "lookup",
  /** Ask the provider whose a destination is. */
  "inquire",
  /** Work through a message of the inbox. */
  "inbox",
] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** A job that a worker holds until its lease runs out. */
export interface Job {
  id: string;
  kind: JobKind;
  subject: string;
  worker: string;
  leaseUntilMs: number;
  /** Times that it was claimed, this one included. */
  tries: number;
}

/** Waits between tries; the last one for ever. */
export const BACKOFF_MS = [30_000, 60_000, 120_000, 300_000, 900_000, 1_800_000, 3_600_000] as const;

/** Time until the next try of a job that was claimed this often. */
export function backoffMs(tries: number): number {
  return BACKOFF_MS[Math.min(Math.max(tries, 1), BACKOFF_MS.length) - 1] ?? BACKOFF_MS[0];
}

/** Opens a job. One that is open already is due no later than this, and keeps its lease. */
export async function openJob(
  tx: Tx,
  { kind, subject, dueMs, nowMs }: { kind: JobKind; subject: string; dueMs: number; nowMs: number },
): Promise<void> {
  await tx
    .insertInto("payout_jobs")
    .values({
      id: newEventId(nowMs),
      kind,
      subject,
      due_ms: dueMs,
      lease_until_ms: null,
      worker: null,
      tries: 0,
      created_ms: nowMs,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["kind", "subject"])
        .doUpdateSet({ due_ms: dueMs })
        .where("payout_jobs.due_ms", ">", dueMs),
    )
    .execute();
}

/** Ends a job that is done. False, and nothing is done, when the lease was lost or the job was opened anew meanwhile. */
export async function finishJob(tx: Tx, job: Job): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom("payout_jobs")
    .where("id", "=", job.id)
    .where("worker", "=", job.worker)
    .where("lease_until_ms", "=", job.leaseUntilMs)
    .executeTakeFirstOrThrow();
  return numDeletedRows === 1n;
}

/**
 * Puts a job off: by its backoff, or for the time given. False, and nothing is done, when the lease was lost.
 *
 * A `submit` cannot be put off, because its attempt is `sending`: tell `applyOutcome` what happened.
 */
export async function deferJob(
  tx: Tx,
  job: Job,
  { nowMs, afterMs = backoffMs(job.tries) }: { nowMs: number; afterMs?: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("payout_jobs")
    .set({ due_ms: nowMs + afterMs, lease_until_ms: null, worker: null })
    .where("id", "=", job.id)
    .where("worker", "=", job.worker)
    .where("lease_until_ms", "=", job.leaseUntilMs)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** What an attempt waits for next: `null` nothing. */
export type Next = { kind: "submit" | "lookup"; dueMs: number } | null;

/** Leaves an attempt with the one job that it needs, released; ends the others, whoever holds them. */
export async function setNext(
  tx: Tx,
  attempt: string,
  { next, nowMs }: { next: Next; nowMs: number },
): Promise<void> {
  await tx
    .deleteFrom("payout_jobs")
    .where("subject", "=", attempt)
    .where("kind", "in", ["submit", "lookup"])
    .$if(next !== null, (query) => query.where("kind", "<>", next?.kind ?? "submit"))
    .execute();
  if (next === null) return;
  await openJob(tx, { ...next, subject: attempt, nowMs });
  await tx
    .updateTable("payout_jobs")
    .set({ due_ms: next.dueMs, lease_until_ms: null, worker: null })
    .where("subject", "=", attempt)
    .where("kind", "=", next.kind)
    .execute();
}
