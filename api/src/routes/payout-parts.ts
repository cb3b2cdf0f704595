/** Parts that the routes of payouts share: how a payout is shown, and what a refusal is told as. */
import type { Destination, Payout, PayoutDetail } from "@jumpa-madu/contracts/http/payouts";
import type { PayoutDestination } from "@jumpa-madu/store/destinations";
import type { Payout as PayoutRow } from "@jumpa-madu/store/payout";
import type { PayoutDetail as DetailRow } from "@jumpa-madu/store/payout-list";
import type { Refused } from "@jumpa-madu/store/payout-refusal";
import type { User } from "@jumpa-madu/store/users";
import { wasteBankInScope } from "../auth/scope.ts";
import { toIso, toIsoOrNull } from "../moments.ts";
import { type ProblemCode, ProblemError } from "../problem-error.ts";

const PROBLEM_CODES: Partial<Record<Refused["code"], ProblemCode>> = {
  conflict: "conflict",
  wrong_state: "conflict",
  under_review: "conflict",
  no_shift: "conflict",
  drawer_short: "conflict",
  book_unknown: "unknown_reference",
};

/** The outcome when it is no refusal; those are thrown. `unknown`: what it means that something does not exist. */
export function unlessRefused<Outcome extends { kind: string }>(
  outcome: Outcome | Refused,
  unknown: "not_found" | "unknown_reference" = "not_found",
): Exclude<Outcome, Refused> {
  if (outcome.kind !== "refused") return outcome as Exclude<Outcome, Refused>;
  const { code, reason } = outcome as Refused;
  throw new ProblemError(code === "unknown" ? unknown : (PROBLEM_CODES[code] ?? "refused"), reason);
}

/** The payout when the caller may see it. Throws ProblemError `not_found` or `forbidden`. */
export function payoutInScope<Row extends Pick<PayoutRow, "member" | "wasteBank">>(
  caller: User,
  payout: Row | null,
): Row {
  if (payout === null || (caller.role === "member" && caller.member !== payout.member))
    throw new ProblemError("not_found", "there is no such payout");
  wasteBankInScope(caller, payout.wasteBank);
  return payout;
}

/** The caller as the books name it. */
export function actorOf({ id }: User): string {
  return `user:${id}`;
}

/** A payout as people see it. */
export function toPayout(row: PayoutRow): Payout {
  return {
    id: row.id,
    member: row.member,
    waste_bank: row.wasteBank,
    product: row.product,
    amount_idr: row.amountIdr,
    fee_idr: row.feeIdr,
    fee_bearer: row.feeBearer,
    // The store takes no other channels.
    channel: row.channel as Payout["channel"],
    destination: row.destination,
    closes: row.closes,
    retry_of: row.retryOf,
    state: row.state,
    requested_by: row.requestedBy,
    requested_at: toIso(row.requestedMs),
    needs_second_approval: row.needsSecond,
    approved_by: row.approvedBy,
    approved_at: toIsoOrNull(row.approvedMs),
    second_approved_by: row.secondApprovedBy,
    second_approved_at: toIsoOrNull(row.secondApprovedMs),
    ended_by: row.endedBy,
    ended_at: toIsoOrNull(row.endedMs),
    reason: row.reason,
    failure: row.failure,
    review: row.review,
    resolution: row.resolution,
    resolution_by: row.resolutionBy,
    resolution_agreed_by: row.resolutionAgreedBy,
  };
}

/** A payout with all that happened to it. */
export function toDetail({ payout, destination, attempts, payment, ...rest }: DetailRow): PayoutDetail {
  const flags: PayoutDetail["flags"] = [];
  if (destination !== null && destination.sharedWith > 0) flags.push("destination_shared");
  if (destination !== null && destination.nameCheck !== "matched") flags.push("name_unproven");
  if (rest.isFirstToDestination) flags.push("first_to_destination");
  return {
    ...toPayout(payout),
    flags,
    to: destination === null ? null : toDestination(destination),
    attempts: attempts.map((attempt) => ({
      id: attempt.id,
      n: attempt.n,
      provider: attempt.provider,
      state: attempt.state,
      provider_id: attempt.providerId,
      provider_status: attempt.providerStatus,
      failure: attempt.failure,
      sends: attempt.sends,
      first_sent_at: toIsoOrNull(attempt.firstSentMs),
      last_sent_at: toIsoOrNull(attempt.lastSentMs),
      created_at: toIso(attempt.createdMs),
      ended_at: toIsoOrNull(attempt.endedMs),
    })),
    queue_position: rest.queuePosition,
    payment:
      payment === null
        ? null
        : {
            receipt_no: payment.receiptNo,
            confirmation: payment.confirmation,
            cashier: payment.cashier,
            paid_at: toIso(payment.paidMs),
          },
  };
}

/** A destination as people see it. */
export function toDestination(row: PayoutDestination): Destination {
  return {
    id: row.id,
    member: row.member,
    channel: row.channel as Destination["channel"],
    hint: row.hint,
    name_check: row.nameCheck,
    checked_at: toIsoOrNull(row.checkedMs),
    confirmed_by: row.confirmedBy,
    usable_from: toIso(row.usableFromMs),
    retired_at: toIsoOrNull(row.retiredMs),
    shared_with: row.sharedWith,
    created_by: row.createdBy,
    created_at: toIso(row.createdMs),
  };
}
