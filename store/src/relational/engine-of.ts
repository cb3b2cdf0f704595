/** Tells on which engine a connection or transaction runs, for the few statements that only one of them knows. */
import { PostgresAdapter } from "kysely";
import type { Db, RelationalStore } from "./relational-store.ts";

/** The engine. Row locks, for one, are PostgreSQL's: a SQLite transaction has the file for itself. */
export function engineOf(db: Db): RelationalStore["engine"] {
  return db.getExecutor().adapter instanceof PostgresAdapter ? "postgres" : "sqlite";
}
