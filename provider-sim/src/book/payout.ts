/** One payout as its provider knows it, and how it moves from status to status. */
import type { FailureCode, Fate } from "../destinations.ts";
import type { Durations } from "../durations.ts";
import type { ProviderName } from "../provider-name.ts";

/** Xendit's words for where a payout stands; Flip's three are rendered from them. */
export const STATUSES = [
  "ACCEPTED",
  "REQUESTED",
  "PENDING_COMPLIANCE_ASSESSMENT",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
  "COMPLIANCE_REJECTED",
  "REVERSED",
] as const;
export type Status = (typeof STATUSES)[number];

/** From where to where a payout may go. What is not here never happens: so nothing is paid twice, and nothing returned that was not paid. */
const NEXT: Readonly<Record<Status, readonly Status[]>> = {
  ACCEPTED: ["REQUESTED", "PENDING_COMPLIANCE_ASSESSMENT", "SUCCEEDED", "FAILED", "CANCELLED"],
  REQUESTED: ["SUCCEEDED", "FAILED"],
  PENDING_COMPLIANCE_ASSESSMENT: ["REQUESTED", "COMPLIANCE_REJECTED"],
  SUCCEEDED: ["REVERSED"],
  FAILED: [],
  CANCELLED: [],
  COMPLIANCE_REJECTED: [],
  REVERSED: [],
};

/** Tells whether a payout may go from one status to another. */
export function mayGo(from: Status, to: Status): boolean {
  return NEXT[from].includes(to);
}

/** Tells whether the money is still with the provider and kept for this payout. */
export function isHeld(status: Status): boolean {
  return status === "ACCEPTED" || status === "REQUESTED" || status === "PENDING_COMPLIANCE_ASSESSMENT";
}

/** What a client asked for. */
export interface PayoutRequest {
  /** The client's idempotency key. */
  key: string;
  /** SHA-256 of the body's bytes, hexadecimal. */
  bodyHash: string;
  /** `reference_id` at Xendit; the key at Flip, which knows no reference. */
  reference: string;
  /** The provider's own code. */
  channel: string;
  category: "BANK" | "EWALLET";
  accountNumber: string;
  /** Empty at Flip, which is not told. */
  accountName: string;
  amountIdr: number;
  description: string;
  /** What is only given back: receipt_notification and metadata, or recipient_city and beneficiary_email. */
  extra: Readonly<Record<string, unknown>>;
}

/** One status and when it was reached. */
export interface Reached {
  status: Status;
  atMs: number;
}

/** A payout of the book. */
export interface Payout extends PayoutRequest {
  provider: ProviderName;
  /** `disb-` and a UUID at Xendit, digits at Flip. */
  id: string;
  /** 1 for the first of the provider. */
  sequence: number;
  fate: Fate;
  feeIdr: number;
  createdMs: number;
  /** Until then no lookup finds it. */
  visibleFromMs: number;
  status: Status;
  failureCode: FailureCode | null;
  updatedMs: number;
  /** From ACCEPTED on. */
  history: Reached[];
}

/** A step that time brings. */
export interface Step {
  status: Status;
  failureCode: FailureCode | null;
  afterMs: number;
}

function stepsOf(fate: Fate, durations: Durations): Step[] {
  const requested: Step = { status: "REQUESTED", failureCode: null, afterMs: durations.requestedMs };
  const paid: Step = { status: "SUCCEEDED", failureCode: null, afterMs: durations.finishedMs };
  switch (fate) {
    case "paid":
      return [requested, paid];
    case "reversed":
      return [requested, paid, { status: "REVERSED", failureCode: null, afterMs: durations.reversedMs }];
    case "stays-accepted":
      return [];
    case "stays-requested":
      return [requested];
    case "compliance-rejected":
      return [
        { ...requested, status: "PENDING_COMPLIANCE_ASSESSMENT" },
        { status: "COMPLIANCE_REJECTED", failureCode: null, afterMs: durations.finishedMs },
      ];
    case "INSUFFICIENT_BALANCE":
      return [{ status: "FAILED", failureCode: fate, afterMs: durations.requestedMs }];
    default:
      return [requested, { status: "FAILED", failureCode: fate, afterMs: durations.finishedMs }];
  }
}

/** The step that time brings next and when, or null. A payout that somebody has moved off its way takes no more steps. */
export function nextStep(payout: Payout, durations: Durations): (Step & { dueMs: number }) | null {
  const steps = stepsOf(payout.fate, durations);
  const taken = payout.history.slice(1);
  if (taken.some(({ status }, index) => steps[index]?.status !== status)) return null;
  const step = steps[taken.length];
  return step === undefined ? null : { ...step, dueMs: payout.updatedMs + step.afterMs };
}
