/** Runs one suite of tests on both engines, each on a fresh migrated database. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, inject } from "vitest";
import { migrate } from "./migrate.ts";
import { openRelational, type RelationalStore } from "./relational-store.ts";

/** A database of a test of its own. */
export interface FreshDatabase {
  url: string;
  remove(): void;
}

/**
 * Makes an empty database: a SQLite file in a temporary folder, or one on the tests' PostgreSQL. That server is thrown
 * away with all its databases when the tests end; to drop one earlier would cost a checkpoint.
 */
export async function freshDatabase(engine: RelationalStore["engine"]): Promise<FreshDatabase> {
  if (engine === "sqlite") {
    const folder = mkdtempSync(join(tmpdir(), "jumpa-madu-store-"));
    return {
      url: `sqlite:${join(folder, "books.sqlite")}`,
      remove: () => rmSync(folder, { recursive: true, force: true }),
    };
  }
  const name = `store_${crypto.randomUUID().replaceAll("-", "")}`;
  const client = new pg.Client(inject("postgresUrl"));
  await client.connect();
  try {
    await client.query(`create database ${name} template template0`);
  } finally {
    await client.end();
  }
  const url = new URL(inject("postgresUrl"));
  url.pathname = `/${name}`;
  return { url: url.href, remove() {} };
}

/** Opens a store whose broken connections are of no interest to the test. */
export function openQuietly(url: string): RelationalStore {
  return openRelational(url, () => {});
}

/** What the tests of a suite use; filled before the first of them runs. */
export interface Suite {
  engine: RelationalStore["engine"];
  url: string;
  store: RelationalStore;
}

/** Defines the suite once for each engine. */
export function onEachEngine(name: string, define: (suite: Suite) => void): void {
  for (const engine of ["sqlite", "postgres"] as const) onEngine(engine, name, define);
}

/** Defines the suite for one engine. */
export function onEngine(
  engine: RelationalStore["engine"],
  name: string,
  define: (suite: Suite) => void,
): void {
  describe(`${name} on ${engine}`, () => {
    const suite = { engine } as Suite;
    let database: FreshDatabase;
    beforeAll(async () => {
      database = await freshDatabase(engine);
      suite.url = database.url;
      suite.store = openQuietly(database.url);
      await migrate(suite.store);
    });
    afterAll(async () => {
      await suite.store.close();
      database.remove();
    });
    define(suite);
  });
}
