/**
 * Tells whether a failed transaction is the fault of what was written, or of the database.
 *
 * The first kind fails again for ever and belongs in quarantine; the second passes, and the same work is tried again.
 */
import { StoreError } from "@jumpa-madu/store/store-error";

/** `unknown`: the error names no cause; ask the database whether it is there. */
export type DatabaseFault = "data" | "unavailable" | "unknown";

/**
 * Classes of SQLSTATE (PostgreSQL, appendix A) that speak of the statement's data: cardinality, data exception,
 * integrity, raised by a trigger.
 */
const DATA_CLASSES = new Set(["21", "22", "23", "44", "P0"]);

/** Classes that speak of the server: connection, resources, operator, system, internal; and transactions that lost a race. */
const SERVER_CLASSES = new Set(["08", "25", "28", "3D", "40", "53", "55", "57", "58", "XX"]);

/** Of the class of errors in the statement itself, the one that a person mends at the server. */
const INSUFFICIENT_PRIVILEGE = "42501";

/** SQLite's primary result codes that speak of the data: TOOBIG, CONSTRAINT, MISMATCH, RANGE. */
const SQLITE_DATA = new Set([18, 19, 20, 25]);

/** PERM, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB. */
const SQLITE_SERVER = new Set([3, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 26]);

/** Judges by the error's code alone, never by its words. */
export function databaseFaultOf(error: unknown): DatabaseFault {
  if (error instanceof StoreError) return "unavailable";
  if (!(error instanceof Error)) return "unknown";
  if ("errcode" in error && typeof error.errcode === "number") {
    const primary = error.errcode & 0xff;
    if (SQLITE_DATA.has(primary)) return "data";
    return SQLITE_SERVER.has(primary) ? "unavailable" : "unknown";
  }
  if ("code" in error && typeof error.code === "string") {
    if (error.code === INSUFFICIENT_PRIVILEGE) return "unavailable";
    if (error.code.startsWith("ECONN") || SYSTEM_CODES.has(error.code)) return "unavailable";
    if (error.code.length === 5) {
      const sqlClass = error.code.slice(0, 2);
      if (DATA_CLASSES.has(sqlClass)) return "data";
      if (SERVER_CLASSES.has(sqlClass)) return "unavailable";
    }
  }
  return "unknown";
}

/** Codes of Node's sockets and name look-ups that do not begin with ECONN. */
const SYSTEM_CODES = new Set(["ETIMEDOUT", "EPIPE", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** The error's class and code, without its words, which may hold what a person typed. */
export function classOfError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if ("errcode" in error) return `${error.name} ${String(error.errcode)}`;
  return "code" in error ? `${error.name} ${String(error.code)}` : error.name;
}
