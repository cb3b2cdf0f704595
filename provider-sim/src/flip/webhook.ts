/**
 * Flip's callback: a form of `data`, the disbursement as JSON, and `token`, the validation token of the dashboard. It comes
 * when a disbursement is DONE or CANCELLED.
 */
import type { Payout } from "../book/payout.ts";
import type { Webhook, WebhookParts } from "../webhooks/webhook.ts";
import { flipDisbursementBody, flipStatusOf } from "./disbursement-body.ts";

/** The callback of the status that the payout has now. */
export function flipWebhook(
  payout: Payout,
  { token, amountIdr, foreignId, holder }: WebhookParts & { holder: string },
): Webhook {
  const data = {
    ...flipDisbursementBody(payout, holder),
    amount: amountIdr,
    ...(foreignId === null ? {} : { id: Number(foreignId), idempotency_key: `unknown-${foreignId}` }),
  };
  return {
    provider: "flip",
    payoutId: foreignId ?? payout.id,
    event: flipStatusOf(payout.status),
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ data: JSON.stringify(data), token }).toString(),
  };
}
