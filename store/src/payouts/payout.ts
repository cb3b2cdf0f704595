/** A payout as callers see it. Holds no account number and no name. */

import type { PayoutState, Resolution, Review } from "@jumpa-madu/contracts/payout/states";
import type { Selectable } from "kysely";
import { engineOf } from "../relational/engine-of.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import type { ChannelKind } from "../relational/tables/payout-tables.ts";
import type { Tables } from "../relational/tables.ts";

/** One payout. Amounts in whole rupiah; actors such as `user:{id}`. */
export interface Payout {
  id: string;
  member: string;
  wasteBank: string;
  product: string;
  amountIdr: number;
  feeIdr: number;
  feeBearer: "member" | "bank";
  /** The fee comes back to a member who bore it when the payout is reversed. */
  isFeeRefunded: boolean;
  /** `cash`, or our code of the channel. */
  channel: string;
  channelKind: ChannelKind;
  destination: string | null;
  closes: boolean;
  retryOf: string | null;
  /** Somebody of the waste bank has asked for it, not the member. */
  byOfficer: boolean;
  requestedBy: string;
  requestedMs: number;
  /** WIB. */
  requestedDay: string;
  needsSecond: boolean;
  approvedBy: string | null;
  approvedMs: number | null;
  secondApprovedBy: string | null;
  secondApprovedMs: number | null;
  state: PayoutState;
  endedBy: string | null;
  endedMs: number | null;
  /** Why it was rejected, cancelled or failed, in words. */
  reason: string | null;
  failure: string | null;
  review: Review | null;
  reviewAttempt: string | null;
  reviewMs: number | null;
  resolution: Resolution | null;
  resolutionReason: string | null;
  resolutionBy: string | null;
  resolutionAgreedBy: string | null;
}

/** What the member's book loses: the amount, with the fee where the member bears it. */
export function takenIdr({ amountIdr, feeIdr, feeBearer }: Payout): number {
  return feeBearer === "member" ? amountIdr + feeIdr : amountIdr;
}

/** The payout of this id; null when there is none. */
export async function findPayout(db: Db, id: string): Promise<Payout | null> {
  const row = await db.selectFrom("payouts").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : toPayout(row);
}

/** As `findPayout`, and makes others who would change it wait until the transaction ends. */
export async function lockPayout(tx: Tx, id: string): Promise<Payout | null> {
  const row = await tx
    .selectFrom("payouts")
    .selectAll()
    .where("id", "=", id)
    .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  return row === undefined ? null : toPayout(row);
}

/** The payout, which is there: for steps that have just changed it. */
export async function payoutNow(tx: Tx, id: string): Promise<Payout> {
  return toPayout(await tx.selectFrom("payouts").selectAll().where("id", "=", id).executeTakeFirstOrThrow());
}

/** Makes a payout of a row. */
export function toPayout(row: Selectable<Tables["payouts"]>): Payout {
  return {
    id: row.id,
    member: row.member_id,
    wasteBank: row.waste_bank_id,
    product: row.product_id,
    amountIdr: row.amount_idr,
    feeIdr: row.fee_idr,
    feeBearer: row.fee_bearer,
    isFeeRefunded: row.is_fee_refunded === 1,
    channel: row.channel,
    channelKind: row.channel_kind,
    destination: row.destination_id,
    closes: row.closes === 1,
    retryOf: row.retry_of,
    byOfficer: row.by_officer === 1,
    requestedBy: row.requested_by,
    requestedMs: row.requested_ms,
    requestedDay: row.requested_day,
    needsSecond: row.needs_second === 1,
    approvedBy: row.approved_by,
    approvedMs: row.approved_ms,
    secondApprovedBy: row.second_approved_by,
    secondApprovedMs: row.second_approved_ms,
    state: row.state,
    endedBy: row.ended_by,
    endedMs: row.ended_ms,
    reason: row.reason,
    failure: row.failure,
    review: row.review,
    reviewAttempt: row.review_attempt_id,
    reviewMs: row.review_ms,
    resolution: row.resolution,
    resolutionReason: row.resolution_reason,
    resolutionBy: row.resolution_by,
    resolutionAgreedBy: row.resolution_agreed_by,
  };
}
