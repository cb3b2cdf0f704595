/** Why a deed on books and products is not done. */
import { WITHDRAWAL_FAULTS } from "./withdrawal-rules.ts";

/** Codes, those of withdrawals among them. */
export const SAVINGS_REFUSALS = [
  ...WITHDRAWAL_FAULTS,
  "member_unknown",
  "member_closed",
  "member_erased",
  "product_unknown",
  "waste_bank_unknown",
  "book_exists",
  "book_open",
  "book_not_empty",
  "book_is_default",
  "not_one_owner",
  "rules_invalid",
  "id_taken",
  "ledger_refused",
  "mass_unknown",
  "mass_state",
] as const;
export type SavingsRefusalCode = (typeof SAVINGS_REFUSALS)[number];

/** Expected trouble: a code for a program, and a sentence for a person that says what to do. */
export interface SavingsRefusal {
  kind: "refused";
  code: SavingsRefusalCode;
  reason: string;
}

/** Makes a refusal. */
export function refuse(code: SavingsRefusalCode, reason: string): SavingsRefusal {
  return { kind: "refused", code, reason };
}
