import { copyFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { EdgeError } from "../edge-error.ts";
import { freshPath } from "../fresh-folder.ts";
import { type Outbox, openOutbox } from "./outbox.ts";
import { check, emptied, itemsOf, level, TEST_LIMITS } from "./outbox-fixture.ts";
import { ITEM_BYTES_MAX, type OutboxLimits } from "./outbox-limits.ts";

function opened(limits: Partial<OutboxLimits> = {}, path = freshPath()): Outbox {
  const outbox = openOutbox(path, { ...TEST_LIMITS, ...limits });
  onTestFinished(() => {
    try {
      outbox.close();
    } catch {
      // The test has closed it already.
    }
  });
  return outbox;
}

function codeOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return error instanceof EdgeError ? error.code : String(error);
  }
}

describe("numbers", () => {
  test("both streams start at 1 and are numbered apart", () => {
    const outbox = opened();
    outbox.appendReading(level(1));
    outbox.appendReading(level(2));
    outbox.flush();
    outbox.recordOnce(check("a"));
    expect([...itemsOf(outbox, "readings").keys()]).toEqual([1, 2]);
    expect([...itemsOf(outbox, "records").keys()]).toEqual([1]);
  });

  test("a number is never used again, although its row was deleted and the file reopened", () => {
    const path = freshPath();
    const first = opened({}, path);
    first.appendReading(level(1));
    first.flush();
    first.acknowledge("readings", 1);
    first.close();
    const second = opened({}, path);
    second.appendReading(level(2));
    second.flush();
    expect(second.epoch).toBe(first.epoch);
    expect(second.floor("readings")).toBe(2);
    expect([...itemsOf(second, "readings").keys()]).toEqual([2]);
  });

  test("another file has another epoch", () => {
    expect(opened().epoch).not.toBe(opened().epoch);
  });

  test("an acknowledgement beyond the last number gives no number away", () => {
    const outbox = opened();
    outbox.appendReading(level(1));
    outbox.flush();
    outbox.acknowledge("readings", 1000);
    outbox.appendReading(level(2));
    outbox.flush();
    expect([...itemsOf(outbox, "readings").keys()]).toEqual([2]);
  });
});

describe("group commit", () => {
  test("readings are committed when commitRowsMax wait", () => {
    const outbox = opened({ commitRowsMax: 3 });
    outbox.appendReading(level(1));
    outbox.appendReading(level(2));
    expect(itemsOf(outbox, "readings").size).toBe(0);
    expect(outbox.backlog().readings).toBe(2);
    outbox.appendReading(level(3));
    expect(itemsOf(outbox, "readings").size).toBe(3);
  });

  test("readings are committed commitDelayMs after the first of them", async () => {
    const outbox = opened({ commitDelayMs: 5 });
    const committed = new Promise<string>((resolve) => outbox.subscribe(resolve));
    outbox.appendReading(level(1));
    expect(await committed).toBe("readings");
    expect(itemsOf(outbox, "readings").size).toBe(1);
  });

  test("closing commits what waits", () => {
    const path = freshPath();
    const outbox = opened({}, path);
    outbox.appendReading(level(1));
    outbox.close();
    expect(itemsOf(opened({}, path), "readings").size).toBe(1);
  });
});

describe("batches", () => {
  test("end at itemsMax and at bytesMax, and hold one item however large", () => {
    const outbox = opened();
    for (let number = 1; number <= 10; number++) outbox.appendReading(level(number));
    outbox.flush();
    const size = JSON.stringify(level(1)).length + 1;
    expect(outbox.batch("readings", 1, { itemsMax: 4, bytesMax: 10_000 })?.items).toHaveLength(4);
    expect(outbox.batch("readings", 4, { itemsMax: 100, bytesMax: 3 * size })).toMatchObject({ first: 4 });
    expect(outbox.batch("readings", 4, { itemsMax: 100, bytesMax: 3 * size })?.items).toHaveLength(3);
    expect(outbox.batch("readings", 1, { itemsMax: 100, bytesMax: 1 })?.items).toHaveLength(1);
    expect(outbox.batch("readings", 11, { itemsMax: 100, bytesMax: 10_000 })).toBeNull();
  });

  test("an item over ITEM_BYTES_MAX is refused", () => {
    const outbox = opened();
    const bin = "b".repeat(ITEM_BYTES_MAX);
    expect(codeOf(() => outbox.appendReading(level(1, bin)))).toBe("item_too_large");
  });
});

