/**
 * A payout as Xendit's v2 answers it: snake_case, amounts as JSON numbers, times in UTC (API reference, Payouts v2; field names as
 * in xendit-node 7).
 */
import type { Payout } from "../book/payout.ts";

/** Longest that BI-FAST is expected to take. */
const ARRIVAL_MS = 15 * 60_000;

/** The business that all payouts of the simulator belong to. */
export const BUSINESS_ID = "5f21361959ba2f2b1b7a3a10";

/** The JSON object of one payout. `failure_code` and `description` are left out when there is none. */
export function xenditPayoutBody(payout: Payout): Record<string, unknown> {
  return {
    id: payout.id,
    reference_id: payout.reference,
    business_id: BUSINESS_ID,
    channel_code: payout.channel,
    channel_properties: { account_holder_name: payout.accountName, account_number: payout.accountNumber },
    amount: payout.amountIdr,
    currency: "IDR",
    ...(payout.description === "" ? {} : { description: payout.description }),
    ...payout.extra,
    status: payout.status,
    ...(payout.failureCode === null ? {} : { failure_code: payout.failureCode }),
    created: isoOf(payout.createdMs),
    updated: isoOf(payout.updatedMs),
    estimated_arrival_time: isoOf(payout.createdMs + ARRIVAL_MS),
  };
}

/** A time as Xendit writes it. */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
