import { DEPOSIT_LINES_MAX } from "@jumpa-madu/contracts/records";
import { expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import { BODY_BYTES_MAX, type QuarantineItem, quarantine } from "./quarantine.ts";
import { depositOf, lineOf, NOW_MS, type SampleBooks } from "./sample-books.ts";

const DAY_MS = 86_400_000;

onEachEngine("quarantine", (suite) => {
  const itemOf = (node: string | null, rest: Partial<QuarantineItem> = {}): QuarantineItem => ({
    node,
    topic: "jm/v1/0/x/records",
    stream: "records",
    epoch: "e",
    seq: 1,
    code: "schema",
    reason: "wrong",
    body: "{}",
    receivedMs: NOW_MS,
    ...rest,
  });

  function rowsOf(node: string | null) {
    return suite.store.db
      .selectFrom("quarantine")
      .selectAll()
      .where("node_id", node === null ? "is" : "=", node)
      .orderBy("seq")
      .execute();
  }

  it("keeps an item once, and another fault of it as well", async () => {
    expect(
      await quarantine(suite.store.db, [itemOf("once"), itemOf("once"), itemOf("once", { code: "clock" })]),
    ).toEqual([]);
    expect(await quarantine(suite.store.db, [itemOf("once")])).toEqual([]);
    expect((await rowsOf("once")).map(({ code }) => code).sort()).toEqual(["clock", "schema"]);
  });

  it("keeps an item of nobody once as well", async () => {
    const nobody = itemOf(null, { epoch: null, stream: null });
    await quarantine(suite.store.db, [nobody, nobody]);
    expect(await rowsOf(null)).toHaveLength(1);
  });

  it("keeps every whole message that has no number", async () => {
    await quarantine(suite.store.db, [itemOf("whole", { seq: null }), itemOf("whole", { seq: null })]);
    expect(await rowsOf("whole")).toHaveLength(2);
  });

  const NARROW = { rowsMax: 3, bytesMax: 1_000 };
  const many = (node: string, rest: Partial<QuarantineItem> = {}) =>
    [1, 2, 3, 4, 5].map((seq) => itemOf(node, { seq, ...rest }));

  it.each(["readings", "records"] as const)(
    "keeps so many %s a node and day, and answers what is over",
    async (stream) => {
      const limits = { readings: NARROW, records: NARROW };
      const node = `many-${stream}`;
      const items = many(node, { stream });
      expect(await quarantine(suite.store.db, items.slice(0, 2), limits)).toEqual([]);
      // What is there already takes no room.
      expect(await quarantine(suite.store.db, items, limits)).toEqual(items.slice(3));
      expect(await quarantine(suite.store.db, items.slice(3), limits)).toEqual(items.slice(3));
      expect(await quarantine(suite.store.db, [itemOf("other", { stream })], limits)).toEqual([]);
      const tomorrow = items.slice(3).map((item) => ({ ...item, receivedMs: NOW_MS + DAY_MS }));
      expect(await quarantine(suite.store.db, tomorrow, limits)).toEqual([]);
      expect((await rowsOf(node)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    },
  );

  it("keeps so many bytes a node and day", async () => {
    const limits = { readings: NARROW, records: { rowsMax: 100, bytesMax: 10 } };
    const items = [1, 2, 3].map((seq) => itemOf("long", { seq, body: "é".repeat(3) }));
    expect(await quarantine(suite.store.db, items, limits)).toEqual(items.slice(2));
    expect(await quarantine(suite.store.db, items.slice(2), limits)).toEqual(items.slice(2));
  });

  it("has room for records whatever else a node sends, whole messages on their stream included", async () => {
    const limits = { readings: NARROW, records: NARROW };
    const rubbish = [...many("flood", { stream: "readings" }), ...many("flood", { seq: null })];
    expect(await quarantine(suite.store.db, rubbish, limits)).toHaveLength(7);
    const records = many("flood").slice(0, 3);
    expect(await quarantine(suite.store.db, records, limits)).toEqual([]);
    const status = itemOf("flood", { stream: null, seq: null });
    expect(await quarantine(suite.store.db, [status], limits)).toEqual([status]);
  });

  it("keeps whatever characters come, in every text", async () => {
    const text = "a\0b\ud800";
    await quarantine(suite.store.db, [
      itemOf("odd", { body: text, reason: text, topic: text, epoch: text, stream: text }),
    ]);
    expect((await rowsOf("odd"))[0]).toMatchObject({ body: "a\ufffdb\ufffd", reason: "a\ufffdb\ufffd" });
  });

  it("cuts a body at its limit, which the longest deposit does not reach", async () => {
    await quarantine(suite.store.db, [itemOf("cut", { body: "x".repeat(BODY_BYTES_MAX + 1) })]);
    expect((await rowsOf("cut"))[0]?.body).toHaveLength(BODY_BYTES_MAX);
    const name = "x".repeat(64);
    const id = "0".repeat(36);
    const books: SampleBooks = {
      wasteBank: name,
      node: name,
      scale: name,
      member: id,
      prices: { pet: id, paper: id, residue: id },
    };
    const line = { ...lineOf(books, "pet", 99_999_900), material: name, raw: "00".repeat(64) };
    const longest = depositOf(
      books,
      Array.from({ length: DEPOSIT_LINES_MAX }, () => line),
    );
    expect(Buffer.byteLength(JSON.stringify(longest))).toBeLessThan(BODY_BYTES_MAX);
  });
});
