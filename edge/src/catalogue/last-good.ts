/**
 * The last good version of what the cloud has said (catalogue, configuration), kept over restarts and network outages.
 *
 * A file of its own, apart from the outbox: all of it can be fetched again, so it may be deleted when damaged, and its
 * rewriting neither takes the outbox's room nor its epoch with it.
 */
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Logger } from "pino";

/** A document, with the tag under which its source knows this version. */
export interface Document {
  value: unknown;
  etag: string | null;
}

export interface LastGood {
  read(name: string): Document | null;
  /** Keeps a document in place of the earlier one, durably. Throws when the disk is full; the earlier one stays. */
  write(name: string, document: Document): void;
  close(): void;
}

/** Opens the file at `path`. A damaged one is set aside with a warning and begun anew. */
export function openLastGood(path: string, log: Logger): LastGood {
  let database: DatabaseSync;
  try {
    database = openDatabase(path);
  } catch (error) {
    log.warn({ err: error, path }, "documents kept on disk are unreadable; beginning anew");
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
    database = openDatabase(path);
  }
  const select = database.prepare("SELECT value, etag FROM document WHERE name = ?");
  const upsert = database.prepare("INSERT OR REPLACE INTO document VALUES (?, ?, ?)");
  return {
    read(name) {
      const row = select.get(name);
      if (row === undefined) return null;
      return { value: JSON.parse(String(row.value)), etag: row.etag === null ? null : String(row.etag) };
    },
    write(name, { value, etag }) {
      upsert.run(name, JSON.stringify(value), etag);
    },
    close: () => database.close(),
  };
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 1000 });
  try {
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec(
      "CREATE TABLE IF NOT EXISTS document (name TEXT PRIMARY KEY, value TEXT NOT NULL, etag TEXT) STRICT",
    );
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
