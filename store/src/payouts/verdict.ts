/**
 * What an answer of a provider means for an attempt: the table of docs/BANK.md, row by row. Pure.
 *
 * Two rules stand above all rows. Money is given back only on proof that it did not and will not arrive. And no state that is
 * final is left on the word of a provider alone, but for a reversal.
 */
import type { Failure, Lookup, Outcome } from "@jumpa-madu/contracts/payout/outcome";
import type { Review } from "@jumpa-madu/contracts/payout/states";
import { backoffMs } from "./jobs.ts";
import type { AttemptState } from "./payout-states.ts";

/**
 * Longest time, from the first sending on, in which a provider may have an attempt and say nothing of its end before a person is
 * told: banks may be offline over a weekend.
 */
export const ACCEPTED_REVIEW_MS = 3 * 86_400_000;

/** Which call was answered. What a webhook tells is never believed; the lookup that it leads to is. */
export type ProviderCall = "submit" | "lookup";

/** What the answer is held against. */
export interface Standing {
  state: AttemptState;
  /** Times that sending was begun. */
  sends: number;
  wasUnknown: boolean;
  firstSentMs: number | null;
  lastSentMs: number | null;
  resendUntilMs: number | null;
  /** The answer speaks of another amount, channel, account or payout than ours. */
  isMismatch: boolean;
  /** A person has to decide about this attempt; only what has been seen is kept. */
  isUnderReview: boolean;
  nowMs: number;
}

/** What is to be done. `keyConflict`: an alarm besides. */
export type Verdict = { keyConflict?: true } & (
  | { kind: "nothing" }
  /** The provider has it: look again later. `isUnresolved`: it has had it for so long that a person must be told. */
  | { kind: "accepted"; isUnresolved?: true }
  /** Nobody knows: look it up. */
  | { kind: "unknown"; afterMs?: number }
  /** Turned away at the door: send it again later. */
  | { kind: "queued"; afterMs?: number }
  /** Send the same bytes under the same key once more. `afterMs`: this time they were turned away at the door. */
  | { kind: "resend"; afterMs?: number }
  | { kind: "succeeded" }
  /** It was paid and has come back, of which nobody had told us the first part. */
  | { kind: "succeeded_and_reversed" }
  | { kind: "failed"; state: "failed" | "refused"; failure: Failure }
  | { kind: "reversed" }
  | { kind: "review"; review: Exclude<Review, "earlier_payout"> }
);

const NOTHING: Verdict = { kind: "nothing" };

/** Judges one answer. */
export function verdictOf(call: ProviderCall, answer: Lookup, standing: Standing): Verdict {
  if (standing.isUnderReview) return NOTHING;
  if (standing.isMismatch && standing.state !== "reversed") return { kind: "review", review: "mismatch" };
  switch (standing.state) {
    case "succeeded":
      return afterSuccess(answer);
    case "failed":
    case "refused":
      return afterFailure(answer, standing.state);
    case "reversed":
      return NOTHING;
    default:
      return inFlight(call, answer, standing);
  }
}

/** Late words of a state before the success change nothing. */
function afterSuccess({ kind }: Lookup): Verdict {
  if (kind === "reversed") return { kind: "reversed" };
  return kind === "failed" || kind === "cancelled" ? { kind: "review", review: "contradiction" } : NOTHING;
}

function afterFailure({ kind }: Lookup, state: "failed" | "refused"): Verdict {
  if (kind === "succeeded") return { kind: "review", review: "late_success" };
  // What was provably not taken cannot be on its way either.
  if (kind === "pending" && state === "refused") return { kind: "review", review: "contradiction" };
  return NOTHING;
}