describe("records", () => {
  test("the same key and request get the same answer and one record", () => {
    const outbox = opened();
    expect(outbox.recordOnce(check("a"))).toEqual({ kind: "recorded", answer: { receipt: 1 } });
    expect(outbox.recordOnce(check("a"))).toEqual({ kind: "repeated", answer: { receipt: 1 } });
    expect(outbox.recordOnce(check("a", 2000))).toEqual({ kind: "conflict" });
    expect(itemsOf(outbox, "records").size).toBe(1);
  });

  test("requests compare by what they say, not by the order of their fields", () => {
    const outbox = opened();
    const request = { member: "m", lines: [{ material: "a", weighing: "w" }] };
    const reordered = { lines: [{ weighing: "w", material: "a" }], member: "m" };
    outbox.recordOnce({ ...check("a"), request });
    expect(outbox.recordOnce({ ...check("a"), request: reordered }).kind).toBe("repeated");
    const other = { member: "m", lines: [{ material: "a" }, { material: "a" }] };
    expect(outbox.recordOnce({ ...check("a"), request: other }).kind).toBe("conflict");
  });

  test("answers survive the acknowledgement and a restart", () => {
    const path = freshPath();
    const first = opened({}, path);
    first.recordOnce(check("a"));
    first.acknowledge("records", 1);
    first.close();
    const second = opened({}, path);
    expect(second.recordOnce(check("a"))).toEqual({ kind: "repeated", answer: { receipt: 1 } });
    expect(second.answerOf("a")).toEqual({ receipt: 1 });
    expect(second.answerOf("b")).toBeUndefined();
  });

  test("receipt numbers have no gap, although the making of a record failed", () => {
    const outbox = opened();
    outbox.recordOnce(check("a"));
    const failing = check("b");
    expect(() =>
      outbox.recordOnce({
        ...failing,
        make: (draw) => {
          draw.receiptNumber();
          throw new Error("no price");
        },
      }),
    ).toThrow("no price");
    expect(outbox.recordOnce(check("b"))).toEqual({ kind: "recorded", answer: { receipt: 2 } });
  });

  test("of acknowledged records, only the newest answersKeptMax answers are remembered", () => {
    const outbox = opened({ answersKeptMax: 2 });
    for (const key of ["a", "b", "c", "d"]) outbox.recordOnce(check(key));
    outbox.acknowledge("records", 1);
    expect(outbox.answerOf("a")).toBeUndefined();
    expect(outbox.answerOf("b")).toBeDefined();
    outbox.acknowledge("records", 4);
    expect(outbox.answerOf("b")).toBeUndefined();
    expect(outbox.answerOf("c")).toBeDefined();
  });
});

describe("limits of readings", () => {
  test("over readingsRowsMax, every second reading of the older half becomes null and newer ones stay", () => {
    const outbox = opened({ readingsRowsMax: 100, commitRowsMax: 10 });
    for (let number = 1; number <= 110; number++) outbox.appendReading(level(number));
    const items = itemsOf(outbox, "readings");
    expect(items.size).toBe(110);
    expect(items.get(1)).toEqual(level(1));
    expect(items.get(2)).toBeNull();
    expect(items.get(3)).toEqual(level(3));
    for (let number = 52; number <= 110; number++) expect(items.get(number)).toEqual(level(number));
    expect(outbox.losses()).toEqual({ thinned: 25, refused: 0 });
    expect(outbox.floor("readings")).toBe(1);
  });

  test("over readingsBytesMax telemetry is thinned as well", () => {
    const size = JSON.stringify(level(1)).length;
    const outbox = opened({ readingsBytesMax: 50 * size, commitRowsMax: 10 });
    for (let number = 1; number <= 500; number++) outbox.appendReading(level(number));
    expect(outbox.backlog().readings).toBeLessThanOrEqual(50);
    expect(outbox.losses().thinned).toBeGreaterThan(400);
  });

  test("no series disappears and no event of a bin is thinned", () => {
    const outbox = opened({ readingsRowsMax: 200, commitRowsMax: 20, thinRowsMax: 40 });
    outbox.appendReading(level(0, "rare"));
    for (let number = 1; number <= 5000; number++) {
      outbox.appendReading(number % 100 === 0 ? emptied(number) : level(number, `bin-${number % 3}`));
    }
    outbox.flush();
    const kept = [...itemsOf(outbox, "readings").values()].filter((item) => item !== null);
    expect(kept.filter((item) => JSON.stringify(item).includes("emptied"))).toHaveLength(50);
    for (const bin of ["rare", "bin-0", "bin-1", "bin-2"]) {
      expect(kept.some((item) => JSON.stringify(item).includes(`"${bin}"`))).toBe(true);
    }
  });

  test("with nothing left to thin, telemetry is refused and counted until some is acknowledged; events go in", () => {
    const outbox = opened({ readingsRowsMax: 10, commitRowsMax: 1 });
    for (let number = 1; number <= 10; number++) outbox.appendReading(emptied(number));
    outbox.appendReading(level(11));
    outbox.appendReading(emptied(12));
    expect(outbox.losses().refused).toBe(1);
    expect(outbox.backlog().readings).toBe(11);
    outbox.acknowledge("readings", 5);
    outbox.appendReading(level(13));
    expect(outbox.losses().refused).toBe(1);
    expect(outbox.backlog().readings).toBe(7);
    // What has come since can be thinned again.
    for (let number = 14; number <= 30; number++) outbox.appendReading(level(number));
    expect(outbox.losses().refused).toBe(1);
    expect(outbox.losses().thinned).toBeGreaterThan(0);
  });
});

