/**
 * An error as Flip writes it: `{"name":"Unauthorized","message":"…","status":401}`, or for fields of the request
 * `{"code":"VALIDATION_ERROR","errors":[{"attribute":"bank_code","code":1025,"message":"…"}]}` with 422.
 *
 * Only what says that the request was not taken is a refusal; the numbers of its codes are not relied on.
 */
import type { Failure, Outcome } from "@jumpa-madu/contracts/payout/outcome";
import { entryOf, fieldsOf, jsonOf, textAt } from "../answer-fields.ts";

/** What a fault of this field means. */
const ATTRIBUTES: Readonly<Record<string, Failure>> = {
  account_number: "destination",
  bank_code: "channel_rejected",
  amount: "request_invalid",
  remark: "request_invalid",
  recipient_city: "request_invalid",
  beneficiary_email: "request_invalid",
  direction: "request_invalid",
};

/** How the key is named when it was used with another body. */
const KEY_ATTRIBUTE = /^idempotency[-_]key$/i;

/** How the time is named when it is too far from Flip's own; such a request is not worked on. */
const TIME_ATTRIBUTE = /^x[-_]timestamp$/i;

/** When a request that came with a wrong time is sent again, with a new one, in milliseconds. */
const STALE_RETRY_MS = 5_000;

/** What an answer that is no disbursement says of a submission. Never throws. */
export function readProblem(bytes: Uint8Array, status: number): Outcome {
  const fields = fieldsOf(jsonOf(bytes));
  const attributes = attributesOf(fields?.errors);
  const providerStatus = textAt(fields, "code") ?? textAt(fields, "name");
  const said = providerStatus === undefined ? {} : { providerStatus };
  if (attributes.some((name) => KEY_ATTRIBUTE.test(name)))
    return { kind: "unknown", isKeyConflict: true, ...said };
  if (status === 401 && fields !== null && textAt(fields, "name") === "Unauthorized")
    return { kind: "refused", failure: "not_authorised", ...said };
  if (status !== 422 || providerStatus !== "VALIDATION_ERROR" || attributes.length === 0)
    return { kind: "unknown", ...said };
  if (attributes.every((name) => TIME_ATTRIBUTE.test(name)))
    return { kind: "throttled", retryAfterMs: STALE_RETRY_MS, ...said };
  const failures = attributes.map((name) => entryOf(ATTRIBUTES, name));
  // A fault that is not known may be about something else than the request, such as one that came before.
  if (failures.includes(undefined)) return { kind: "unknown", ...said };
  return { kind: "refused", failure: failures[0] ?? "request_invalid", ...said };
}

/** Names of the fields that are told of; a fault without a name is told as an empty one. */
function attributesOf(errors: unknown): string[] {
  return Array.isArray(errors) ? errors.map((one) => textAt(fieldsOf(one), "attribute") ?? "") : [];
}
