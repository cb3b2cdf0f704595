/**
 * Webhook of Xendit v2, with the token of its dashboard in the header `x-callback-token`:
 *
 *     {"event":"payout.succeeded","business_id":"…","created":"…","data":{"id":"disb-…","reference_id":"…", …}}
 *
 * There is no signature and no id of the event. Two deliveries of one event agree in the payout, the event and the time of the
 * payout's last change; a body without them is told apart by its bytes.
 */
import { createHash } from "node:crypto";
import { isSameSecret } from "@jumpa-madu/contracts/same-secret";
import { entryOf, fieldsOf, jsonOf, rupiahAt, textAt } from "../answer-fields.ts";
import type { WebhookHeaders, WebhookNote } from "../payout-provider.ts";

/** Tells whether the webhook shows our token. */
export function showsToken(headers: WebhookHeaders, token: string): boolean {
  const shown = headers["x-callback-token"];
  return isSameSecret(typeof shown === "string" ? shown : undefined, token);
}

/** Ends that events tell of. */
const ENDS: Readonly<Record<string, WebhookNote["announces"]>> = {
  "payout.succeeded": "succeeded",
  "payout.failed": "failed",
  "payout.cancelled": "cancelled",
  "payout.reversed": "reversed",
};

/** Reads a webhook. Never throws. */
export function readNote(raw: Uint8Array): WebhookNote {
  const body = fieldsOf(jsonOf(raw));
  const data = fieldsOf(body?.data);
  const event = textAt(body, "event");
  const providerId = textAt(data, "id") ?? null;
  const updated = textAt(data, "updated");
  const isNamed = event !== undefined && providerId !== null && updated !== undefined;
  return {
    dedupe: createHash("sha256")
      .update(isNamed ? [providerId, event, updated].join("\n") : raw)
      .digest("hex"),
    reference: textAt(data, "reference_id") ?? null,
    providerId,
    amountIdr: rupiahAt(data, "amount") ?? null,
    announces: entryOf(ENDS, event) ?? null,
    inquiryKey: null,
  };
}
