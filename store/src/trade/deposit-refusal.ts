/** Why a deposit is not taken, taken back or corrected. Each is expected trouble: the caller decides whom to tell how. */
export const DEPOSIT_REFUSALS = [
  /** Somebody or something that is named does not exist. */
  "unknown_waste_bank",
  "unknown_member",
  "unknown_user",
  "unknown_scale",
  "unknown_product",
  "unknown_deposit",
  "unknown_line",
  /** The deposit breaks a rule. */
  "member_closed",
  "book_closed",
  "no_price",
  "bad_line",
  "weight_out_of_range",
  "unstable_weight",
  "nothing_to_pay",
  /** More cash than one deposit, one person or one waste bank hands out. */
  "over_limit",
  "out_of_time",
  "printed_too_much",
  "too_much",
  "taker_corrects",
  "taker_honours",
  "not_theirs",
  /** The books stand otherwise than whoever asks believes. */
  "conflict",
  "duplicate_visit",
  "unusual",
  "amounts_differ",
  "printed_wrong",
  "no_shift",
  "drawer_short",
  "shift_closed",
  "already_voided",
  "void_late",
  "spent",
  "sold",
] as const;
export type DepositRefusalCode = (typeof DEPOSIT_REFUSALS)[number];

/** A refusal. `reason`: a sentence that says what to do. `lines`: what the lines would be worth, where amounts differ. */
export interface DepositRefusal {
  kind: "refused";
  code: DepositRefusalCode;
  reason: string;
  lines?: number[];
}

/** Makes a refusal. */
export function refusedDeposit(code: DepositRefusalCode, reason: string): DepositRefusal {
  return { kind: "refused", code, reason };
}
