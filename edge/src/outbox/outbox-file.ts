/**
 * The file of an outbox: SQLite in WAL mode with `synchronous=FULL`, so that a commit that has returned survives a
 * power cut, and a torn tail of the log loses only what was never committed.
 *
 * `locking_mode=EXCLUSIVE` keeps the file locked for as long as the process lives: a second agent is refused at once,
 * and the operating system drops the lock when the process dies. It also keeps the log's index in memory, so that no
 * `-shm` file can go stale.
 */
import { DatabaseSync } from "node:sqlite";
import { newOutboxEpoch } from "@jumpa-madu/contracts/ids";
import { EdgeError } from "../edge-error.ts";

/** Version of the tables below, in `user_version`. */
const SCHEMA_VERSION = 3;

/** Marks the file as an outbox, in `application_id`: "JMOB". */
const APPLICATION_ID = 0x4a4d4f42;

/** Bytes of one page. */
const PAGE_BYTES = 4096;

/** Pages in the write-ahead log after which it is copied into the file: bounds the log to about 4 MiB. */
const LOG_PAGES_MAX = 1000;

/** Longest wait for another process's lock, in milliseconds. */
const LOCK_WAIT_MS = 1000;

/**
 * Numbers are kept in `stream`, apart from the rows: a number is used once even when its row is long deleted. What a
 * stream holds is counted there too, in the same transactions, so that no count has to be rebuilt. `series` is null for readings that are never thinned.
 */
const SCHEMA = `
CREATE TABLE outbox (epoch TEXT NOT NULL, receipt INTEGER NOT NULL) STRICT;
CREATE TABLE stream (name TEXT PRIMARY KEY, next_seq INTEGER NOT NULL, acked_seq INTEGER NOT NULL,
  held_rows INTEGER NOT NULL, held_bytes INTEGER NOT NULL) STRICT;
CREATE TABLE readings (seq INTEGER PRIMARY KEY, series TEXT, body TEXT NOT NULL) STRICT;
CREATE TABLE records (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE answers (seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, request TEXT NOT NULL, answer TEXT NOT NULL) STRICT;
INSERT INTO stream VALUES ('readings', 1, 0, 0, 0), ('records', 1, 0, 0, 0);
PRAGMA application_id = ${APPLICATION_ID};
`;

/** What version 2 adds to version 1. */
const SCHEMA_2 = `
CREATE TABLE used_weight (scale TEXT PRIMARY KEY, shown_g INTEGER NOT NULL) STRICT;
`;

/** What version 3 adds to version 2. */
const SCHEMA_3 = `
ALTER TABLE used_weight ADD COLUMN gross_g INTEGER;
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Result codes of SQLite that are told apart (sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/**
 * Opens the file at `path`, makes its tables and draws its epoch when it is new.
 *
 * Throws EdgeError `outbox_locked` when another process has it, `outbox_corrupt` when it is damaged or no database, and
 * `outbox_foreign` when it is another program's or a newer version's.
 */
export function openOutboxFile(path: string, fileBytesMax: number): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: LOCK_WAIT_MS });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA temp_store = MEMORY");
    database.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES_MAX}`);
    // The first write takes the lock; it is kept from here on.
    inTransaction(database, () => prepareTables(database));
    // Only now, so that a full file of an earlier version can still be brought up to date.
    database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(fileBytesMax / PAGE_BYTES))}`);
    return database;
  } catch (error) {
    database.close();
    throw explained(error, path);
  }
}

function prepareTables(database: DatabaseSync): void {
  const version = pragma(database, "user_version");
  const application = pragma(database, "application_id");
  if (version === SCHEMA_VERSION && application === APPLICATION_ID) return;
  if ((version === 1 || version === 2) && application === APPLICATION_ID) {
    if (version === 1) database.exec(SCHEMA_2);
    database.exec(SCHEMA_3);
    return;
  }
  const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() ?? {};
  if (version !== 0 || application !== 0 || tables !== 0) {
    throw new EdgeError("outbox_foreign", `application ${application}, version ${version}`);
  }
  database.exec(SCHEMA);
  database.exec(SCHEMA_2);
  database.exec(SCHEMA_3);
  database.prepare("INSERT INTO outbox VALUES (?, 0)").run(newOutboxEpoch());
}

function pragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function explained(error: unknown, path: string): unknown {
  const code = resultCode(error);
  if (code === SQLITE_BUSY) {
    return new EdgeError("outbox_locked", `${path} is in use by another process`, { cause: error });
  }
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) {
    return new EdgeError("outbox_corrupt", `${path} is damaged or no database`, { cause: error });
  }
  return error;
}

/** Primary result code of an error of `node:sqlite`; null for any other error. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode & 0xff;
}

/** Tells whether an error of SQLite means that the disk or the file's own limit is full. */
export function isFull(error: unknown): boolean {
  return resultCode(error) === SQLITE_FULL;
}

/** Runs `work` in one transaction; rolls back and throws what it throws. SQLite may have rolled back already. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Copies the log into the file and empties it, as far as the disk has room. Gives its disk space back. */
export function emptyLog(database: DatabaseSync): void {
  try {
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    // A full disk can refuse to let the file grow; the log then stays, and nothing is lost.
    if (!isFull(error)) throw error;
  }
}

/** Pages inside the file that hold nothing: what can be written without the file growing. */
export function freePages(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA freelist_count").get()?.freelist_count);
}
