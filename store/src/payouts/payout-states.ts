/**
 * States of a payout and of an attempt to pay it. The database holds which follows which (LG010); docs/BANK.md draws it.
 */
import type { PayoutState } from "@jumpa-madu/contracts/payout/states";

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