describe("the file", () => {
  test("is refused while another has it open", () => {
    const path = freshPath();
    opened({}, path);
    expect(codeOf(() => opened({}, path))).toBe("outbox_locked");
  });

  test("is refused when it is no database", () => {
    const path = freshPath();
    writeFileSync(path, "x".repeat(8192));
    expect(codeOf(() => opened({}, path))).toBe("outbox_corrupt");
  });

  test("keeps what was used last of each scale, together with the record or not at all", () => {
    const path = freshPath();
    const first = opened({}, path);
    const using = (key: string, used: { scale: string; shownG: number; grossG: number | null }[]) => {
      const one = check(key);
      return { ...one, make: (draw: Parameters<typeof one.make>[0]) => ({ ...one.make(draw), used }) };
    };
    first.recordOnce(
      using(
        "a",
        [1, 2].map((shownG) => ({ scale: "scale-1", shownG, grossG: shownG === 1 ? 1 : null })),
      ),
    );
    const failing = using("b", [{ scale: "scale-1", shownG: 3.5, grossG: null }]);
    expect(() => first.recordOnce(failing)).toThrow();
    expect(first.backlog().records).toBe(1);
    first.close();
    const again = opened({}, path);
    expect(again.lastUsed("scale-1")).toEqual({ shownG: 2, grossG: null });
    expect(again.lastUsed("scale-2")).toBeNull();
  });

  test("of version 1 is brought up to date with all that it holds, even when it is full", () => {
    const path = freshPath();
    const first = opened({}, path);
    first.recordOnce(check("a"));
    const { epoch } = first;
    first.close();
    const old = new DatabaseSync(path);
    old.exec("DROP TABLE used_weight; PRAGMA user_version = 1; VACUUM");
    const pages = Number(old.prepare("PRAGMA page_count").get()?.page_count);
    old.close();
    const again = opened({ fileBytesMax: pages * 4096 }, path);
    expect(again.epoch).toBe(epoch);
    expect(again.backlog().records).toBe(1);
    expect(again.lastUsed("scale-1")).toBeNull();
  });

  test("of version 2 keeps what its scales showed when they were last used", () => {
    const path = freshPath();
    opened({}, path).close();
    const old = new DatabaseSync(path);
    old.exec("ALTER TABLE used_weight DROP COLUMN gross_g; PRAGMA user_version = 2");
    old.exec("INSERT INTO used_weight VALUES ('scale-1', 4000)");
    old.close();
    expect(opened({}, path).lastUsed("scale-1")).toEqual({ shownG: 4000, grossG: null });
  });

  test("is refused when it belongs to something else, and is left alone", () => {
    const path = freshPath();
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE accounts (id)");
    other.close();
    copyFileSync(path, `${path}.before`);
    expect(codeOf(() => opened({}, path))).toBe("outbox_foreign");
    const again = new DatabaseSync(path);
    expect(again.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "accounts" }]);
    again.close();
  });
});
