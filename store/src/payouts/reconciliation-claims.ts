/** Claiming the daily reconciliation: of several treasuries one compares, so that nothing is found and told twice. */
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import type { Db, RelationalStore, Tx } from "../relational/relational-store.ts";

/** How long a claim holds unless it is renewed, in milliseconds: longer than the longest wait for one attempt's answer. */
export const RECONCILIATION_LEASE_MS = 3_600_000;

/** The right to compare with a provider until the lease is over. */
export interface ReconciliationClaim {
  provider: PayoutProviderId;
  worker: string;
  leaseUntilMs: number;
}

/** Claims a day's comparison; null when another holds it, or when the day was compared. A dead worker's claim ends with its lease. */
export async function claimReconciliation(
  store: RelationalStore,
  {
    provider,
    day,
    worker,
    nowMs,
  }: { provider: PayoutProviderId; day: string; worker: string; nowMs: number },
): Promise<ReconciliationClaim | null> {
  const claim = { provider, worker, leaseUntilMs: nowMs + RECONCILIATION_LEASE_MS };
  return await store.transaction(async (tx) => {
    const values = { worker, lease_until_ms: claim.leaseUntilMs };
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto("reconciliation_claims")
      .values({ provider, ...values })
      .onConflict((conflict) =>
        conflict
          .column("provider")
          .doUpdateSet(values)
          .where("reconciliation_claims.lease_until_ms", "<=", nowMs),
      )
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows !== 1n) return null;
    // Asked now and not before: whoever held the claim until now may have kept the day.
    const done = await tx
      .selectFrom("reconciliations")
      .select("id")
      .where("provider", "=", provider)
      .where("day", ">=", day)
      .executeTakeFirst();
    if (done === undefined) return claim;
    await endClaim(tx, claim);
    return null;
  });
}

/** Holds a claim for as long again; null when it was lost. */
export async function renewClaim(
  db: Db,
  claim: ReconciliationClaim,
  nowMs: number,
): Promise<ReconciliationClaim | null> {
  const leaseUntilMs = nowMs + RECONCILIATION_LEASE_MS;
  const { numUpdatedRows } = await db
    .updateTable("reconciliation_claims")
    .set({ lease_until_ms: leaseUntilMs })
    .where("provider", "=", claim.provider)
    .where("worker", "=", claim.worker)
    .where("lease_until_ms", "=", claim.leaseUntilMs)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n ? { ...claim, leaseUntilMs } : null;
}

/** Ends a claim whose day is kept in the same transaction; false when it was lost, and the day must not be kept. */
export async function endClaim(tx: Tx, claim: ReconciliationClaim): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom("reconciliation_claims")
    .where("provider", "=", claim.provider)
    .where("worker", "=", claim.worker)
    .where("lease_until_ms", "=", claim.leaseUntilMs)
    .executeTakeFirstOrThrow();
  return numDeletedRows === 1n;
}

/** Lets go of a claim, renewed or not, without a day that was kept; nothing happens when another worker has it by now. */
export async function dropClaim(
  db: Db,
  { provider, worker }: Pick<ReconciliationClaim, "provider" | "worker">,
): Promise<void> {
  await db
    .deleteFrom("reconciliation_claims")
    .where("provider", "=", provider)
    .where("worker", "=", worker)
    .execute();
}
