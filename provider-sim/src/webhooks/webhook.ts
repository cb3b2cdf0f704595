/** One webhook, ready to be sent. */
import type { ProviderName } from "../provider-name.ts";

/** What a provider tells about a payout. */
export interface Webhook {
  provider: ProviderName;
  payoutId: string;
  /** `payout.succeeded`, `payout.failed`, `payout.reversed`; at Flip the status. */
  event: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What a fault may make other than it is. */
export interface WebhookParts {
  token: string;
  amountIdr: number;
  /** Set when the webhook is to be about a payout that does not exist. */
  foreignId: string | null;
}
