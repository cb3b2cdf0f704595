/** Brings a relational store to the newest schema: plain numbered SQL files, one folder per engine. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { StoreError } from "../store-error.ts";
import type { RelationalStore, Tx } from "./relational-store.ts";

const MIGRATIONS = join(import.meta.dirname, "..", "migrations");

/** Any constant: names the PostgreSQL advisory lock, so that two services that start together do not both migrate. */
const LOCK_KEY = 7_266_837;

interface Migration {
  version: number;
  name: string;
  text: string;
  sha256: string;
}

/**
 * Applies the migrations that are missing, each with its note in one transaction, and answers their names.
 *
 * Throws StoreError `migration_failed` when a file fails, when an applied file was changed afterwards, or when the
 * store is newer than this program.
 */
export async function migrate(store: RelationalStore): Promise<string[]> {
  const migrations = readMigrations(store.engine);
  await store.transaction(async (tx) => {
    await lock(store, tx);
    const whole = sql.raw(store.engine === "sqlite" ? "integer" : "bigint");
    await sql`create table if not exists schema_migrations
      (version integer primary key, name text not null, sha256 text not null, applied_ms ${whole} not null)`.execute(
      tx,
    );
  });
  const applied: string[] = [];
  for (const migration of migrations) {
    const isNew = await store.transaction(async (tx) => {
      await lock(store, tx);
      return applyOnce(store, tx, migration);
    });
    if (isNew) applied.push(migration.name);
  }
  await refuseNewer(store, migrations.length);
  return applied;
}

async function lock(store: RelationalStore, tx: Tx): Promise<void> {
  if (store.engine === "postgres") await sql`select pg_advisory_xact_lock(${LOCK_KEY})`.execute(tx);
}

async function applyOnce(
  store: RelationalStore,
  tx: Tx,
  { version, name, text, sha256 }: Migration,
): Promise<boolean> {
  const row = await tx
    .selectFrom("schema_migrations")
    .select("sha256")
    .where("version", "=", version)
    .executeTakeFirst();
  if (row !== undefined) {
    if (row.sha256 === sha256) return false;
    throw new StoreError("migration_failed", `migration ${name} was changed after it had been applied`);
  }
  try {
    await store.script(tx, text);
  } catch (cause) {
    throw new StoreError("migration_failed", `migration ${name} failed`, { cause });
  }
  await tx
    .insertInto("schema_migrations")
    .values({ version, name, sha256, applied_ms: Date.now() })
    .execute();
  return true;
}

async function refuseNewer(store: RelationalStore, known: number): Promise<void> {
  const newest = await store.db
    .selectFrom("schema_migrations")
    .select("version")
    .orderBy("version", "desc")
    .executeTakeFirst();
  if (newest !== undefined && newest.version > known) {
    throw new StoreError(
      "migration_failed",
      `the store is at schema ${newest.version}; this program knows ${known}`,
    );
  }
}

function readMigrations(engine: "sqlite" | "postgres"): Migration[] {
  const folder = join(MIGRATIONS, engine);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((name, index) => {
      const text = readFileSync(join(folder, name), "utf8");
      return { version: index + 1, name, text, sha256: createHash("sha256").update(text).digest("hex") };
    });
}
