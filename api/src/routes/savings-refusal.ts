/** Tells a refusal of savings as a problem. */
import type { SavingsRefusal, SavingsRefusalCode } from "@jumpa-madu/store/savings-refusal";
import { type ProblemCode, ProblemError } from "../problem-error.ts";

/** Codes that stand for something other than a rule that is kept. */
const PROBLEM_CODES: Partial<Record<SavingsRefusalCode, ProblemCode>> = {
  book_unknown: "unknown_reference",
  member_unknown: "unknown_reference",
  product_unknown: "unknown_reference",
  waste_bank_unknown: "unknown_reference",
  book_exists: "exists",
  book_closed: "conflict",
  book_open: "conflict",
  book_not_empty: "conflict",
  book_is_default: "conflict",
  id_taken: "conflict",
  mass_unknown: "not_found",
  mass_state: "conflict",
};

/** The outcome when it is none of the refusals, which are thrown as ProblemError. */
export function unlessRefused<Outcome extends { kind: string }>(
  outcome: Outcome | SavingsRefusal,
): Exclude<Outcome, SavingsRefusal> {
  if (outcome.kind !== "refused") return outcome as Exclude<Outcome, SavingsRefusal>;
  const { code, reason } = outcome as SavingsRefusal;
  throw new ProblemError(PROBLEM_CODES[code] ?? "refused", reason);
}
