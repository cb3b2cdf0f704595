/** The telemetry file: where it is, and its one connection, opened when it is first needed. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../store-error.ts";

/** Time that a call waits for another process's write before it counts as unavailable. Blocks this process. */
export const BUSY_MS_MAX = 2_000;

/** Bytes of a page, SQLite's default. */
const PAGE_BYTES = 4_096;

/** Layout of the file that this code reads and writes; stands in the file's `user_version`. */
export const LAYOUT = 1;

export interface SqliteAddress {
  path: string;
  /** Largest size of the file without its log, in MiB; null when only the disk bounds it. */
  sizeMbMax: number | null;
}

/** Parses `sqlite:/path/to/file.sqlite`, with `?max_mb=` for its largest size. Throws StoreError `unsupported_url`. */
export function parseSqliteUrl(text: string): SqliteAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  const path = url?.protocol === "sqlite:" ? decodeURIComponent(url.pathname) : "";
  const sizeText = url?.searchParams.get("max_mb") ?? null;
  const sizeMbMax = sizeText === null ? null : Number(sizeText);
  if (path === "" || (sizeMbMax !== null && !(Number.isInteger(sizeMbMax) && sizeMbMax > 0))) {
    throw new StoreError(
      "unsupported_url",
      "expected sqlite:/path/to/file.sqlite, with ?max_mb= a whole number",
    );
  }
  return { path, sizeMbMax };
}

export interface SqliteFile {
  readonly path: string;
  /**
   * The open connection. Throws StoreError `no_database` when the file is missing or was not prepared, unless it is to
   * be created; and what `node:sqlite` throws.
   */
  open(mode?: "create"): DatabaseSync;
  /** Closes the connection and what it has not committed; `open` opens it again. */
  close(): void;
}

export function createSqliteFile({ path, sizeMbMax }: SqliteAddress): SqliteFile {
  let database: DatabaseSync | null = null;
  return {
    path,
    open(mode) {
      if (database !== null) return database;
      if (mode !== "create" && !existsSync(path))
        throw new StoreError("no_database", `no telemetry file ${path}`);
      if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
      const opened = new DatabaseSync(path, { timeout: BUSY_MS_MAX });
      database = opened;
      opened.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      if (sizeMbMax !== null) opened.exec(`PRAGMA max_page_count = ${(sizeMbMax * 1_048_576) / PAGE_BYTES}`);
      const layout = opened.prepare("PRAGMA user_version").get()?.user_version;
      if (layout === LAYOUT || (mode === "create" && layout === 0)) return opened;
      throw new StoreError("no_database", `${path} is not a telemetry file of layout ${LAYOUT}`);
    },
    close() {
      database?.close();
      database = null;
    },
  };
}
