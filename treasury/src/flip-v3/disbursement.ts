/**
 * A disbursement as Flip v3 writes it, in answers and in webhooks:
 *
 *     {"id":10,"amount":10000,"status":"PENDING","reason":"","bank_code":"bni","account_number":"1122333300",
 *      "recipient_name":"…","fee":1500,"idempotency_key":"…", …}
 *
 * Source: docs.flip.id, create and get disbursement v3. It has no reference of ours but the key. Its list of states is taken for
 * an open one: what is not known is pending.
 */
import type { Failure, Outcome, OutcomeKind } from "@jumpa-madu/contracts/payout/outcome";
import { definedOf, digitsAt, entryOf, fieldsOf, rupiahAt, textAt } from "../answer-fields.ts";

const STATUSES: Readonly<Record<string, OutcomeKind>> = {
  PENDING: "pending",
  DONE: "succeeded",
  CANCELLED: "cancelled",
};

/** Why a disbursement was cancelled. */
const REASONS: Readonly<Record<string, Failure>> = {
  INACTIVE_ACCOUNT: "destination",
  NOT_REGISTERED_ACCOUNT: "destination",
  CANT_RECEIVE_TRANSFER: "destination",
  BENEFICIARY_ACCOUNT_NOT_VERIFIED: "destination",
  INTERMITTENT_DISTURBANCE_ON_BENEFICIARY_BANK: "channel_temporary",
};

/** Id of a disbursement as text; undefined when there is none. Ids are integers, but nothing is counted with them. */
export function disbursementIdOf(value: unknown): string | undefined {
  const id = digitsAt(fieldsOf(value), "id");
  return id !== undefined && /^[1-9]\d{0,30}$/.test(id) ? id : undefined;
}

/** Reads a disbursement; null when it is none, or not the one under our key. Never throws. */
export function readDisbursement(value: unknown, idempotencyKey: string): Outcome | null {
  const fields = fieldsOf(value);
  const providerId = disbursementIdOf(value);
  const providerStatus = textAt(fields, "status");
  const amountIdr = rupiahAt(fields, "amount");
  if (textAt(fields, "idempotency_key") !== idempotencyKey) return null;
  if (providerId === undefined || providerStatus === undefined || amountIdr === undefined) return null;
  const kind = entryOf(STATUSES, providerStatus) ?? "pending";
  const failure = kind === "cancelled" ? (entryOf(REASONS, textAt(fields, "reason")) ?? "other") : undefined;
  return {
    kind,
    providerId,
    providerStatus,
    amountIdr,
    ...definedOf({
      failure,
      providerChannel: textAt(fields, "bank_code"),
      accountNumber: digitsAt(fields, "account_number"),
      feeIdr: rupiahAt(fields, "fee"),
    }),
  };
}
