/** What a daily reconciliation reads and keeps: our attempts and floats beside what the provider says. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { PAYOUT_PROVIDERS, type PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import type { Db, Tx } from "../relational/relational-store.ts";
import { findAttempt, type PayoutAttempt } from "./attempts.ts";
import { raiseReconciliationAlarm } from "./reviews.ts";

/** Days after its sending and its end in which an attempt is looked up: a bank sends money back within a few days. */
export const RECONCILED_DAYS = 7;

/** Attempts of one page. */
export const RECONCILED_ROWS_MAX = 200;

/**
 * Attempts that were sent to a provider or have ended since a moment, and all that are on their way, however old; oldest first. Ask
 * again after the last one's id for more.
 */
export async function attemptsSince(
  db: Db,
  { provider, sinceMs, afterId }: { provider: PayoutProviderId; sinceMs: number; afterId: string | null },
): Promise<PayoutAttempt[]> {
  const rows = await db
    .selectFrom("payout_attempts")
    .select("id")
    .where("provider", "=", provider)
    .where("first_sent_ms", "is not", null)
    .where((on) =>
      on.or([
        on("first_sent_ms", ">=", sinceMs),
        on("ended_ms", ">=", sinceMs),
        on("state", "in", ["sending", "accepted", "unknown"]),
      ]),
    )
    .$if(afterId !== null, (query) => query.where("id", ">", afterId ?? ""))
    .orderBy("id")
    .limit(RECONCILED_ROWS_MAX)
    .execute();
  const attempts = await Promise.all(rows.map(({ id }) => findAttempt(db, id)));
  return attempts.filter((attempt) => attempt !== null);
}

/** What all waste banks together have with a provider, by the books; whole rupiah, below zero when more went out. */
export async function floatOf(db: Db, provider: PayoutProviderId): Promise<number> {
  const rows = await db
    .selectFrom("accounts")
    .select(["debits_posted", "credits_posted"])
    .where("kind", "=", "provider_float")
    .where("part", "=", provider)
    .execute();
  return rows.reduce((sum, row) => sum + row.debits_posted - row.credits_posted, 0);
}

/** One thing that a reconciliation found. Without personal data. */
export interface Finding {
  /** Such as `status_differs`, `unknown_to_provider`, `balance_differs`. */
  kind: string;
  attempt: string | null;
  detail: string;
}

/** One day's reconciliation with one provider. */
export interface Reconciliation {
  /** WIB. */
  day: string;
  provider: PayoutProviderId;
  ourFloatIdr: number;
  /** Null when the provider did not say. */
  providerBalanceIdr: number | null;
  findings: Finding[];
  nowMs: number;
}

/** Keeps a day's reconciliation; a later one of the same day takes its place. Findings raise an alarm. */
export async function keepReconciliation(tx: Tx, reconciliation: Reconciliation): Promise<void> {
  const { day, provider, ourFloatIdr, providerBalanceIdr, findings, nowMs } = reconciliation;
  const values = {
    our_float_idr: ourFloatIdr,
    provider_balance_idr: providerBalanceIdr,
    difference_idr: providerBalanceIdr === null ? null : providerBalanceIdr - ourFloatIdr,
    findings: JSON.stringify(findings),
    created_ms: nowMs,
  };
  await tx
    .insertInto("reconciliations")
    .values({ id: newEventId(nowMs), day, provider, ...values })
    .onConflict((conflict) => conflict.columns(["day", "provider"]).doUpdateSet(values))
    .execute();
  if (findings.length > 0)
    await raiseReconciliationAlarm(
      tx,
      `${provider}, ${day}: ${findings.length === 1 ? "1 finding" : `${findings.length} findings`}; see the reconciliation`,
      nowMs,
    );
}

/** Reconciliations, the latest day first. */
export async function reconciliationsOf(
  db: Db,
  provider: PayoutProviderId | null,
  daysMax: number,
): Promise<(Omit<Reconciliation, "nowMs"> & { differenceIdr: number | null })[]> {
  const rows = await db
    .selectFrom("reconciliations")
    .selectAll()
    .$if(provider !== null, (query) => query.where("provider", "=", provider as PayoutProviderId))
    .orderBy("day", "desc")
    .orderBy("provider")
    .limit(provider === null ? daysMax * PAYOUT_PROVIDERS.length : daysMax)
    .execute();
  return rows.map((row) => ({
    day: row.day,
    provider: row.provider,
    ourFloatIdr: row.our_float_idr,
    providerBalanceIdr: row.provider_balance_idr,
    differenceIdr: row.difference_idr,
    findings: JSON.parse(row.findings) as Finding[],
  }));
}
