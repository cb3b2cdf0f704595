/**
 * Tells which rule of the ledger a database error stands for.
 *
 * PostgreSQL names the constraint. SQLite gives only a class of constraint as a code; within the three tables of the
 * ledger that is enough, because amounts are checked before. The triggers' own messages begin with our codes LG001 to
 * LG006, which are part of the schema; LG001 to LG003 stand for a defect of the program, so they are no refusal.
 */
import type { Refusal } from "./ledger-error.ts";

/** SQLite's extended result codes (sqlite.org/rescode.html). */
const SQLITE_CONSTRAINT_CHECK = 275;
const SQLITE_CONSTRAINT_FOREIGNKEY = 787;
const SQLITE_CONSTRAINT_NOTNULL = 1299;
const SQLITE_CONSTRAINT_TRIGGER = 1811;
const SQLITE_CONSTRAINT_UNIQUE = 2067;

const TRIGGER_REFUSALS: Record<string, Refusal> = {
  LG004: "not_resolvable",
  LG005: "not_resolvable",
  LG006: "account_mismatch",
};

/** The refusal that a failed insert into transfers or journals means; null when the error is none of the ledger's rules. */
export function databaseRefusal(error: unknown): Refusal | null {
  if (!(error instanceof Error)) return null;
  if ("errcode" in error) return sqliteRefusal(error.errcode, error.message);
  if ("code" in error) {
    const constraint = "constraint" in error ? String(error.constraint) : "";
    return postgresRefusal(error.code, constraint, error.message);
  }
  return null;
}

const CHECK_REFUSALS: Record<string, Refusal> = {
  no_overdraft: "overdraft",
  two_accounts: "account_mismatch",
};

function checkRefusal(constraint: string): Refusal {
  return CHECK_REFUSALS[constraint] ?? "out_of_range";
}

function sqliteRefusal(code: unknown, message: string): Refusal | null {
  // A named constraint stands at the end of SQLite's message.
  if (code === SQLITE_CONSTRAINT_CHECK) return checkRefusal(message.slice(message.lastIndexOf(" ") + 1));
  if (code === SQLITE_CONSTRAINT_UNIQUE) return "already_resolved";
  if (code === SQLITE_CONSTRAINT_FOREIGNKEY || code === SQLITE_CONSTRAINT_NOTNULL) return "account_mismatch";
  if (code === SQLITE_CONSTRAINT_TRIGGER) return TRIGGER_REFUSALS[message.slice(0, 5)] ?? null;
  return null;
}

function postgresRefusal(code: unknown, constraint: string, message: string): Refusal | null {
  if (code === "23514") return checkRefusal(constraint);
  if (code === "23505") return "already_resolved";
  if (code === "23503") return "account_mismatch";
  if (code === "P0001") return TRIGGER_REFUSALS[message.slice(0, 5)] ?? null;
  return null;
}
