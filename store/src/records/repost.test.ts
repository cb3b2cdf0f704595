import { newEventId } from "@jumpa-madu/contracts/ids";
import type { LedgerRecord } from "@jumpa-madu/contracts/records";
import { beforeEach, expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import { listDifferences, settleDifference } from "../trade/deposit-differences.ts";
import { findDeposit } from "../trade/deposits.ts";
import { type SampleCounter, sampleCounter } from "../trade/sample-counter.ts";
import { postRecord } from "./post-record.ts";
import { type QuarantineCode, type QuarantineItem, quarantine } from "./quarantine.ts";
import { type RepostOutcome, repostQuarantined } from "./repost.ts";
import { depositOf, lineOf, NOW_MS, standingOf, voidOf } from "./sample-books.ts";

onEachEngine("posting a record of the quarantine again", (suite) => {
  let books: SampleCounter;
  let seq = 0;
  beforeEach(async () => {
    books = await sampleCounter(suite.store);
  });

  /** Puts a body into quarantine, and answers the row's id. */
  async function park(body: unknown, change: Partial<QuarantineItem> = {}): Promise<string> {
    seq++;
    const item: QuarantineItem = {
      node: books.node,
      topic: "t",
      stream: "records",
      epoch: "e",
      seq,
      code: "unknown_member",
      reason: "there was none",
      body: typeof body === "string" ? body : JSON.stringify(body),
      receivedMs: NOW_MS + 5,
      ...change,
    };
    await quarantine(suite.store.db, [item]);
    const row = await suite.store.db
      .selectFrom("quarantine")
      .select("id")
      .where("epoch", "=", item.epoch)
      .where("seq", item.seq === null ? "is" : "=", item.seq)
      .where("code", "=", item.code)
      .where("node_id", item.node === null ? "is" : "=", item.node)
      .executeTakeFirstOrThrow();
    return row.id;
  }

  const repost = (id: string, honour = false): Promise<RepostOutcome> =>
    suite.store.transaction((tx) => repostQuarantined(tx, { id, honour, user: books.staff }, NOW_MS + 9));
  const parked = (id: string) =>
    suite.store.db
      .selectFrom("quarantine")
      .select(["code", "reason"])
      .where("id", "=", id)
      .executeTakeFirst();
  const deposit = () => depositOf(books, [lineOf(books, "pet", 1_000)]);

  it("posts it with the books as they are now, and lets it go", async () => {
    const record = deposit();
    const id = await park(record);
    expect(await repost(id)).toEqual({ kind: "posted", record: { kind: "deposit", id: record.id } });
    expect(await parked(id)).toBeUndefined();
    expect(await standingOf(suite.store, books)).toEqual({ savings: 4_500, pet: 1_000 });
    const row = await suite.store.db
      .selectFrom("deposits")
      .select("received_ms")
      .where("id", "=", record.id)
      .executeTakeFirst();
    expect(row?.received_ms).toBe(NOW_MS + 5);
    const deeds = await suite.store.db
      .selectFrom("audit_events")
      .select(["actor", "action"])
      .where("subject", "=", `quarantine:${id}`)
      .execute();
    expect(deeds).toEqual([{ actor: `user:${books.staff}`, action: "quarantine.reposted" }]);
    expect(await repost(id)).toEqual({ kind: "unknown" });
  });

  it("lets go of what was posted meanwhile", async () => {
    const record = deposit();
    const origin = { node: books.node, receivedMs: NOW_MS };
    await suite.store.transaction((tx) => postRecord(tx, origin, record));
    const id = await park(record);
    expect(await repost(id)).toMatchObject({ kind: "duplicate" });
    expect(await parked(id)).toBeUndefined();
  });

  it("keeps what is refused again, with the new reason", async () => {
    const id = await park(voidOf(deposit()), { code: "unknown_price" });
    expect(await repost(id)).toMatchObject({ kind: "refused", code: "unknown_deposit" });
    expect(await parked(id)).toMatchObject({
      code: "unknown_deposit",
      reason: expect.stringContaining("has no deposit"),
    });
    const twin = await park(voidOf(deposit()), { code: "unknown_price", seq });
    expect(await repost(twin)).toMatchObject({ kind: "refused", code: "unknown_deposit" });
    expect(await parked(twin)).toBeUndefined();
    expect(await parked(id)).toMatchObject({ code: "unknown_deposit" });
  });

  it("posts a receipt that says much more than we compute when a person honours it", async () => {
    const record = depositOf(books, [{ ...lineOf(books, "pet", 1_000), amount_idr: 2_000_000 }]);
    const id = await park(record, { code: "printed_too_much" });
    expect(await repost(id)).toMatchObject({ kind: "refused", code: "printed_too_much" });
    expect(await repost(id, true)).toMatchObject({ kind: "posted" });
    expect(await standingOf(suite.store, books)).toMatchObject({ savings: 2_000_000 });
    expect(await findDeposit(suite.store.db, record.id)).toMatchObject({
      takenBy: null,
      honouredBy: books.staff,
    });
    const deeds = await suite.store.db
      .selectFrom("audit_events")
      .select(["actor", "action"])
      .where("subject", "=", `deposit:${record.id}`)
      .execute();
    expect(deeds).toEqual([{ actor: `user:${books.staff}`, action: "deposit.honoured" }]);
  });

  it("does not let whoever honoured the receipt settle its differences as well", async () => {
    const record = depositOf(books, [{ ...lineOf(books, "pet", 1_000), amount_idr: 2_000_000 }]);
    await repost(await park(record, { code: "printed_too_much" }), true);
    const filter = { wasteBank: books.wasteBank, open: true };
    const { items } = await listDifferences(suite.store.db, filter, { limit: 1, after: null });
    const id = items[0]?.id ?? "";
    const settle = (by: string) =>
      suite.store.transaction((tx) => settleDifference(tx, { id, note: "dilihat", by }, NOW_MS));
    expect(await settle(books.staff)).toEqual({ kind: "own" });
    expect(await settle(books.colleague)).toMatchObject({ kind: "done" });
  });

  it.each<[string, (good: LedgerRecord) => [unknown, Partial<QuarantineItem>], string]>([
    ["was cut", (good) => [JSON.stringify(good).slice(0, -9), {}], "not kept whole"],
    ["is no object", () => ["7", {}], "no record of a kind"],
    ["is of an unknown kind", () => [{ kind: "constructor" }, {}], "no record of a kind"],
    ["has not the form of one", (good) => [{ ...good, t: 0 }, {}], "not the form"],
    ["is a whole message", (good) => [good, { seq: null }], "no single record"],
    ["is a reading", (good) => [good, { stream: "readings" }], "no single record"],
    ["has no node", (good) => [good, { node: null }], "no single record"],
  ])("leaves alone what %s", async (_what, make, words) => {
    const code: QuarantineCode = "schema";
    const [body, change] = make(deposit());
    const id = await park(body, { code, epoch: newEventId(), ...change });
    expect(await repost(id)).toEqual({ kind: "unfit", reason: expect.stringContaining(words) });
    expect(await parked(id)).toMatchObject({ code: "schema" });
  });
});
