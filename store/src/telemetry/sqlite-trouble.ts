/** What an error of SQLite means for a write or a question. */

/** Primary result codes: https://www.sqlite.org/rescode.html. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const CONSTRAINT = 19;
const MISMATCH = 20;
const NOTADB = 26;

/** `refused`: this point never fits. `unavailable`: may pass. `halted`: a person must mend it. `unknown`: a fault of this program. */
export type SqliteTrouble = "refused" | "unavailable" | "halted" | "unknown";

/** Sorts an error thrown by `node:sqlite`. */
export function sqliteTroubleOf(error: unknown): SqliteTrouble {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") {
    // A value that SQLite cannot hold, such as undefined, is refused by node:sqlite before it comes to a result code.
    return error instanceof Error && "code" in error && error.code === "ERR_INVALID_ARG_TYPE"
      ? "refused"
      : "unknown";
  }
  switch (error.errcode & 0xff) {
    case CONSTRAINT:
    case MISMATCH:
      return "refused";
    case BUSY:
    case LOCKED:
    case FULL:
    case IOERR:
      return "unavailable";
    case READONLY:
    case CORRUPT:
    case CANTOPEN:
    case NOTADB:
      return "halted";
    default:
      return "unknown";
  }
}
