/** Tells database errors that lie in the data, which would come again with the same data, from all others. */

/** `taken`: a unique value is in use. `unfit`: the database refuses the values for another reason. */
export type DataTrouble = "taken" | "unfit";

/** SQLite's result codes and extended codes (sqlite.org/rescode.html). */
const SQLITE_TAKEN = new Set([1555, 2067, 2579]);
const SQLITE_UNFIT = new Set([18, 19, 20]);

/** What of the data the error is about; null when it is about something else, such as the connection or a deadlock. */
export function dataTrouble(error: unknown): DataTrouble | null {
  if (!(error instanceof Error)) return null;
  if ("errcode" in error && typeof error.errcode === "number") {
    if (SQLITE_TAKEN.has(error.errcode)) return "taken";
    return SQLITE_UNFIT.has(error.errcode & 0xff) ? "unfit" : null;
  }
  if (!("code" in error) || typeof error.code !== "string") return null;
  if (error.code === "23505") return "taken";
  // PostgreSQL's classes 22 (data exception) and 23 (integrity constraint violation).
  return /^2[23]\w{3}$/.test(error.code) ? "unfit" : null;
}
