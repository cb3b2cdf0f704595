/** Why a sale, a payment or a count is not done. */

/** Codes of what can be wrong. */
export const STOCK_REFUSALS = [
  "unknown_waste_bank",
  "unknown_material",
  "unknown_off_taker",
  "unknown_sale",
  "unknown_count",
  "id_taken",
  "in_the_future",
  "too_long_ago",
  "not_the_parent",
  "material_twice",
  "more_than_out",
  "nothing_left",
  "not_in_stock",
  "no_price",
  "too_much_money",
  "too_many_consignments",
  "payer_unclear",
  "overpaid",
  "already_voided",
  "same_person",
  "member_closed",
  "money_is_gone",
  "count_waits",
  "count_ended",
  "ledger_refused",
] as const;
export type StockRefusalCode = (typeof STOCK_REFUSALS)[number];

/** Expected trouble: a code for a program, and a sentence for a person that says what to do. */
export interface StockRefusal {
  kind: "refused";
  code: StockRefusalCode;
  reason: string;
}

/** Makes a refusal. */
export function refuse(code: StockRefusalCode, reason: string): StockRefusal {
  return { kind: "refused", code, reason };
}

/** How far ahead of ours the clock of whoever tells may be, in milliseconds. */
const CLOCK_AHEAD_MS = 5 * 60_000;

/** How long ago a sale, a payment or a count may have been that is only now entered, in milliseconds: 31 days, as expenses. */
export const STOCK_DEED_AGE_MS_MAX = 31 * 86_400_000;

/** The refusal of a moment that is still to come or long past; null when it may have been. */
export function faultOfMoment(occurredMs: number, nowMs: number): StockRefusal | null {
  const moment = new Date(occurredMs).toISOString();
  if (occurredMs > nowMs + CLOCK_AHEAD_MS)
    return refuse("in_the_future", `${moment} is still to come; say when it happened`);
  if (occurredMs < nowMs - STOCK_DEED_AGE_MS_MAX)
    return refuse(
      "too_long_ago",
      `${moment} is more than 31 days ago, and reports of that time are out; check the date, and enter what was forgotten with today's`,
    );
  return null;
}
