/** Bounds of the use of PostgreSQL, hit. */
import { createServer } from "node:net";
import { Kysely, sql } from "kysely";
import { expect, inject, onTestFinished, test } from "vitest";
import { POSTGRES_LIMITS, type PostgresLimits, postgresDialect } from "./postgres-dialect.ts";
import type { Tables } from "./tables.ts";
import { TransactionScope } from "./transaction-scope.ts";

function open(limits: Partial<PostgresLimits>, url = inject("postgresUrl")): Kysely<Tables> {
  const db = new Kysely<Tables>({
    dialect: postgresDialect(url, {
      onConnectionError: () => {},
      scope: new TransactionScope(),
      limits: { ...POSTGRES_LIMITS, ...limits },
    }),
  });
  onTestFinished(() => db.destroy());
  return db;
}

const backend = (db: Kysely<Tables>) => sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);

test("opens connectionsMax connections, and whoever comes later waits for one", async () => {
  const db = open({ connectionsMax: 2 });
  const answers = await Promise.all(Array.from({ length: 20 }, () => backend(db)));
  expect(new Set(answers.map(({ rows }) => rows[0]?.pid)).size).toBeLessThanOrEqual(2);
});

test("whoever waits longer than connectMsMax is told that the store is unavailable, and later calls work", async () => {
  const db = open({ connectionsMax: 1, connectMsMax: 100 });
  await db.transaction().execute(async () => {
    await expect(backend(db)).rejects.toMatchObject({ code: "unavailable" });
  });
  await backend(db);
});

test("a server that accepts and says nothing is unavailable after connectMsMax", async () => {
  const server = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const db = open({ connectMsMax: 100 }, `postgres://nobody@127.0.0.1:${port}/none`);
  await expect(backend(db)).rejects.toMatchObject({ code: "unavailable" });
});

test("a statement that runs longer than statementMsMax is ended by the server", async () => {
  const db = open({ statementMsMax: 100 });
  await expect(sql`select pg_sleep(10)`.execute(db)).rejects.toMatchObject({ code: "57014" });
  await backend(db);
});

test("a transaction that stands idle longer than idleInTransactionMsMax is ended by the server", async () => {
  const db = open({ idleInTransactionMsMax: 50 });
  const watcher = open({});
  let isGone = false;
  const idle = db.transaction().execute(async (tx) => {
    const { rows } = await backend(tx);
    const isThere = sql`select 1 from pg_stat_activity where pid = ${rows[0]?.pid ?? 0}`;
    await expect.poll(async () => (await isThere.execute(watcher)).rows, { timeout: 5_000 }).toEqual([]);
    isGone = true;
    await sql`select 1`.execute(tx);
  });
  await expect(idle).rejects.toThrow();
  expect(isGone).toBe(true);
  await backend(db);
});
