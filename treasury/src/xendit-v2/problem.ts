/**
 * An error as Xendit v2 writes it: `{"error_code":"…","message":"…","errors":[…]}`, in its documents with `error_message`.
 *
 * Only a code that says that the request was not taken is a refusal. Everything else leaves open whether there is a payout:
 * a code that is not known, a status of 5xx, a page of HTML, nothing at all.
 */
import type { Failure, Outcome } from "@jumpa-madu/contracts/payout/outcome";
import { entryOf, fieldsOf, jsonOf, textAt } from "../answer-fields.ts";

/** Codes of a request that was not taken, each with the statuses that it comes with. */
const REFUSALS: Readonly<Record<string, { statuses: readonly number[]; failure: Failure }>> = {
  API_VALIDATION_ERROR: { statuses: [400], failure: "request_invalid" },
  CHANNEL_CODE_NOT_SUPPORTED: { statuses: [400], failure: "channel_rejected" },
  MINIMUM_TRANSFER_LIMIT_ERROR: { statuses: [400], failure: "request_invalid" },
  MAXIMUM_TRANSFER_LIMIT_ERROR: { statuses: [400], failure: "request_invalid" },
  AMOUNT_INCREMENT_NOT_SUPPORTED: { statuses: [400], failure: "request_invalid" },
  INVALID_API_KEY: { statuses: [401], failure: "not_authorised" },
  REQUEST_FORBIDDEN_ERROR: { statuses: [403], failure: "not_authorised" },
};

/** Codes that say that our key was used with other bytes: 409 in practice, 400 in the documents. */
const KEY_CONFLICTS: ReadonlySet<string> = new Set(["DUPLICATE_ERROR", "DUPLICATE_PAYOUT_ERROR"]);

/** Code of an error; undefined when the bytes are none. Never throws. */
export function errorCodeOf(bytes: Uint8Array): string | undefined {
  return textAt(fieldsOf(jsonOf(bytes)), "error_code");
}

/** What an answer that is no payout says of a submission. Never throws. */
export function readProblem(bytes: Uint8Array, status: number): Outcome {
  const code = errorCodeOf(bytes);
  if (code !== undefined && KEY_CONFLICTS.has(code) && (status === 409 || status === 400))
    return { kind: "unknown", isKeyConflict: true, providerStatus: code };
  const refusal = entryOf(REFUSALS, code);
  if (code !== undefined && refusal?.statuses.includes(status) === true)
    return { kind: "refused", failure: refusal.failure, providerStatus: code };
  return code === undefined ? { kind: "unknown" } : { kind: "unknown", providerStatus: code };
}
