/** Why a payout, or a step of one, is refused. */
import type { WithdrawalFaultCode } from "../savings/withdrawal-rules.ts";

/** Faults of payouts beside those of the book that the money comes from. */
export const PAYOUT_FAULTS = [
  /** No such member, payout, destination, attempt or message. */
  "unknown",
  /** The id was used for another request, or somebody else has done something else meanwhile. */
  "conflict",
  "member_may_not_act",
  "destination_unusable",
  "channel_unfit",
  "no_provider",
  "over_limit",
  "under_limit",
  /** The state does not allow the step. */
  "wrong_state",
  /** Whoever asked, or has decided already, may not decide. */
  "own_request",
  "under_review",
  "no_shift",
  "drawer_short",
  "wrong_pin",
  "overdraft",
] as const;
export type PayoutFault = (typeof PAYOUT_FAULTS)[number] | WithdrawalFaultCode;

/** Expected trouble: for a program by its code, for a person by a sentence that says what to do. */
export interface Refused {
  kind: "refused";
  code: PayoutFault;
  reason: string;
}

/** What is told of a payout that waits for one that it takes up again. */
export const EARLIER_UNDER_REVIEW =
  "a payout that this one takes up again is under review, and may have been paid; resolve that one with a second person first";

/** Makes a refusal. */
export function refused(code: PayoutFault, reason: string): Refused {
  return { kind: "refused", code, reason };
}
