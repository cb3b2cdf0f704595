/** What a payment provider has said about one attempt to pay, in our words. Adapters translate into it, the books act on it. */

/**
 * Where an attempt stands, as an answer shows it.
 *
 * `refused`: the provider has provably not taken it. `unknown`: nobody can say; it may have been paid. A status that is not
 * known to the adapter is `pending`, never a failure.
 */
export const OUTCOME_KINDS = [
  "pending",
  "succeeded",
  "failed",
  "cancelled",
  "reversed",
  "refused",
  "unknown",
  "throttled",
] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

/** Why an attempt failed or was refused. */
export const FAILURES = [
  /** The destination does not exist or takes no money. */
  "destination",
  /** The destination holds as much as it may. */
  "destination_limit",
  /** We have too little money with the provider. */
  "our_balance",
  /** The channel is disturbed; later may work. */
  "channel_temporary",
  "channel_rejected",
  /** The request was wrong: a defect of ours. */
  "request_invalid",
  /** Our key is refused, or may not do this. */
  "not_authorised",
  "compliance",
  "other",
] as const;
export type Failure = (typeof FAILURES)[number];

/** One answer about one attempt. */
export interface Outcome {
  kind: OutcomeKind;
  /** The provider's id of the payout, once it has one. */
  providerId?: string;
  /** The provider's own word for its state. */
  providerStatus?: string;
  failure?: Failure;
  /** Whole rupiah, as the provider says; compared with ours before anything is posted. */
  amountIdr?: number;
  /** Channel and account number as the provider says, where it does. */
  providerChannel?: string;
  accountNumber?: string;
  /** Fee that the provider takes, whole rupiah, where it says so. */
  feeIdr?: number;
  /** For `throttled`: when to come again, in milliseconds from now. */
  retryAfterMs?: number;
  /** Set when the provider answers that our key was used with other bytes: a defect of ours, told loudly. */
  isKeyConflict?: boolean;
}

/** Answer to a lookup: `absent` when the provider does not know the attempt, which is no proof that it never will. */
export type Lookup = Outcome | { kind: "absent" };

/** Providers that take payouts over HTTP. Cash is paid by a cashier and needs none. */
export const PAYOUT_PROVIDERS = ["xendit-v2", "flip-v3"] as const;
export type PayoutProviderId = (typeof PAYOUT_PROVIDERS)[number];

/** What is to be paid to whom. */
export interface PayoutInstruction {
  /** Id of the attempt: the provider's `reference_id`, and within its idempotency key. */
  reference: string;
  amountIdr: number;
  /** Our code of the channel, such as `bca`. */
  channel: string;
  accountNumber: string;
  accountName: string;
  /** What the receiver reads; 1 to 18 characters, so that it fits every provider. */
  description: string;
}
