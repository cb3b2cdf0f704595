import { newEventId } from "@jumpa-madu/contracts/ids";
import { expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { Tx } from "../relational/relational-store.ts";
import { insertOffTaker } from "../stock/off-takers.ts";
import { tampered } from "../stock/sample-stock.ts";
import { recordDeed } from "./audit.ts";
import { brokenDeedRows, DEED_BREACHES_MAX } from "./deed-row-checks.ts";

onEachEngine("rows and the deeds that have made them", (suite) => {
  const add = async (count: number) => {
    const ids = Array.from({ length: count }, () => `buyer-${newEventId()}`);
    await suite.store.transaction(async (tx) => {
      for (const id of ids)
        await insertOffTaker(tx, { id, name: "Lapak", createdMs: 1, createdBy: "user:test" });
    });
    return ids;
  };
  const found = (...statements: string[]) =>
    tampered(suite.store, statements, (tx) => brokenDeedRows(tx as Tx));

  it("agree, and whichever of the two is changed or gone is told of", async () => {
    const [id = ""] = await add(1);
    expect(await found()).toEqual([]);
    const changed = await found(`update off_takers set name = 'x' where id = '${id}'`);
    expect(changed).toMatchObject([{ table: "off_takers", id, what: "is as its deed says" }]);
    const gone = await found(`delete from off_takers where id = '${id}'`);
    expect(gone).toMatchObject([{ table: "off_takers", id, what: "the row of its deed is there" }]);
    const other = await found(`update audit_events set row_hash = 'x' where subject = 'off_taker:${id}'`);
    expect(other).toMatchObject([{ table: "off_takers", id, what: "is as its deed says", expected: "x" }]);
  });

  it("are told of up to a limit", async () => {
    await add(DEED_BREACHES_MAX + 1);
    expect(await found("update off_takers set name = 'x'")).toHaveLength(DEED_BREACHES_MAX);
    expect(await found("delete from off_takers")).toHaveLength(DEED_BREACHES_MAX);
  });

  it("are written together: a deed of no row is none", async () => {
    const deed = { actor: "user:test", action: "off_taker.added", subject: "off_taker:none", atMs: 1 };
    await expect(suite.store.transaction((tx) => recordDeed(tx, deed))).rejects.toThrow("has no row");
  });
});
