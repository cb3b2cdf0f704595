/** Claiming a job: several workers never hold the same one. */
import { engineOf } from "../relational/engine-of.ts";
import type { RelationalStore, Tx } from "../relational/relational-store.ts";
import type { Job, JobKind } from "./jobs.ts";
import { beginSending } from "./sending.ts";

/** Jobs that one claim looks at; those that cannot be begun now make way for the next. */
export const CLAIM_JOBS_MAX = 20;

/** Who claims, and what. */
export interface Claim {
  worker: string;
  kinds: readonly JobKind[];
  nowMs: number;
  /** How long the job is held, in milliseconds: longer than the longest call to a provider. */
  leaseMs: number;
}

/**
 * Claims the job that has been due longest; null when none is. Its transaction is committed when it answers.
 *
 * With a `submit` the attempt has become `sending`, and its count of sends has risen: whatever happens from now on, nobody takes
 * it for never sent. An attempt that a dead worker left in `sending` becomes `unknown` instead, and is looked up.
 */
export async function claimJob(store: RelationalStore, claim: Claim): Promise<Job | null> {
  return await store.transaction((tx) => claimWithin(tx, claim));
}

async function claimWithin(tx: Tx, { worker, kinds, nowMs, leaseMs }: Claim): Promise<Job | null> {
  const passed: string[] = [];
  while (kinds.length > 0 && passed.length < CLAIM_JOBS_MAX) {
    const row = await tx
      .selectFrom("payout_jobs")
      .select(["id", "kind", "subject", "tries"])
      .where("kind", "in", kinds)
      .where("due_ms", "<=", nowMs)
      .where((on) => on.or([on("lease_until_ms", "is", null), on("lease_until_ms", "<=", nowMs)]))
      .$if(passed.length > 0, (query) => query.where("id", "not in", passed))
      .orderBy("due_ms")
      .orderBy("id")
      .limit(1)
      .$if(engineOf(tx) === "postgres", (query) => query.forUpdate().skipLocked())
      .executeTakeFirst();
    if (row === undefined) return null;
    if (row.kind !== "submit" || (await beginSending(tx, row.subject, nowMs))) {
      const job = { ...row, worker, leaseUntilMs: nowMs + leaseMs, tries: row.tries + 1 };
      await tx
        .updateTable("payout_jobs")
        .set({ worker, lease_until_ms: job.leaseUntilMs, tries: job.tries })
        .where("id", "=", job.id)
        .execute();
      return job;
    }
    passed.push(row.id);
  }
  return null;
}
