import { sql } from "kysely";
import { expect, it } from "vitest";
import { onEachEngine, onEngine, openQuietly } from "./engine-suite.ts";
import { openRelational, TRANSACTION_TRIES_MAX } from "./relational-store.ts";

onEachEngine("a store", (suite) => {
  const addZone = (id: string) => ({ id, name: id });

  it("commits what the work has done and rolls back what it threw at", async () => {
    await suite.store.transaction(
      async (tx) => void (await tx.insertInto("zones").values(addZone("kept")).execute()),
    );
    const failed = suite.store.transaction(async (tx) => {
      await tx.insertInto("zones").values(addZone("lost")).execute();
      throw new Error("stop");
    });
    await expect(failed).rejects.toThrow("stop");
    const zones = await suite.store.db.selectFrom("zones").select("id").execute();
    expect(zones).toEqual([{ id: "kept" }]);
  });

  it("refuses a query that goes past the transaction, at once, and stays usable", async () => {
    const outside = { code: "outside_transaction" };
    await suite.store.transaction(async (tx) => {
      await expect(suite.store.ping()).rejects.toMatchObject(outside);
      await expect(suite.store.transaction(async () => {})).rejects.toMatchObject(outside);
      await expect(suite.store.db.selectFrom("zones").select("id").execute()).rejects.toMatchObject(outside);
      await tx.selectFrom("zones").select("id").execute();
    });
    await suite.store.ping();
  });

  it("lets what a transaction has left running use the store afterwards", async () => {
    const isOver = Promise.withResolvers<void>();
    let left: Promise<void> = Promise.resolve();
    await suite.store.transaction(async () => {
      left = isOver.promise.then(() => suite.store.ping());
    });
    isOver.resolve();
    await expect(left).resolves.toBeUndefined();
  });

  it("serves many transactions that are asked for at once", async () => {
    await suite.store.db.insertInto("zones").values(addZone("shared")).execute();
    await Promise.all(
      Array.from({ length: 30 }, () =>
        suite.store.transaction(async (tx) => {
          await tx.updateTable("zones").set({ name: sql`name || 'x'` }).where("id", "=", "shared").execute();
        }),
      ),
    );
    const row = await suite.store.db
      .selectFrom("zones")
      .select("name")
      .where("id", "=", "shared")
      .executeTakeFirst();
    expect(row?.name).toBe(`shared${"x".repeat(30)}`);
  });

  it(`tries a transaction that lost a race ${TRANSACTION_TRIES_MAX} times, and then says what the engine said`, async () => {
    const lost = Object.assign(new Error("deadlock detected"), { code: "40P01" });
    let tries = 0;
    const losing = suite.store.transaction(async () => {
      tries++;
      throw lost;
    });
    await expect(losing).rejects.toBe(lost);
    expect(tries).toBe(TRANSACTION_TRIES_MAX);
  });

  it("does not read a number that JavaScript cannot hold exactly", async () => {
    const big =
      suite.engine === "sqlite"
        ? sql`select 9007199254740993 as n`
        : sql`select 9007199254740993::bigint as n`;
    await expect(big.execute(suite.store.db)).rejects.toThrow(RangeError);
    await suite.store.ping();
  });
});

onEngine("sqlite", "a store in a file", (suite) => {
  it("lets readers of another connection read on while one writes", async () => {
    const other = openQuietly(suite.url);
    await suite.store.transaction(async (tx) => {
      await tx.insertInto("zones").values({ id: "z", name: "z" }).execute();
      // A store of its own, so not a query past the transaction.
      expect(await other.db.selectFrom("zones").selectAll().execute()).toEqual([]);
    });
    expect(await other.db.selectFrom("zones").selectAll().execute()).toHaveLength(1);
    await other.close();
  });

  it("has the settings that durability and the triggers need", async () => {
    const settings = ["journal_mode", "synchronous", "foreign_keys", "recursive_triggers"];
    const found = await Promise.all(
      settings.map(
        async (name) => (await sql<object>`${sql.raw(`pragma ${name}`)}`.execute(suite.store.db)).rows[0],
      ),
    );
    expect(found.flatMap((row) => Object.values(row ?? {}))).toEqual(["wal", 2, 1, 1]);
  });
});

onEngine("postgres", "a store on a server", (suite) => {
  it("tries a deadlock's victim again", async () => {
    await suite.store.db
      .insertInto("zones")
      .values(["a", "b"].map((id) => ({ id, name: "" })))
      .execute();
    let met = 0;
    const bothHoldOne = Promise.withResolvers<void>();
    let tries = 0;
    const touch = (first: string, second: string) =>
      suite.store.transaction(async (tx) => {
        tries++;
        const add = (id: string) =>
          tx.updateTable("zones").set({ name: sql`name || 'x'` }).where("id", "=", id).execute();
        await add(first);
        if (++met === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await add(second);
      });
    await Promise.all([touch("a", "b"), touch("b", "a")]);
    // On a busy machine the server may end both.
    expect(tries).toBeGreaterThan(2);
    const zones = await suite.store.db.selectFrom("zones").select("name").execute();
    expect(zones).toEqual([{ name: "xx" }, { name: "xx" }]);
  });

  it("survives a connection that the server cuts, in use or idle, and says so", async () => {
    const heard: Error[] = [];
    const store = openRelational(suite.url, (error) => heard.push(error));
    const cutting = store.transaction(async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
      await sql`select pg_terminate_backend(${rows[0]?.pid ?? 0})`.execute(suite.store.db);
      await expect.poll(() => heard.length).toBeGreaterThan(0);
      await sql`select 1`.execute(tx);
    });
    await expect(cutting).rejects.toThrow();
    await store.ping();
    const heardBefore = heard.length;
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(suite.store.db);
    await expect.poll(() => heard.length).toBeGreaterThan(heardBefore);
    await store.ping();
    await store.close();
  });
});

it("refuses other schemes and a file that cannot be opened", () => {
  expect(() => openQuietly("mysql://host/db")).toThrow(expect.objectContaining({ code: "unsupported_url" }));
  expect(() => openQuietly("sqlite:")).toThrow(expect.objectContaining({ code: "unsupported_url" }));
  expect(() => openQuietly("sqlite:/dev/null/x.sqlite")).toThrow(
    expect.objectContaining({ code: "unavailable" }),
  );
});
