/** Hands what a provider has said of an attempt to the books, in one transaction. */
import type { Lookup } from "@jumpa-madu/contracts/payout/outcome";
import { type Applied, applyOutcome } from "@jumpa-madu/store/apply-outcome";
import type { PayoutAttempt } from "@jumpa-madu/store/attempts";
import type { Tx } from "@jumpa-madu/store/relational-store";
import type { Answered } from "../payout-provider.ts";
import type { JobParts } from "./job-parts.ts";

/** What was asked, and what came back. */
export interface Told {
  attempt: PayoutAttempt;
  call: "submit" | "lookup";
  answered: Answered<Lookup>;
  /** What else belongs into the transaction. */
  besides?: (tx: Tx) => Promise<unknown>;
}

/** Applies it. When this fails nothing of it has happened, and the attempt is looked up when the lease of its job is over. */
export async function reportOutcome(
  { store, desk, metrics, log, nowMs }: JobParts,
  { attempt, call, answered, besides }: Told,
): Promise<Applied> {
  const { outcome, raw } = answered;
  const applied = await store.transaction(async (tx) => {
    const result = await applyOutcome(desk, tx, {
      attempt: attempt.id,
      outcome,
      answer: { call, httpStatus: raw.status, body: raw.status === null ? null : raw.bytes },
      nowMs: nowMs(),
    });
    await besides?.(tx);
    return result;
  });
  metrics.outcomes.inc({ provider: attempt.provider, call, outcome: outcome.kind });
  log.info(
    {
      attempt: attempt.id,
      payout: attempt.payout,
      provider: attempt.provider,
      call,
      outcome: outcome.kind,
      status: raw.status,
      trouble: raw.trouble,
      verdict: applied.kind === "applied" ? applied.verdict : applied.code,
    },
    "a provider has answered",
  );
  if ("isKeyConflict" in outcome && outcome.isKeyConflict === true)
    log.error({ attempt: attempt.id }, "the provider says that this attempt's key came with other bytes");
  return applied;
}
