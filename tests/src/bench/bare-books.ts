/**
 * The engine by itself: tables with the columns, keys and indexes of the ledger, without its guards, CHECKs and foreign keys;
 * a trigger that moves the counters of both accounts of a transfer; and prepared statements that write the rows of deposits.
 */
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { GatheringSocket } from "../../../store/src/relational/gathering-socket.ts";
import { openSqliteFile } from "../../../store/src/relational/sqlite-dialect.ts";
import { ROWS_PER_INSERT_MAX } from "../../../store/src/relational/statement.ts";
import { BARE_COLUMNS, type BareDeposit, type BareTable, type Value } from "./bare-rows.ts";
import type { RelationalEngine } from "./relational-database.ts";

/** Tables by themselves. */
export interface BareBooks {
  /** Writes the deposits in one transaction, durable when it answers. */
  write(deposits: BareDeposit[]): Promise<void>;
  close(): Promise<void>;
}

const TABLES = [...(Object.keys(BARE_COLUMNS) as BareTable[]), "accounts"] as const;

/** Makes the tables beside the books at `url`, with all that the books hold. `path`: file of the bare tables, for SQLite. */
export async function openBareBooks(engine: RelationalEngine, url: string, path: string): Promise<BareBooks> {
  return engine === "sqlite" ? sqliteBooks(url.slice("sqlite:".length), path) : await postgresBooks(url);
}

function sqliteBooks(booksPath: string, path: string): BareBooks {
  copySqlite(booksPath, path);
  const database = openSqliteFile(path);
  const inserts = (Object.keys(BARE_COLUMNS) as BareTable[]).map((table) => {
    const columns = BARE_COLUMNS[table];
    const statement = database.prepare(
      `insert into ${table} (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`,
    );
    return { table, statement };
  });
  database.exec(`create trigger apply after insert on transfers begin
    update accounts set debits_posted = debits_posted + new.amount, last_transfer_id = new.id where id = new.debit_account_id;
    update accounts set credits_posted = credits_posted + new.amount, last_transfer_id = new.id where id = new.credit_account_id;
  end`);
  return {
    async write(deposits) {
      database.exec("begin immediate");
      for (const { rows } of deposits) {
        for (const { table, statement } of inserts) for (const row of rows[table]) statement.run(...row);
      }
      database.exec("commit");
    },
    close: async () => database.close(),
  };
}

/** What SQLite tells of a column: `pk` is its place in the primary key, 0 for none. */
interface ColumnInfo {
  name: string;
  type: string;
  notnull: 0 | 1;
  pk: number;
}

/** What SQLite tells of an index. */
interface IndexInfo {
  name: string;
  unique: 0 | 1;
}

/** SQLite's own copy of a table has neither keys nor indexes, so they are made from what it tells of them. */
function copySqlite(booksPath: string, path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.prepare("attach ? as books").run(booksPath);
    for (const table of TABLES) {
      const columns = database
        .prepare(`select * from pragma_table_info('${table}', 'books')`)
        .all() as unknown as ColumnInfo[];
      const typed = columns.map(
        ({ name, type, notnull }) => `${name} ${type}${notnull === 1 ? " not null" : ""}`,
      );
      const key = columns.filter(({ pk }) => pk > 0).map(({ name }) => name);
      database.exec(
        `create table main.${table} (${typed.join(", ")}, primary key (${key.join(", ")})) strict`,
      );
      const indexes = database
        .prepare(`select * from pragma_index_list('${table}', 'books') where origin <> 'pk'`)
        .all() as unknown as IndexInfo[];
      for (const [number, { name, unique }] of indexes.entries()) {
        const parts = database.prepare(`select name from pragma_index_info('${name}', 'books')`).all();
        database.exec(
          `create ${unique === 1 ? "unique" : ""} index main.${table}_${number} on ${table}(${parts.map((part) => part.name).join(", ")})`,
        );
      }
      database.exec(`insert into main.${table} select * from books.${table}`);
    }
  } finally {
    database.close();
  }
}

async function postgresBooks(url: string): Promise<BareBooks> {
  const client = new pg.Client({
    connectionString: url,
    pipeline: true,
    stream: () => new GatheringSocket(),
  });
  await client.connect();
  try {
    await copyPostgres(client);
  } catch (error) {
    await client.end();
    throw error;
  }
  return {
    async write(deposits) {
      // All statements go out before the first answer: nothing is gained by waiting when nothing is decided by it.
      await Promise.all([
        client.query("begin"),
        ...(Object.keys(BARE_COLUMNS) as BareTable[]).flatMap((table) =>
          together(deposits.flatMap(({ rows }) => rows[table])).map((rows) =>
            client.query(insertOf(table, rows)),
          ),
        ),
        client.query("commit"),
      ]);
    },
    close: () => client.end(),
  };
}

async function copyPostgres(client: pg.Client): Promise<void> {
  await client.query("drop schema if exists bare cascade");
  await client.query("create schema bare");
  for (const table of TABLES) {
    // Neither foreign keys nor triggers come along, nor CHECKs unless asked for.
    await client.query(
      `create table bare.${table} (like public.${table} including indexes including defaults)`,
    );
    // The room for counters to move is no rule of the ledger, so the bare one has it as well.
    if (table === "accounts") await client.query("alter table bare.accounts set (fillfactor = 50)");
    await client.query(`insert into bare.${table} select * from public.${table}`);
    await client.query(`vacuum analyze bare.${table}`);
  }
  await client.query(`create function bare.apply() returns trigger language plpgsql as $$
begin
  update bare.accounts set debits_posted = debits_posted + new.amount, last_transfer_id = new.id where id = new.debit_account_id;
  update bare.accounts set credits_posted = credits_posted + new.amount, last_transfer_id = new.id where id = new.credit_account_id;
  return null;
end $$`);
  await client.query(
    "create trigger apply after insert on bare.transfers for each row execute function bare.apply()",
  );
}

/** As many rows a statement as the ledger puts into one, so that there are few texts to prepare. */
function together(rows: Value[][]): Value[][][] {
  const pieces: Value[][][] = [];
  for (let from = 0; from < rows.length; from += pieces.at(-1)?.length ?? 0) {
    const left = rows.length - from;
    const count = left <= 8 ? left : Math.min(ROWS_PER_INSERT_MAX, 2 ** Math.floor(Math.log2(left)));
    pieces.push(rows.slice(from, from + count));
  }
  return pieces;
}

/** One statement for some rows of a table, prepared once for each number of rows. */
function insertOf(table: BareTable, rows: Value[][]): pg.QueryConfig {
  const columns = BARE_COLUMNS[table];
  const row = (at: number) =>
    `(${columns.map((_, column) => `$${at * columns.length + column + 1}`).join(", ")})`;
  return {
    name: `${table}_${rows.length}`,
    text: `insert into bare.${table} (${columns.join(", ")}) values ${rows.map((_, at) => row(at)).join(", ")}`,
    values: rows.flat(),
  };
}
