/** The store of the keys: a database of its own, so that a copy of the books holds none of them. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { Kysely, sql } from "kysely";
import { POSTGRES_LIMITS, postgresDialect } from "../relational/postgres-dialect.ts";
import { openSqliteFile, sqliteDialect } from "../relational/sqlite-dialect.ts";
import { TransactionScope } from "../relational/transaction-scope.ts";
import type { KeyTables } from "./key-tables.ts";
import { VaultError } from "./vault-error.ts";

/** Any constant: names the PostgreSQL advisory lock, so that two services that start together do not both make the tables. */
const LOCK_KEY = 7_266_838;

/** Connections of one process to a vault on PostgreSQL. Its statements read or write one row; the rest waits in the pool. */
const VAULT_CONNECTIONS_MAX = 4;

/** An open store of keys, its tables made. */
export interface KeyStore {
  readonly db: Kysely<KeyTables>;
  /** Overwrites what a removed key leaves behind in the files, as far as the engine can. */
  scrub(): Promise<void>;
  close(): Promise<void>;
}

/** Opens `sqlite:/path` or `postgres://…` and makes the tables that are missing. Throws VaultError `unsupported_url` or `unavailable`. */
export async function openKeyStore(
  url: string,
  onConnectionError: (error: Error) => void,
): Promise<KeyStore> {
  const scheme = url.slice(0, url.indexOf(":"));
  const isSqlite = scheme === "sqlite" && url !== "sqlite:";
  if (!isSqlite && scheme !== "postgres" && scheme !== "postgresql") {
    throw new VaultError("unsupported_url", "VAULT_URL must be sqlite:/path/to/file or postgres://…");
  }
  const db = isSqlite ? openSqlite(url.slice("sqlite:".length)) : openPostgres(url, onConnectionError);
  try {
    await makeTables(
      db,
      isSqlite ? { whole: "integer", bytes: "blob" } : { whole: "bigint", bytes: "bytea" },
    );
  } catch (cause) {
    await db.destroy();
    throw new VaultError("unavailable", "the vault's store does not answer", { cause });
  }
  const scrubbing = isSqlite ? sql`pragma wal_checkpoint(truncate)` : sql`vacuum person_keys`;
  return {
    db,
    scrub: async () => void (await scrubbing.execute(db)),
    close: () => db.destroy(),
  };
}

function openSqlite(path: string): Kysely<KeyTables> {
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const database = openSqliteFile(path);
    // A key that is removed must not stay readable in a free page of the file.
    database.exec("pragma secure_delete = on");
    return new Kysely({ dialect: sqliteDialect(database, { scope: new TransactionScope() }) });
  } catch (cause) {
    throw new VaultError("unavailable", `cannot open the vault's file ${path}`, { cause });
  }
}

function openPostgres(url: string, onConnectionError: (error: Error) => void): Kysely<KeyTables> {
  const limits = { ...POSTGRES_LIMITS, connectionsMax: VAULT_CONNECTIONS_MAX };
  return new Kysely({
    dialect: postgresDialect(url, { onConnectionError, scope: new TransactionScope(), limits }),
  });
}

async function makeTables(
  db: Kysely<KeyTables>,
  { whole, bytes }: { whole: "integer" | "bigint"; bytes: "blob" | "bytea" },
): Promise<void> {
  const [wholeType, bytesType] = [sql.raw(whole), sql.raw(bytes)];
  await db.transaction().execute(async (tx) => {
    if (whole === "bigint") await sql`select pg_advisory_xact_lock(${LOCK_KEY})`.execute(tx);
    await sql`create table if not exists system_key (
      id ${wholeType} primary key check (id = 1),
      wrapped_key ${bytesType} not null,
      master_key_id text not null,
      created_ms ${wholeType} not null
    )`.execute(tx);
    await sql`create table if not exists person_keys (
      member_id text primary key,
      wrapped_key ${bytesType},
      master_key_id text not null,
      created_ms ${wholeType} not null,
      destroyed_ms ${wholeType},
      check ((wrapped_key is null) = (destroyed_ms is not null))
    )`.execute(tx);
  });
}
