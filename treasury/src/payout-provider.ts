/** What the treasury asks of a payment provider. One adapter a provider stands behind it; the rest of the house knows no other. */
import type { Lookup, Outcome, PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import type { TroubleKind } from "./provider-fetch.ts";

/** What a provider can do. */
export interface ProviderCaps {
  /** Whether the holder's name can be asked for before money is sent: at once, by a later webhook as well, or not at all. */
  inquiry: "sync" | "async" | "none";
}

/** What came back, as it is kept (sealed: it holds names and numbers). */
export interface RawAnswer {
  /** HTTP status; null when there was no answer. */
  status: number | null;
  /** The body; empty when there was no answer. */
  bytes: Uint8Array;
  /** Why there was no answer; null when there was one. `throttled`: the request was held back here. */
  trouble: TroubleKind | "throttled" | null;
}

/** What a call has told, and the answer that it was read from. */
export interface Answered<T> {
  outcome: T;
  raw: RawAnswer;
}

/** One attempt to pay, as it is sent. */
export interface Submission {
  /** The body that was kept before it was first sent; sent unchanged. */
  bytes: Uint8Array;
  idempotencyKey: string;
  /** Id of the attempt. */
  reference: string;
}

/** How an attempt is found again. */
export interface Question {
  /** Id that the provider gave, where it is known. */
  providerId: string | null;
  idempotencyKey: string;
  reference: string;
}

/** What a provider says of an account. `masked`: a name of which letters are hidden. `pending`: a webhook tells later. */
export type NameCheck =
  | { state: "name" | "masked"; name: string }
  | { state: "pending" | "invalid" | "closed" | "blocked" | "unavailable" };

/** An account that is asked about. */
export interface Inquiry {
  /** Our code of the channel. */
  channel: string;
  accountNumber: string;
  /** Names the inquiry; a webhook that answers it later repeats it. */
  inquiryKey: string;
}

/** What the provider holds for us, whole rupiah. */
export type Balance = { kind: "balance"; availableIdr: number } | { kind: "unknown" };

/**
 * What a webhook is about. It proves nothing: its token is the same for ever and may have leaked, so what it says is asked
 * for again before anything is posted.
 */
export interface WebhookNote {
  /** Equal for two deliveries of one event. */
  dedupe: string;
  /** Id of the attempt, or the idempotency key, as the provider repeats it. */
  reference: string | null;
  providerId: string | null;
  /** Whole rupiah, where it says so. */
  amountIdr: number | null;
  /** What it says has become of the payout, where that is an end. */
  announces: "succeeded" | "failed" | "cancelled" | "reversed" | null;
  /** Set when it tells that an inquiry was answered. */
  inquiryKey: string | null;
}

/** One provider. No call throws for what the provider or the network does. */
export interface PayoutProvider {
  readonly id: PayoutProviderId;
  readonly caps: ProviderCaps;
  /** Asks for the payout. Sent again with the same bytes and the same key, it asks for the same payout. */
  submit(submission: Submission): Promise<Answered<Outcome>>;
  /** Asks what has become of an attempt. Never answers `refused`. */
  lookup(question: Question): Promise<Answered<Lookup>>;
  /** Asks whose account it is. */
  inquire(inquiry: Inquiry): Promise<Answered<NameCheck>>;
  balance(): Promise<Answered<Balance>>;
  /** Tells whether a webhook shows our token, in a time that does not hang on how much of it is right. */
  showsToken(headers: WebhookHeaders, raw: Uint8Array): boolean;
  /** What a webhook is about; a body that is none of the messages that we know is about nothing. Never throws. */
  noteOf(raw: Uint8Array): WebhookNote;
}

/** Headers as Node gives them. */
export type WebhookHeaders = Readonly<Record<string, string | string[] | undefined>>;
