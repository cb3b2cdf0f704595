/**
 * Webhook of Flip: a form with two fields, `data` (JSON: a disbursement or an inquiry) and `token`, the validation token of its
 * dashboard. There is neither a signature nor an id of the event: two deliveries of one event agree in their `data`.
 */
import { createHash } from "node:crypto";
import { isSameSecret } from "@jumpa-madu/contracts/same-secret";
import { entryOf, fieldsOf, jsonOf, rupiahAt, textAt } from "../answer-fields.ts";
import type { WebhookNote } from "../payout-provider.ts";
import { disbursementIdOf } from "./disbursement.ts";

/** Tells whether the webhook shows our token. */
export function showsToken(raw: Uint8Array, token: string): boolean {
  return isSameSecret(formOf(raw).get("token") ?? undefined, token);
}

/** Ends that a disbursement may have come to. */
const ENDS: Readonly<Record<string, WebhookNote["announces"]>> = {
  DONE: "succeeded",
  CANCELLED: "cancelled",
};

/** Reads a webhook. Never throws. */
export function readNote(raw: Uint8Array): WebhookNote {
  const data = formOf(raw).get("data") ?? "";
  const value = jsonOf(new TextEncoder().encode(data));
  const fields = fieldsOf(value);
  // A disbursement has no such key, so that the two are told apart by it.
  const inquiryKey = textAt(fields, "inquiry_key") ?? null;
  const isInquiry = inquiryKey !== null;
  return {
    dedupe: createHash("sha256")
      .update(data === "" ? raw : data)
      .digest("hex"),
    reference: isInquiry ? null : (textAt(fields, "idempotency_key") ?? null),
    providerId: isInquiry ? null : (disbursementIdOf(value) ?? null),
    amountIdr: isInquiry ? null : (rupiahAt(fields, "amount") ?? null),
    announces: isInquiry ? null : (entryOf(ENDS, textAt(fields, "status")) ?? null),
    inquiryKey,
  };
}

/** Undecodable bytes and escapes become replacement characters; nothing throws. */
function formOf(raw: Uint8Array): URLSearchParams {
  return new URLSearchParams(new TextDecoder().decode(raw));
}
