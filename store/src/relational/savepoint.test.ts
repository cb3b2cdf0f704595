import { expect, it } from "vitest";
import { onEachEngine } from "./engine-suite.ts";
import type { Tx } from "./relational-store.ts";
import { inSavepoint } from "./savepoint.ts";

onEachEngine("work in a savepoint", (suite) => {
  const put = (tx: Tx, id: string) => tx.insertInto("zones").values({ id, name: "x" }).execute();
  const there = async () =>
    (await suite.store.db.selectFrom("zones").select("id").orderBy("id").execute()).map(({ id }) => id);

  it("stands when it is done, and leaves nothing when it is refused", async () => {
    await suite.store.transaction(async (tx) => {
      await put(tx, "a");
      await inSavepoint(tx, async () => {
        await put(tx, "b");
        return { kind: "refused" };
      });
      await inSavepoint(tx, async () => {
        await put(tx, "c");
        return { kind: "done" };
      });
    });
    expect(await there()).toEqual(["a", "c"]);
  });

  it("looks again when a value is taken, twice at most, and the transaction goes on", async () => {
    let looks = 0;
    await suite.store.transaction(async (tx) => {
      const second = await inSavepoint(tx, async () => {
        looks++;
        await put(tx, looks === 1 ? "a" : "d");
        return { kind: "done" };
      });
      expect([second.kind, looks]).toEqual(["done", 2]);
      const taken = inSavepoint(tx, async () => {
        looks++;
        await put(tx, "e");
        await put(tx, "a");
        return { kind: "done" };
      });
      await expect(taken).rejects.toThrow();
      expect(looks).toBe(4);
      await put(tx, "f");
    });
    expect(await there()).toEqual(["a", "c", "d", "f"]);
  });

  it("hands on what is thrown", async () => {
    const work = suite.store.transaction((tx) =>
      inSavepoint(tx, async () => {
        throw new Error("mine");
      }),
    );
    await expect(work).rejects.toThrow("mine");
  });
});
