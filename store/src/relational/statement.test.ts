import { setImmediate } from "node:timers/promises";
import { CompiledQuery } from "kysely";
import { expect, it } from "vitest";
import { onEachEngine } from "./engine-suite.ts";
import { sendInOrder } from "./send-in-order.ts";
import { inserter, preparedName, ROWS_PER_INSERT_MAX, statement } from "./statement.ts";

onEachEngine("a statement", (suite) => {
  const zonesOf = statement<{ ids: string[]; name: string }, { id: string }>((db, slot) =>
    db
      .selectFrom("zones")
      .select("id")
      .where("id", "in", slot("ids"))
      .where("name", "=", slot("name"))
      .orderBy("id"),
  );
  const insertZones = inserter("zones", ["id", "name"]);
  const zone = (at: number) => ({ id: `zone-${`${at}`.padStart(3, "0")}`, name: "x" });
  const all = async () =>
    (await suite.store.db.selectFrom("zones").select("id").orderBy("id").execute()).length;

  it("finds what every element of its list asks for, whatever the length", async () => {
    const zones = Array.from({ length: 9 }, (_, at) => zone(at));
    await suite.store.transaction((tx) => sendInOrder(tx, insertZones(tx, zones)));
    for (let length = 1; length <= zones.length; length++) {
      const ids = zones.slice(0, length).map(({ id }) => id);
      const { rows } = await zonesOf(suite.store.db, { ids, name: "x" });
      expect(rows.map(({ id }) => id)).toEqual(ids);
    }
    expect((await zonesOf(suite.store.db, { ids: ["zone-000"], name: "y" })).rows).toEqual([]);
  });

  it("goes out at once with others, of which the driver does not warn", async () => {
    const warnings: string[] = [];
    const hear = (warning: Error) => void warnings.push(warning.message);
    process.on("warning", hear);
    await suite.store.transaction((tx) =>
      sendInOrder(
        tx,
        Array.from({ length: 5 }, () => () => zonesOf(tx, { ids: ["zone-000"], name: "x" })),
      ),
    );
    // A warning is told of in a turn of its own.
    await setImmediate();
    process.off("warning", hear);
    expect(warnings).toEqual([]);
  });

  it("refuses an empty list", () => {
    expect(() => zonesOf(suite.store.db, { ids: [], name: "x" })).toThrow("empty");
  });

  it("is built once for lists of like length, and named", async () => {
    const texts: string[] = [];
    const seen = statement<{ ids: string[] }>((db, slot) => {
      const query = db.selectFrom("zones").select("name").where("id", "in", slot("ids"));
      texts.push(query.compile().sql);
      return query;
    });
    for (const length of [5, 6, 7, 8, 9]) {
      await seen(suite.store.db, { ids: Array.from({ length }, (_, at) => zone(at).id) });
    }
    expect(texts).toHaveLength(2);
    expect(texts.map(preparedName)).toEqual([expect.any(String), expect.any(String)]);
    expect(preparedName("select 1")).toBeUndefined();
  });

  it(`inserts ${ROWS_PER_INSERT_MAX} rows at a time, all of them in order`, async () => {
    const zones = Array.from({ length: 2 * ROWS_PER_INSERT_MAX + 3 }, (_, at) => zone(100 + at));
    await suite.store.transaction(async (tx) => {
      const sends = insertZones(tx, zones);
      expect(sends).toHaveLength(3);
      await sendInOrder(tx, sends);
    });
    const { rows } = await zonesOf(suite.store.db, { ids: zones.map(({ id }) => id), name: "x" });
    expect(rows.map(({ id }) => id)).toEqual(zones.map(({ id }) => id));
  });

  it("that fails among others is the one that is told of, and nothing of them stays behind a rollback", async () => {
    const before = await all();
    await suite.store.transaction(async (tx) => {
      await tx.insertInto("zones").values(zone(900)).execute();
      const open = () => tx.executeQuery(CompiledQuery.raw("savepoint here"));
      const taken = sendInOrder(tx, [
        open,
        ...insertZones(tx, [zone(901)]),
        ...insertZones(tx, [zone(900)]),
        ...insertZones(tx, [zone(902)]),
      ]);
      await expect(taken).rejects.toThrow(/unique/i);
      await tx.executeQuery(CompiledQuery.raw("rollback to savepoint here"));
      await sendInOrder(tx, insertZones(tx, [zone(903)]));
    });
    expect(await all()).toBe(before + 2);
  });
});
