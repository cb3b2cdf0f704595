/**
 * A disbursement as Flip's v3 answers it (docs.flip.id): three statuses, and a reason with a cancelled one.
 *
 * Flip's documents have no reversal. Here money that comes back makes a disbursement that was DONE into a CANCELLED one.
 */
import type { Payout, Status } from "../book/payout.ts";
import type { FailureCode } from "../destinations.ts";

/** Company and user that all disbursements of the simulator belong to. */
const COMPANY_ID = 7;
const USER_ID = 20;

/** Offset of Western Indonesia Time, in which Flip writes times. */
const WIB_OFFSET_MS = 7 * 3_600_000;

const REASONS: Record<FailureCode, string> = {
  INSUFFICIENT_BALANCE: "CANT_RECEIVE_TRANSFER",
  INVALID_DESTINATION: "NOT_REGISTERED_ACCOUNT",
  REJECTED_BY_CHANNEL: "CANT_RECEIVE_TRANSFER",
  TEMPORARY_TRANSFER_ERROR: "INTERMITTENT_DISTURBANCE_ON_BENEFICIARY_BANK",
  TRANSFER_ERROR: "INACTIVE_ACCOUNT",
  UNKNOWN_BANK_NETWORK_ERROR: "INTERMITTENT_DISTURBANCE_ON_BENEFICIARY_BANK",
  DESTINATION_MAXIMUM_LIMIT: "CANT_RECEIVE_TRANSFER",
};

/** Flip's word for a status. */
export function flipStatusOf(status: Status): "PENDING" | "DONE" | "CANCELLED" {
  if (status === "SUCCEEDED") return "DONE";
  const isOver =
    status === "FAILED" ||
    status === "CANCELLED" ||
    status === "COMPLIANCE_REJECTED" ||
    status === "REVERSED";
  return isOver ? "CANCELLED" : "PENDING";
}

/** The JSON object of one disbursement; `holder` is who the account belongs to, empty while nobody has looked. */
export function flipDisbursementBody(payout: Payout, holder: string): Record<string, unknown> {
  const status = flipStatusOf(payout.status);
  const { recipient_city: city, beneficiary_email: email } = payout.extra;
  return {
    id: Number(payout.id),
    user_id: USER_ID,
    amount: payout.amountIdr,
    status,
    reason: reasonOf(payout),
    timestamp: wibOf(payout.createdMs),
    bank_code: payout.channel,
    account_number: payout.accountNumber,
    recipient_name: status === "DONE" ? holder : "",
    sender_bank: "bca",
    remark: payout.description,
    receipt: status === "DONE" ? `https://storage.flip.example/receipt/${payout.id}.pdf` : "",
    time_served: status === "PENDING" ? "(not set)" : wibOf(payout.updatedMs),
    bundle_id: 0,
    company_id: COMPANY_ID,
    recipient_city: city ?? 391,
    created_from: "API",
    direction: "DOMESTIC_TRANSFER",
    sender: null,
    fee: payout.feeIdr,
    beneficiary_email: email ?? "",
    idempotency_key: payout.key,
    is_virtual_account: false,
  };
}

function reasonOf({ status, failureCode }: Payout): string {
  if (failureCode !== null) return REASONS[failureCode];
  if (status === "REVERSED") return "INACTIVE_ACCOUNT";
  return status === "COMPLIANCE_REJECTED" ? "BENEFICIARY_ACCOUNT_NOT_VERIFIED" : "";
}

/** `yyyy-mm-dd hh:mm:ss` in Western Indonesia Time. */
function wibOf(ms: number): string {
  return new Date(ms + WIB_OFFSET_MS).toISOString().slice(0, 19).replace("T", " ");
}
