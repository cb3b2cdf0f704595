/** Kysely on PostgreSQL through `pg`, with 64-bit integers as exact JavaScript numbers. */
import { type Dialect, PostgresDialect, type PostgresPoolClient } from "kysely";
import pg from "pg";
import { StoreError } from "../store-error.ts";
import { GatheringSocket } from "./gathering-socket.ts";
import { preparedName } from "./statement.ts";
import type { TransactionScope } from "./transaction-scope.ts";

/** Bounds of one process's use of the server. */
export interface PostgresLimits {
  /** Open connections. Beyond: a caller waits for one to be free. */
  connectionsMax: number;
  /** How long a caller waits for a free or new connection, in milliseconds. Beyond: StoreError `unavailable`. */
  connectMsMax: number;
  /** How long one statement may run, in milliseconds. Beyond: the server ends it. */
  statementMsMax: number;
  /** How long a transaction may stand idle, in milliseconds. Beyond: the server ends it, so that no lock is held for ever. */
  idleInTransactionMsMax: number;
}

export const POSTGRES_LIMITS: PostgresLimits = {
  connectionsMax: 8,
  connectMsMax: 10_000,
  statementMsMax: 60_000,
  idleInTransactionMsMax: 60_000,
};

const INT8_OID = 20;
const NUMERIC_OID = 1700;

/**
 * Builds the dialect. `onConnectionError` hears of connections that break, idle or in use; without a listener either
 * would end the process.
 *
 * Every 64-bit column is held below 2^53 by a CHECK; a number beyond it would be a corrupt row, so reading one throws.
 */
export function postgresDialect(
  url: string,
  {
    onConnectionError,
    scope,
    limits = POSTGRES_LIMITS,
  }: { onConnectionError: (error: Error) => void; scope: TransactionScope; limits?: PostgresLimits },
): Dialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: limits.connectionsMax,
    connectionTimeoutMillis: limits.connectMsMax,
    statement_timeout: limits.statementMsMax,
    idle_in_transaction_session_timeout: limits.idleInTransactionMsMax,
    application_name: "jumpa-madu",
    // A statement goes out at once, also while answers are awaited: `sendInOrder` lives from it.
    pipeline: true,
    stream: () => new GatheringSocket(),
    types: { getTypeParser },
  });
  pool.on("connect", (client) => client.on("error", onConnectionError));
  // The pool repeats what an idle connection has just said itself.
  pool.on("error", () => {});
  return new PostgresDialect({
    pool: {
      async connect() {
        scope.refuseWithin();
        try {
          return preparingClient(await pool.connect());
        } catch (cause) {
          // What the server or the network says has a code of its own; that the wait was too long has none.
          if (cause instanceof Error && "code" in cause) throw cause;
          throw new StoreError("unavailable", "no connection to the database in time", { cause });
        }
      },
      end: () => pool.end(),
      options: pool.options,
    },
  });
}

/** Clients that send what `statement` has built under its name; one for each connection, by which Kysely knows it. */
const preparing = new WeakMap<pg.PoolClient, PostgresPoolClient>();

function preparingClient(client: pg.PoolClient): PostgresPoolClient {
  const known = preparing.get(client);
  if (known !== undefined) return known;
  const made = {
    query(text: string, values: unknown[]) {
      const name = preparedName(text);
      return name === undefined ? client.query(text, values) : client.query({ name, text, values });
    },
    release: (destroy?: boolean) => client.release(destroy),
    // Kysely has an interface of its own for what it needs of pg's client, and only ever asks with text and values.
  } as unknown as PostgresPoolClient;
  preparing.set(client, made);
  return made;
}

function getTypeParser(oid: number, format?: "text" | "binary"): (value: string) => unknown {
  if (oid === INT8_OID || oid === NUMERIC_OID) return exactNumber;
  return format === "binary" ? pg.types.getTypeParser(oid, "binary") : pg.types.getTypeParser(oid, "text");
}

function exactNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a JavaScript number exactly`);
  return value;
}
