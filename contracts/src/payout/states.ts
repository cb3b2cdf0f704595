/** Words for a payout that the HTTP face and the books share: its states, why a person must look at it, and what limits are about. */

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

/** What a limit is about. */
export const LIMIT_SCOPES = [
  "payout_min",
  "payout_max",
  /** All that is under way to a destination to which nothing has been paid yet. */
  "first_to_destination",
  /** Above it, this payout and the member's others of the day together, two people must approve. */
  "second_approval",
  "member_day",
  "cashier_day",
  "unit_day",
  /** Cash that is handed out at one deposit. */
  "cash_deposit_max",
] as const;
export type LimitScope = (typeof LIMIT_SCOPES)[number];

/** Ways by which money leaves. */
export const CHANNEL_KINDS = ["cash", "bank", "ewallet"] as const;
