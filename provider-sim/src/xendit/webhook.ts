/**
 * Xendit's webhook of a payout: `{event, business_id, created, api_version, data}` with the static token in `x-callback-token`.
 *
 * Documented are `event`, `business_id`, `created` (of the event) and `data`; what live bodies carry besides is there too:
 * `api_version`, and in `data` idempotency_key, channel_category, connector_reference and a flat account_number. There is no id of the
 * event. Of CANCELLED and the compliance statuses nothing is told.
 */
import type { Payout, Status } from "../book/payout.ts";
import type { Webhook, WebhookParts } from "../webhooks/webhook.ts";
import { BUSINESS_ID, isoOf, xenditPayoutBody } from "./payout-body.ts";

const EVENTS: Partial<Record<Status, string>> = {
  SUCCEEDED: "payout.succeeded",
  FAILED: "payout.failed",
  REVERSED: "payout.reversed",
};

/** The event that Xendit tells of a status, or null when it tells nothing. */
export function xenditEventOf(status: Status): string | null {
  return EVENTS[status] ?? null;
}

/** The webhook of the status that the payout has now. */
export function xenditWebhook(payout: Payout, { token, amountIdr, foreignId }: WebhookParts): Webhook {
  const event = xenditEventOf(payout.status) ?? "payout.unknown";
  const data = {
    ...xenditPayoutBody(payout),
    amount: amountIdr,
    idempotency_key: payout.key,
    channel_category: payout.category,
    connector_reference: String(500_000_000_000 + payout.sequence),
    account_number: payout.accountNumber,
    ...(foreignId === null ? {} : { id: foreignId, reference_id: foreignId, idempotency_key: foreignId }),
  };
  const body = {
    event,
    business_id: BUSINESS_ID,
    created: isoOf(payout.updatedMs),
    api_version: "v2",
    data,
  };
  return {
    provider: "xendit",
    payoutId: foreignId ?? payout.id,
    event,
    headers: { "content-type": "application/json", "x-callback-token": token },
    body: JSON.stringify(body),
  };
}
