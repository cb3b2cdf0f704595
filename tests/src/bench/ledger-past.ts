/** Writes the past of waste banks into a database fast: without triggers, foreign keys and fsync, indexes last. */
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { GROUND_SQL, PAST_TABLES, pastSql } from "./ledger-world.ts";
import type { RelationalEngine } from "./relational-database.ts";

/** Waste banks from this number until before `to`; with `from` 0 the ground is laid first. Nobody else may write meanwhile. */
export async function writePast(
  engine: RelationalEngine,
  url: string,
  { from, to }: { from: number; to: number },
): Promise<void> {
  const statements = [...(from === 0 ? GROUND_SQL : []), ...pastSql(from, to)];
  if (engine === "sqlite") writeSqlite(url.slice("sqlite:".length), statements);
  else await writePostgres(url, statements);
}

function writeSqlite(path: string, statements: string[]): void {
  const database = new DatabaseSync(path);
  try {
    database.exec("pragma foreign_keys = off; pragma synchronous = off; pragma cache_size = -1000000");
    const made = database
      .prepare(
        `select type, name, sql from sqlite_master
         where type in ('index', 'trigger') and sql is not null and tbl_name in (select value from json_each(?))`,
      )
      .all(JSON.stringify(PAST_TABLES)) as { type: string; name: string; sql: string }[];
    database.exec("begin immediate");
    for (const { type, name } of made) database.exec(`drop ${type} ${name}`);
    for (const statement of statements) database.exec(statement);
    for (const { sql } of made) database.exec(sql);
    database.exec("commit");
    database.exec("pragma wal_checkpoint(truncate)");
  } finally {
    database.close();
  }
}

async function writePostgres(url: string, statements: string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    // A replica fires neither triggers nor foreign keys.
    await client.query("set session_replication_role = replica");
    await client.query("set synchronous_commit = off");
    await client.query("set maintenance_work_mem = '512MB'");
    const { rows: indexes } = await client.query<{ name: string; sql: string }>(
      `select indexname as name, indexdef as sql from pg_indexes
       where schemaname = 'public' and tablename = any($1)
         and indexname not in (select conname from pg_constraint)`,
      [PAST_TABLES],
    );
    await client.query("begin");
    for (const { name } of indexes) await client.query(`drop index ${name}`);
    for (const statement of statements) await client.query(statement);
    for (const { sql } of indexes) await client.query(sql);
    await client.query("commit");
    // What autovacuum would do by and by.
    await client.query("vacuum analyze");
    await client.query("checkpoint");
  } finally {
    await client.end();
  }
}
