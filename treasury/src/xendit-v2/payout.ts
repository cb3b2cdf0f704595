/**
 * A payout as Xendit v2 writes it, bare in answers and as `data` in webhooks:
 *
 *     {"id":"disb-…","reference_id":"…","channel_code":"ID_BCA","channel_properties":{"account_number":"…", …},
 *      "amount":50000,"currency":"IDR","status":"ACCEPTED","failure_code":"…", …}
 *
 * Its status is an open list: one that is not known here is pending, never a failure. Sources: docs.xendit.co/apidocs (get
 * payout) and the lifecycle page of 2026-01-30; failure codes there, older ones from its earlier pages.
 */
import type { Failure, Outcome, OutcomeKind } from "@jumpa-madu/contracts/payout/outcome";
import { definedOf, entryOf, type Fields, fieldsOf, rupiahAt, textAt } from "../answer-fields.ts";

/** What each known status means. */
const STATUSES: Readonly<Record<string, OutcomeKind>> = {
  ACCEPTED: "pending",
  REQUESTED: "pending",
  PENDING_COMPLIANCE_ASSESSMENT: "pending",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  CANCELLED: "cancelled",
  COMPLIANCE_REJECTED: "failed",
  REVERSED: "reversed",
};

/** What each known failure code means. */
const FAILURE_CODES: Readonly<Record<string, Failure>> = {
  INSUFFICIENT_BALANCE: "our_balance",
  INVALID_DESTINATION: "destination",
  ACCOUNT_NAME_MISMATCH: "destination",
  DESTINATION_MAXIMUM_LIMIT: "destination_limit",
  REJECTED_BY_CHANNEL: "channel_rejected",
  TEMPORARY_TRANSFER_ERROR: "channel_temporary",
  TEMPORARY_BANK_NETWORK_ERROR: "channel_temporary",
  UNKNOWN_BANK_NETWORK_ERROR: "channel_temporary",
  SWITCHING_NETWORK_ERROR: "channel_temporary",
  TRANSFER_ERROR: "request_invalid",
};

/** Reads a payout; null when it is none, or not the one with our reference. Never throws. */
export function readPayout(value: unknown, reference: string): Outcome | null {
  const fields = fieldsOf(value);
  const providerId = textAt(fields, "id");
  const providerStatus = textAt(fields, "status");
  const amountIdr = rupiahAt(fields, "amount");
  if (fields === null || textAt(fields, "reference_id") !== reference) return null;
  // In another currency the number is no rupiah, and without one of these nothing can be compared with the books.
  if (providerId === undefined || providerStatus === undefined || amountIdr === undefined) return null;
  if (textAt(fields, "currency") !== "IDR") return null;
  const kind = entryOf(STATUSES, providerStatus) ?? "pending";
  return {
    kind,
    providerId,
    providerStatus,
    amountIdr,
    ...definedOf({ failure: failureOf(kind, fields), ...destinationOf(fields) }),
  };
}

function failureOf(kind: OutcomeKind, fields: Fields): Failure | undefined {
  if (textAt(fields, "status") === "COMPLIANCE_REJECTED") return "compliance";
  if (kind !== "failed" && kind !== "reversed") return undefined;
  return entryOf(FAILURE_CODES, textAt(fields, "failure_code")) ?? "other";
}

function destinationOf(fields: Fields) {
  const properties = fieldsOf(fields.channel_properties);
  return {
    providerChannel: textAt(fields, "channel_code"),
    accountNumber: textAt(properties, "account_number"),
  };
}
