/**
 * States of a payout and of an attempt to pay it. The database holds which follows which (LG010); docs/BANK.md draws it.
 */

/** States of a payout. */
export const PAYOUT_STATES = [
  /** Waits for approval; the money is held. */
  "requested",
  /** One of two people has approved it. */
  "half_approved",
  /** An attempt to pay it is on its way. */
  "paying",
  /** Cash waits for the member at the counter. */
  "payable",
  "paid",
  /** It could not be paid; the money is given back. */
  "failed",
  "rejected",
  "cancelled",
  /** It was paid and came back. */
  "reversed",
] as const;
export type PayoutState = (typeof PAYOUT_STATES)[number];

/** States in which money is held for the payout. */
export const OPEN_STATES = ["requested", "half_approved", "paying", "payable"] as const;

/** Tells whether money is held for a payout in this state. */
export function isOpen(state: PayoutState): boolean {
  return OPEN_STATES.some((open) => open === state);
}

/** States of an attempt. */
export const ATTEMPT_STATES = [
  "queued",
  /** The call to the provider is under way, or the worker died in it. */
  "sending",
  /** The provider has it. */
  "accepted",
  /** Nobody can say whether the provider has it. */
  "unknown",
  "succeeded",
  "failed",
  /** The provider has provably not taken it. */
  "refused",
  "reversed",
] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

/** States in which an attempt may have been paid or may yet be: a payout has one such attempt at most. */
export const LIVE_STATES = ["queued", "sending", "accepted", "unknown", "succeeded"] as const;

/** Why a payout waits for a person. */
export const REVIEWS = [
  /** Nobody could say what became of it until the time for sending it again was over; it is still looked up. */
  "unresolved",
  /** The provider speaks of another amount, channel or account. */
  "mismatch",
  /** It was paid after it had failed. */
  "late_success",
  /** The provider says what cannot follow on what it said before. */
  "contradiction",
  /** A payout that it takes up again is under review, and may have been paid. It ends with that review. */
  "earlier_payout",
] as const;
export type Review = (typeof REVIEWS)[number];

/** What two people decide about a payout under review. */
export const RESOLUTIONS = [
  /** The member has the money: the books follow. */
  "paid",
  /** The member does not have it: it is given back. */
  "not_paid",
  /** The member has the money and cannot be charged: the waste bank bears it. */
  "written_off",
] as const;
export type Resolution = (typeof RESOLUTIONS)[number];
