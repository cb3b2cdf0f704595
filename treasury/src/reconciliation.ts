/**
 * Daily reconciliation: every attempt of the last days, and every one on its way, is asked for once more, and what the provider holds for us is held
 * against our books. It finds what webhooks and poller have missed: money that came back, and messages that were lost.
 */
import { DAY_MS, dayOf, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import { pause } from "@jumpa-madu/contracts/wake";
import { findAttempt, type PayoutAttempt } from "@jumpa-madu/store/attempts";
import { findPayout } from "@jumpa-madu/store/payout";
import {
  attemptsSince,
  type Finding,
  floatOf,
  keepReconciliation,
  RECONCILED_DAYS,
  type Reconciliation,
  reconciliationsOf,
} from "@jumpa-madu/store/reconciliation";
import {
  claimReconciliation,
  dropClaim,
  endClaim,
  type ReconciliationClaim,
  renewClaim,
} from "@jumpa-madu/store/reconciliation-claims";
import type { JobParts } from "./jobs/job-parts.ts";
import { reportOutcome } from "./jobs/report-outcome.ts";
import type { PayoutProvider } from "./payout-provider.ts";

/** How long after midnight (WIB) the day before is compared, in milliseconds: after its close. */
const AFTER_MIDNIGHT_MS = 3_600_000;

/** Times that a provider is asked about one attempt when it has no time for us. */
export const RECONCILIATION_TRIES_MAX = 5;

/** Times that balance and float are read until no payout has moved between the two. */
const BALANCE_TRIES_MAX = 3;

/** Findings that one day keeps; more of them say nothing more. */
export const FINDINGS_MAX = 1_000;

/** The day that should have been compared at a moment: yesterday, or the day before within the hour after midnight. */
export function dayToReconcile(nowMs: number): string {
  return dayOf(startOfDayMs(dayOf(nowMs - AFTER_MIDNIGHT_MS)) - DAY_MS);
}

/** Compares with each provider that has not been compared with for the last day, unless another worker is at it. */
export async function reconcileIfDue(
  parts: JobParts,
  { worker, signal }: { worker: string; signal: AbortSignal },
): Promise<void> {
  const { store, providers, nowMs } = parts;
  const day = dayToReconcile(nowMs());
  for (const provider of providers.values()) {
    const [last] = await reconciliationsOf(store.db, provider.id, 1);
    if (last !== undefined && last.day >= day) continue;
    const claim = await claimReconciliation(store, { provider: provider.id, day, worker, nowMs: nowMs() });
    if (claim === null) continue;
    try {
      await reconcile(parts, { provider, day, signal, claim });
    } finally {
      // Where it broke off; what was kept has ended its claim.
      await dropClaim(store.db, claim);
    }
  }
}

/** With whom, and for which day. */
export interface ReconcileOptions {
  provider: PayoutProvider;
  /** WIB. */
  day: string;
  signal: AbortSignal;
  /** Null, the default: nobody else compares. */
  claim?: ReconciliationClaim | null;
  /** Lets time pass while the provider has no time for us; another one for tests. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Compares with one provider and keeps the result; null when the service ended or the claim was lost meanwhile: nothing is kept then. */
export async function reconcile(
  parts: JobParts,
  { provider, day, signal, claim = null, wait = pause }: ReconcileOptions,
): Promise<Reconciliation | null> {
  const { store, metrics, log, nowMs } = parts;
  const findings: Finding[] = [];
  let held = claim;
  let inFlightIdr = 0;
  for await (const attempt of sentSince(parts, provider, startOfDayMs(day) - RECONCILED_DAYS * DAY_MS)) {
    const finding = await compare(parts, attempt, { provider, signal, wait });
    if (signal.aborted) return null;
    if (finding !== null && findings.length < FINDINGS_MAX) findings.push(finding);
    inFlightIdr += await inFlightOf(parts, attempt.id);
    if (held === null) continue;
    held = await renewClaim(store.db, held, nowMs());
    if (held === null) return lost(parts, provider);
  }
  const { ourFloatIdr, providerBalanceIdr } = await balances(parts, provider);
  if (signal.aborted) return null;
  const balance = balanceFinding({ ourFloatIdr, providerBalanceIdr, inFlightIdr });
  if (balance !== null) findings.push(balance);
  const reconciliation = {
    day,
    provider: provider.id,
    ourFloatIdr,
    providerBalanceIdr,
    findings,
    nowMs: nowMs(),
  };
  const isKept = await store.transaction(async (tx) => {
    if (held !== null && !(await endClaim(tx, held))) return false;
    await keepReconciliation(tx, reconciliation);
    return true;
  });
  if (!isKept) return lost(parts, provider);
  metrics.reconciliations.inc({ provider: provider.id });
  metrics.findings.inc({ provider: provider.id }, findings.length);
  log.info(
    { provider: provider.id, day, findings: findings.length },
    "the books were compared with a provider",
  );
  return reconciliation;
}

function lost({ log }: JobParts, { id }: PayoutProvider): null {
  log.warn({ provider: id }, "a comparison took longer than its lease; another worker does it anew");
  return null;
}

async function* sentSince({ store }: JobParts, provider: PayoutProvider, sinceMs: number) {
  for (let afterId: string | null = null; ; ) {
    const page: PayoutAttempt[] = await attemptsSince(store.db, { provider: provider.id, sinceMs, afterId });
    yield* page;
    afterId = page.at(-1)?.id ?? null;
    if (afterId === null) return;
  }
}

type Asking = Required<Omit<ReconcileOptions, "day" | "claim">>;

/** Asks once more about an attempt, lets the books follow, and tells what nobody had told them. */
async function compare(parts: JobParts, attempt: PayoutAttempt, asking: Asking): Promise<Finding | null> {
  const finding = (kind: string, detail: string): Finding => ({ kind, attempt: attempt.id, detail });
  const answered = await ask(attempt, asking);
  const { outcome } = answered;
  // Nobody knows whether an attempt of unknown fate has ever arrived, and what was refused never has.
  const isKnownThere =
    attempt.providerId !== null || attempt.state === "accepted" || attempt.state === "succeeded";
  if (outcome.kind === "absent")
    return isKnownThere
      ? finding("unknown_to_provider", `the books say ${attempt.state}, the provider does not know it`)
      : null;
  if (outcome.kind === "unknown" || outcome.kind === "throttled" || outcome.kind === "refused")
    return finding("no_answer", "the provider did not answer; the next day asks again");
  const applied = await reportOutcome(parts, { attempt, call: "lookup", answered });
  if (applied.kind !== "applied") return finding("not_applied", applied.reason);
  const { verdict } = applied;
  const wasOver = attempt.endedMs !== null;
  if (verdict === "review" || (wasOver && verdict !== "nothing"))
    return finding("status_differs", `the books said ${attempt.state}, the provider says ${outcome.kind}`);
  // The poller would have come to it, but an event that is older than a day was lost.
  const isLate = !wasOver && parts.nowMs() - (attempt.firstSentMs ?? attempt.createdMs) > DAY_MS;
  return isLate && verdict !== "nothing" && verdict !== "accepted"
    ? finding("told_late", `the provider says ${outcome.kind}, of which nobody had told the books for a day`)
    : null;
}

async function ask(attempt: PayoutAttempt, { provider, signal, wait }: Asking) {
  const { id: reference, idempotencyKey, providerId } = attempt;
  for (let tries = 1; ; tries++) {
    const answered = await provider.lookup({ reference, idempotencyKey, providerId });
    const { outcome } = answered;
    if (outcome.kind !== "throttled" || tries === RECONCILIATION_TRIES_MAX || signal.aborted) return answered;
    await wait(outcome.retryAfterMs ?? 0, signal);
  }
}

/** What the provider may have taken from our balance already while the books still have it on its way. */
async function inFlightOf({ store }: JobParts, id: string): Promise<number> {
  const attempt = await findAttempt(store.db, id);
  if (attempt === null || !["sending", "accepted", "unknown"].includes(attempt.state)) return 0;
  const payout = await findPayout(store.db, attempt.payout);
  return payout === null ? 0 : payout.amountIdr + payout.feeIdr;
}

/** Balance and float of one moment: read again while payouts move between the two. */
async function balances({ store }: JobParts, provider: PayoutProvider) {
  for (let tries = 1; ; tries++) {
    const before = await floatOf(store.db, provider.id);
    const { outcome } = await provider.balance();
    const ourFloatIdr = await floatOf(store.db, provider.id);
    const providerBalanceIdr = outcome.kind === "balance" ? outcome.availableIdr : null;
    if (before === ourFloatIdr || tries === BALANCE_TRIES_MAX) return { ourFloatIdr, providerBalanceIdr };
  }
}

/** The provider may hold less than the books by what is on its way, and otherwise holds the same. */
function balanceFinding({
  ourFloatIdr,
  providerBalanceIdr,
  inFlightIdr,
}: {
  ourFloatIdr: number;
  providerBalanceIdr: number | null;
  inFlightIdr: number;
}): Finding | null {
  if (providerBalanceIdr === null)
    return { kind: "no_balance", attempt: null, detail: "the provider did not tell its balance" };
  const missingIdr = ourFloatIdr - providerBalanceIdr;
  if (missingIdr >= 0 && missingIdr <= inFlightIdr) return null;
  return {
    kind: "balance_differs",
    attempt: null,
    detail: `the provider holds Rp ${providerBalanceIdr}, the books have Rp ${ourFloatIdr}, and Rp ${inFlightIdr} is on its way`,
  };
}
