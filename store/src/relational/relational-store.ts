/** Relational store: accounts, members, devices, deposits. SQLite in one file, or PostgreSQL; chosen by a URL. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { Kysely, sql, type Transaction } from "kysely";
import { StoreError } from "../store-error.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { openSqliteFile, sqliteDialect } from "./sqlite-dialect.ts";
import type { Tables } from "./tables.ts";
import { TransactionScope } from "./transaction-scope.ts";

/** A connection or a transaction: what functions of this room take when they work in either. */
export type Db = Kysely<Tables>;

/** A transaction: what functions take that must not be called outside one. */
export type Tx = Transaction<Tables>;

/** Times that a transaction is tried when it met a deadlock or a serialisation failure. */
export const TRANSACTION_TRIES_MAX = 5;

export interface RelationalStore {
  readonly engine: "sqlite" | "postgres";
  readonly db: Db;
  /**
   * Runs `work` in one transaction; again from the start when the engine chose it as a deadlock's victim, so `work`
   * must change nothing but the store. A query that `work` sends to `db` gets StoreError `outside_transaction`.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs a file of several statements within a transaction. */
  script(tx: Tx, text: string): Promise<void>;
  /** Throws when the engine does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens `sqlite:/path/to/file` or `postgres://…`. Does not migrate. `onConnectionError` hears of connections to the
 * server that break; whoever was using one gets an error of its own.
 *
 * Throws StoreError `unsupported_url` for any other scheme, `unavailable` when a SQLite file cannot be opened.
 */
export function openRelational(url: string, onConnectionError: (error: Error) => void): RelationalStore {
  const scheme = url.slice(0, url.indexOf(":"));
  if (scheme === "sqlite") return openSqlite(url.slice("sqlite:".length));
  if (scheme === "postgres" || scheme === "postgresql") {
    const scope = new TransactionScope();
    const db = new Kysely<Tables>({ dialect: postgresDialect(url, { onConnectionError, scope }) });
    // Without parameters pg sends the text as one simple query, which may hold any number of statements.
    return assemble(
      { engine: "postgres", db, scope },
      async (tx, text) => void (await sql.raw(text).execute(tx)),
    );
  }
  throw new StoreError(
    "unsupported_url",
    `the database URL must begin with sqlite: or postgres:, not "${scheme}:"`,
  );
}

function openSqlite(path: string): RelationalStore {
  if (path === "")
    throw new StoreError("unsupported_url", "sqlite: needs a path, such as sqlite:data/jumpa-madu.sqlite");
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    const database = openSqliteFile(path);
    const scope = new TransactionScope();
    const db = new Kysely<Tables>({ dialect: sqliteDialect(database, { scope }) });
    // The transaction holds the only connection, so what the handle executes is within it.
    return assemble({ engine: "sqlite", db, scope }, async (_tx, text) => database.exec(text));
  } catch (cause) {
    throw new StoreError("unavailable", `cannot open the database file ${path}`, { cause });
  }
}

function assemble(
  { engine, db, scope }: { engine: RelationalStore["engine"]; db: Db; scope: TransactionScope },
  script: (tx: Tx, text: string) => Promise<void>,
): RelationalStore {
  return {
    engine,
    db,
    script,
    transaction: (work) => tried((tx) => scope.run(() => work(tx)), db),
    async ping() {
      await sql`select 1`.execute(db);
    },
    close: () => db.destroy(),
  };
}

async function tried<T>(work: (tx: Tx) => Promise<T>, db: Db): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === TRANSACTION_TRIES_MAX || !isLostRace(error)) throw error;
    }
  }
}

/** PostgreSQL's serialization_failure and deadlock_detected: the same work may succeed when tried again. */
function isLostRace(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "40001" || code === "40P01";
}
