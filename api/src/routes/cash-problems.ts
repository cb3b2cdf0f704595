/** Tells refusals of cash as problems. */
import type { CashOutcome, CashRefusalCode } from "@jumpa-madu/store/cash-refusal";
import { type ProblemCode, ProblemError } from "../problem-error.ts";

/** The problem that stands for each refusal. */
const PROBLEM_OF_REFUSAL: Record<CashRefusalCode, ProblemCode> = {
  id_taken: "conflict",
  shift_unknown: "not_found",
  shift_is_open: "conflict",
  shift_is_closed: "conflict",
  movement_unknown: "not_found",
  movement_is_decided: "conflict",
  expense_unknown: "not_found",
  expense_is_decided: "conflict",
  already_voided: "conflict",
  payout_unknown: "not_found",
  nothing_owed: "refused",
  settlement_unknown: "not_found",
  settlement_is_decided: "conflict",
  same_person: "refused",
  node_unknown: "unknown_reference",
  too_little_cash: "conflict",
  reason_missing: "refused",
  other_waste_bank: "refused",
  field_missing: "refused",
  out_of_time: "refused",
};

/** The status of a deed, 201 when it was done now and 200 when it had been. Throws ProblemError when it was refused. */
export function statusOf(outcome: CashOutcome<unknown>): 200 | 201 {
  if (outcome.kind === "refused") throw new ProblemError(PROBLEM_OF_REFUSAL[outcome.code], outcome.reason);
  return outcome.kind === "done" ? 201 : 200;
}

/** What to say when the database refuses a row of cash. */
export const CASH_WORDS = {
  exists: "the same was asked for at the same moment; ask again",
  unknown: "the waste bank does not exist",
};
