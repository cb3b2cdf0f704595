import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteFile, sqliteDialect } from "./sqlite-dialect.ts";
import type { Tables } from "./tables.ts";
import { TransactionScope } from "./transaction-scope.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jumpa-madu-sqlite-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(waitMsMax: number, busyWaitMsMax = 1_000): Kysely<Tables> {
  const database = openSqliteFile(join(folder, "x.sqlite"));
  return new Kysely<Tables>({
    dialect: sqliteDialect(database, { scope: new TransactionScope(), waitMsMax, busyWaitMsMax }),
  });
}

it("gives an error to who waits too long for the connection, and serves those behind", async () => {
  const db = open(20);
  const behind: Promise<unknown>[] = [];
  await db.transaction().execute(async (tx) => {
    // Nothing tells this driver of the transaction, so the query queues behind it.
    await expect(sql`select 1`.execute(db)).rejects.toMatchObject({ code: "unavailable" });
    await expect(sql`select 1`.execute(db)).rejects.toMatchObject({ code: "unavailable" });
    await sql`select 1`.execute(tx);
    behind.push(sql`select 2`.execute(db));
  });
  await Promise.all(behind);
  await sql`select 3`.execute(db);
  await db.destroy();
});

it("says that another process holds the write lock", async () => {
  const db = open(1_000, 40);
  const other = openSqliteFile(join(folder, "x.sqlite"));
  other.exec("begin immediate");
  const late = db.transaction().execute(async () => {});
  await expect(late).rejects.toMatchObject({ code: "unavailable", cause: { errcode: 5 } });
  await expect(sql`create table t (x)`.execute(db)).rejects.toMatchObject({ code: "unavailable" });
  other.exec("rollback");
  await db.transaction().execute(async (tx) => void (await sql`create table t (x)`.execute(tx)));
  other.close();
  await db.destroy();
});

it("waits for the write lock without stopping the process", async () => {
  const [db, other] = [open(1_000, 5_000), open(1_000, 5_000)];
  await sql`create table t (x)`.execute(db);
  await db.transaction().execute(async (tx) => {
    const statement = sql`insert into t values (2)`.execute(other);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    await sql`insert into t values (1)`.execute(tx);
    void statement;
  });
  const transaction = other
    .transaction()
    .execute(async (tx) => void (await sql`insert into t values (3)`.execute(tx)));
  await transaction;
  expect((await sql`select x from t order by rowid`.execute(db)).rows).toEqual([
    { x: 1 },
    { x: 2 },
    { x: 3 },
  ]);
  await Promise.all([db.destroy(), other.destroy()]);
});

it("rolls back when the commit fails, and goes on", async () => {
  const db = open(1_000);
  await sql`create table parent (id integer primary key)`.execute(db);
  await sql`create table child (id integer references parent(id) deferrable initially deferred)`.execute(db);
  const orphan = db
    .transaction()
    .execute(async (tx) => void (await sql`insert into child values (1)`.execute(tx)));
  await expect(orphan).rejects.toThrow(/FOREIGN KEY/);
  expect((await sql`select * from child`.execute(db)).rows).toEqual([]);
  await db.destroy();
});

it("keeps only so many prepared statements, and all of them right", async () => {
  const db = open(1_000);
  for (const round of [1, 2]) {
    for (let n = 0; n < 300; n++) {
      const { rows } = await sql<{ n: number }>`select ${sql.lit(n)} as n, ${round} as round`.execute(db);
      expect(rows).toEqual([{ n, round }]);
    }
  }
  await db.destroy();
});

it("gives up to open a file that another process does not let go of, after as many tries as it may", () => {
  const path = join(folder, "new.sqlite");
  const other = new DatabaseSync(path);
  other.exec("begin exclusive");
  expect(() => openSqliteFile(path, 2)).toThrow(expect.objectContaining({ errcode: 5 }));
  other.exec("rollback");
  other.close();
  openSqliteFile(path, 2).close();
});

it("streams rows one by one", async () => {
  const db = open(1_000);
  await sql`create table zones (id text, name text)`.execute(db);
  await db
    .insertInto("zones")
    .values([
      { id: "a", name: "a" },
      { id: "b", name: "b" },
    ])
    .execute();
  const ids: string[] = [];
  for await (const { id } of db.selectFrom("zones").selectAll().orderBy("id").stream()) ids.push(id);
  expect(ids).toEqual(["a", "b"]);
  for await (const _zone of db.selectFrom("zones").selectAll().stream()) break;
  await db.deleteFrom("zones").execute();
  await db.destroy();
});
