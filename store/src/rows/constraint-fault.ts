/** Tells which rule of a table a database error stands for, the same on both engines. */

/** Rules that a caller can break with an argument: a row that exists already, one that does not exist, a value out of range. */
export type ConstraintFault = "exists" | "unknown_reference" | "out_of_range";

/** SQLite's extended result codes (sqlite.org/rescode.html). */
const SQLITE_FAULTS: Record<number, ConstraintFault> = {
  275: "out_of_range",
  787: "unknown_reference",
  1555: "exists",
  2067: "exists",
};

/** PostgreSQL's SQLSTATEs (Appendix A of its manual). */
const POSTGRES_FAULTS: Record<string, ConstraintFault> = {
  "23514": "out_of_range",
  "23503": "unknown_reference",
  "23505": "exists",
};

/** The rule that the failed statement broke; null when the error is another. */
export function constraintFault(error: unknown): ConstraintFault | null {
  if (!(error instanceof Error)) return null;
  if ("errcode" in error && typeof error.errcode === "number") return SQLITE_FAULTS[error.errcode] ?? null;
  if ("code" in error && typeof error.code === "string") return POSTGRES_FAULTS[error.code] ?? null;
  return null;
}
