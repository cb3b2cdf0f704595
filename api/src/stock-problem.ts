/** Tells why a sale, a payment or a count is not done. */
import type { StockRefusal, StockRefusalCode } from "@jumpa-madu/store/stock-refusal";
import { ProblemError } from "./problem-error.ts";

const CONFLICTS = new Set<StockRefusalCode>([
  "id_taken",
  "already_voided",
  "money_is_gone",
  "member_closed",
  "count_waits",
  "count_ended",
]);

/** The problem that a refusal is. */
export function stockProblem({ code, reason }: StockRefusal): ProblemError {
  if (code.startsWith("unknown_")) return new ProblemError("unknown_reference", reason);
  return new ProblemError(CONFLICTS.has(code) ? "conflict" : "refused", reason);
}