function inFlight(call: ProviderCall, answer: Lookup, standing: Standing): Verdict {
  // Turned away at the door each time counts as well: by all that we were told, nothing has left.
  const wasNeverSent = standing.firstSentMs === null;
  switch (answer.kind) {
    case "pending":
      return wasNeverSent ? { kind: "review", review: "contradiction" } : stillAccepted(standing);
    case "succeeded":
      return wasNeverSent ? { kind: "review", review: "contradiction" } : { kind: "succeeded" };
    case "reversed":
      return wasNeverSent ? { kind: "review", review: "contradiction" } : { kind: "succeeded_and_reversed" };
    case "failed":
    case "cancelled":
      return wasNeverSent ? NOTHING : { kind: "failed", state: "failed", failure: answer.failure ?? "other" };
    case "refused":
      return ofRefusal(call, answer, standing);
    case "throttled":
      return ofThrottling(call, answer, standing);
    case "unknown":
      return { ...ofSilence(call, standing), ...conflictOf(answer) };
    case "absent":
      return ofAbsence(standing);
  }
}

/**
 * Money is given back only when no sending before was left unclear: a later one may be refused because an earlier one arrived. One
 * that was turned away at the door, or never left the house, is clear.
 */
function ofRefusal(call: ProviderCall, answer: Outcome, standing: Standing): Verdict {
  const isProof =
    call === "submit" &&
    standing.state === "sending" &&
    standing.sends > 0 &&
    !standing.wasUnknown &&
    answer.isKeyConflict !== true;
  if (isProof) return { kind: "failed", state: "refused", failure: answer.failure ?? "other" };
  return { ...ofSilence(call, standing), ...conflictOf(answer) };
}

function conflictOf(answer: Lookup): { keyConflict?: true } {
  return "isKeyConflict" in answer && answer.isKeyConflict === true ? { keyConflict: true } : {};
}

/**
 * Turned away at the door means nothing was taken, so that an attempt that was clear stays clear. One that was not found just now, and
 * was therefore sent again, is not looked up anew first: questions would take the turns at the door that the sendings wait for.
 */
function ofThrottling(call: ProviderCall, { retryAfterMs }: Outcome, standing: Standing): Verdict {
  const after = retryAfterMs === undefined ? {} : { afterMs: retryAfterMs };
  if (call === "submit" && standing.state === "sending")
    return { kind: standing.wasUnknown ? "resend" : "queued", ...after };
  return { ...ofSilence(call, standing), ...after };
}

/** Nothing was learnt. */
function ofSilence(call: ProviderCall, standing: Standing): Verdict {
  const { state } = standing;
  if (state === "accepted") return stillAccepted(standing);
  if (state === "unknown") return stillUnknown(standing);
  // An unanswered question says nothing about a sending that is under way or has yet to begin.
  if (call === "lookup" || state === "queued") return NOTHING;
  return { kind: "unknown" };
}

/** Not being found is no proof, because lists lag behind; but the same bytes under the same key are safe for a while. */
function ofAbsence(standing: Standing): Verdict {
  const { state, sends, lastSentMs, nowMs } = standing;
  if (state === "accepted") return stillAccepted(standing);
  if (state !== "unknown") return NOTHING;
  const isOver = isTooLateToSend(standing);
  // Each sending waits longer than the one before it; until then the lookups go on.
  if (isOver || nowMs < (lastSentMs ?? 0) + backoffMs(sends)) return stillUnknown(standing);
  return { kind: "resend" };
}

/** The provider has it and tells no end. */
function stillAccepted({ firstSentMs, nowMs }: Standing): Verdict {
  const isLong = firstSentMs !== null && nowMs >= firstSentMs + ACCEPTED_REVIEW_MS;
  return isLong ? { kind: "accepted", isUnresolved: true } : { kind: "accepted" };
}

/** Nobody knows. When the time for sending it again is over, whatever the answer was, only a person can find out. */
function stillUnknown(standing: Standing): Verdict {
  return isTooLateToSend(standing) ? { kind: "review", review: "unresolved" } : { kind: "unknown" };
}

function isTooLateToSend({ resendUntilMs, nowMs }: Standing): boolean {
  return resendUntilMs === null || nowMs >= resendUntilMs;
}
