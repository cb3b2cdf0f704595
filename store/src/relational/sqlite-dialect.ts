/**
 * Kysely on `node:sqlite`: one connection a process, WAL, and a commit that survives a power cut.
 *
 * Kysely's own driver expects better-sqlite3 and begins transactions lazily; two processes that both read and then
 * write would meet SQLITE_BUSY at the upgrade, where no timeout helps. Here a transaction takes the write lock at once.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { StoreError } from "../store-error.ts";
import { BUSY_WAIT_MS_MAX, isBusy, onceFree } from "./sqlite-busy.ts";
import type { TransactionScope } from "./transaction-scope.ts";
import { TurnQueue } from "./turn-queue.ts";

/** How long SQLite itself waits for a lock, in milliseconds; beyond, `onceFree` waits without stopping the process. */
const BUSY_TIMEOUT_MS = 10;

/** How long a caller waits for the connection, in milliseconds; then it gets StoreError `unavailable`. */
const CONNECTION_WAIT_MS_MAX = 30_000;

/** How often another process may win the race to turn a new file to WAL before opening fails. */
const WAL_TRIES_MAX = 100;

/** Prepared statements that are kept; the one longest unused goes first. */
const STATEMENTS_MAX = 256;

/** Opens the file with every setting that durability and the triggers need. Throws what SQLite says. */
export function openSqliteFile(path: string, walTriesMax = WAL_TRIES_MAX): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    turnToWal(database, walTriesMax);
    database.exec("pragma synchronous = full");
    // Without it INSERT OR REPLACE would delete rows without firing the triggers that forbid deletion.
    database.exec("pragma recursive_triggers = on");
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** SQLite does not wait for other processes when it changes the journal of a file that they are opening as well. */
function turnToWal(database: DatabaseSync, triesMax: number): void {
  for (let attempt = 1; ; attempt++) {
    try {
      database.exec("pragma journal_mode = wal");
      return;
    } catch (error) {
      if (!isBusy(error) || attempt === triesMax) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** What a test may set otherwise. */
interface SqliteDialectOptions {
  scope: TransactionScope;
  waitMsMax?: number;
  busyWaitMsMax?: number;
}

/** Builds the dialect over an open file, which it closes with itself. */
export function sqliteDialect(
  database: DatabaseSync,
  { scope, waitMsMax = CONNECTION_WAIT_MS_MAX, busyWaitMsMax = BUSY_WAIT_MS_MAX }: SqliteDialectOptions,
): Dialect {
  return {
    createAdapter: () => new QueueingAdapter(),
    createDriver: () => new NodeSqliteDriver(database, { scope, waitMsMax, busyWaitMsMax }),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/**
 * Tells Kysely not to queue callers itself: its queue stands before the driver's, knows no timeout, and stands still for
 * ever once the driver refuses a connection.
 */
class QueueingAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class NodeSqliteDriver implements Driver {
  readonly #database: DatabaseSync;
  readonly #scope: TransactionScope;
  readonly #waitMsMax: number;
  readonly #busyWaitMsMax: number;
  readonly #connection: NodeSqliteConnection;
  readonly #queue = new TurnQueue();
  /** Ends the turn of the present holder. */
  #release: (() => void) | null = null;

  constructor(database: DatabaseSync, { scope, waitMsMax, busyWaitMsMax }: Required<SqliteDialectOptions>) {
    this.#database = database;
    this.#scope = scope;
    this.#waitMsMax = waitMsMax;
    this.#busyWaitMsMax = busyWaitMsMax;
    this.#connection = new NodeSqliteConnection(database, busyWaitMsMax);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    this.#scope.refuseWithin();
    const release = await this.#queue.take(this.#waitMsMax);
    if (release === null) throw new StoreError("unavailable", "waited too long for the database connection");
    this.#release = release;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#release?.();
    this.#release = null;
  }

  async beginTransaction(): Promise<void> {
    await onceFree(() => this.#database.exec("begin immediate"), this.#busyWaitMsMax);
  }

  async commitTransaction(): Promise<void> {
    this.#database.exec("commit");
  }

  async rollbackTransaction(): Promise<void> {
    // SQLite has rolled back by itself after some failures, such as a full disk.
    if (this.#database.isTransaction) this.#database.exec("rollback");
  }

  async destroy(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** A prepared statement. `answersRows`: it selects or returns; all else only tells how many rows it changed. */
interface KeptStatement {
  statement: StatementSync;
  answersRows: boolean;
}

class NodeSqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #busyWaitMsMax: number;
  readonly #statements = new Map<string, KeptStatement>();

  constructor(database: DatabaseSync, busyWaitMsMax: number) {
    this.#database = database;
    this.#busyWaitMsMax = busyWaitMsMax;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    // A transaction holds the lock already; a statement by itself takes it, and has done nothing when it cannot.
    return onceFree(() => this.#execute<R>(query), this.#busyWaitMsMax);
  }

  #execute<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
    const { statement, answersRows } = this.#prepare(sql);
    const values = parameters as readonly SQLInputValue[];
    if (answersRows) return { rows: statement.all(...values) as R[] };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<R>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    const rows = this.#database.prepare(sql).iterate(...(parameters as readonly SQLInputValue[]));
    for (const row of rows) yield { rows: [row as R] };
  }

  #prepare(sql: string): KeptStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const statement = this.#database.prepare(sql);
    const kept = { statement, answersRows: statement.columns().length > 0 };
    this.#statements.set(sql, kept);
    const oldest = this.#statements.keys().next().value;
    if (this.#statements.size > STATEMENTS_MAX && oldest !== undefined) this.#statements.delete(oldest);
    return kept;
  }
}
