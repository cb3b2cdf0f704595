import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Deposit } from "@jumpa-madu/contracts/records";
import { beforeEach, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { insertTerms, termsAt, termsUntil } from "../trade/terms.ts";
import { postRecord } from "./post-record.ts";
import { LINES_TOGETHER_MAX, postTogether, readyOf } from "./post-together.ts";
import { depositOf, lineOf, NOW_MS, type SampleBooks, sampleBooks, standingOf } from "./sample-books.ts";

onEachEngine("deposits together", (suite) => {
  let books: SampleBooks;
  beforeEach(async () => {
    books = await sampleBooks(suite.store);
    // The first deposit of a member opens the book.
    expect(await postOne(depositOf(books, [lineOf(books, "pet", 1_000)]))).toEqual({ kind: "posted" });
  });

  const postOne = (deposit: Deposit) =>
    suite.store.transaction((tx) => postRecord(tx, { node: books.node, receivedMs: NOW_MS }, deposit));

  const received = (deposits: Deposit[]) =>
    deposits.map((deposit) => ({ node: books.node, receivedMs: NOW_MS, deposit }));

  /** Posts those that are ready, and answers which they were and whether they are posted. */
  const post = (deposits: Deposit[]) =>
    suite.store.transaction(async (tx) => {
      const ready = await readyOf(tx, received(deposits));
      const isPosted = await postTogether(
        tx,
        ready.filter((each) => each !== null),
      );
      return { ready: ready.map((each) => each !== null), isPosted };
    });

  it("are posted as they would be one by one", async () => {
    const deposits = Array.from({ length: 150 }, (_, at) =>
      depositOf(
        books,
        at % 2 ? [lineOf(books, "pet", 1_000), lineOf(books, "paper", 500)] : [lineOf(books, "pet", 1_000)],
        at % 3 === 0 ? { purpose: "donate" } : {},
      ),
    );
    const { ready, isPosted } = await post(deposits);
    expect([isPosted, ready.every(Boolean)]).toEqual([true, true]);
    // 4,500 before; of 100 deposits that are saved each has 4,500, and half of them 1,125 more.
    expect(await standingOf(suite.store, books)).toEqual({
      savings: 4_500 + 100 * 4_500 + 50 * 1_125,
      pet: 151_000,
    });
    for (const deposit of deposits.slice(0, 3)) expect(await postOne(deposit)).toEqual({ kind: "duplicate" });
    expect(await verifySample(suite.store.db)).toEqual([]);
  });

  it("are left to a second look when anything about them is out of the ordinary", async () => {
    const line = lineOf(books, "pet", 1_000);
    const known = depositOf(books, [line]);
    await postOne(known);
    const twice = depositOf(books, [line]);
    const other = await sampleBooks(suite.store);
    const odd: Deposit[] = [
      known,
      depositOf(books, [line], { member: newEventId() }),
      depositOf(books, [line], { waste_bank: other.wasteBank }),
      depositOf(books, [line], { purpose: "cash" }),
      depositOf(books, [{ ...line, price: other.prices.pet }]),
      depositOf(books, [{ ...line, scale: other.scale }]),
      depositOf(books, [{ ...line, amount_idr: line.amount_idr + 1 }]),
      depositOf(books, [line], { total_idr: 1 }),
      depositOf(books, [{ ...line, stable: false }]),
      depositOf(books, [line], { settlement: "share_of_sale", share_bps: 9_000 }),
      depositOf(books, []),
      depositOf(
        books,
        Array.from({ length: 5 }, () => lineOf(books, "pet", 100_000)),
      ),
    ];
    const { ready, isPosted } = await post([twice, ...odd, twice]);
    expect(ready).toEqual([true, ...odd.map(() => false), false]);
    expect(isPosted).toBe(true);
    // The member of the other waste bank has no book yet.
    const first = depositOf(other, [lineOf(other, "pet", 1)]);
    const [asked] = await suite.store.transaction((tx) =>
      readyOf(tx, [{ node: other.node, receivedMs: NOW_MS, deposit: first }]),
    );
    expect(asked).toBeNull();
  });

  it("go into no closed book, and none of a member who has left", async () => {
    const { db } = suite.store;
    const deposit = depositOf(books, [lineOf(books, "pet", 1_000)]);
    const isReady = async () =>
      (await suite.store.transaction((tx) => readyOf(tx, received([deposit]))))[0] !== null;
    expect(await isReady()).toBe(true);
    await db.updateTable("members").set({ closed_ms: NOW_MS }).where("id", "=", books.member).execute();
    expect(await isReady()).toBe(false);
    await db.updateTable("members").set({ closed_ms: null }).where("id", "=", books.member).execute();
    await db.updateTable("books").set({ closed_ms: NOW_MS }).where("member_id", "=", books.member).execute();
    expect(await isReady()).toBe(false);
  });

  it("leave no trace when the database refuses one, and the transaction goes on", async () => {
    const line = lineOf(books, "pet", 1_000);
    const before = await standingOf(suite.store, books);
    const good = depositOf(books, [line]);
    const taken = depositOf(books, [line], { receipt_no: good.receipt_no });
    const { ready, outcomes } = await suite.store.transaction(async (tx) => {
      const both = await readyOf(tx, received([good, taken]));
      const isPosted = await postTogether(
        tx,
        both.filter((each) => each !== null),
      );
      const one = await postRecord(tx, { node: books.node, receivedMs: NOW_MS }, good);
      const two = await postRecord(tx, { node: books.node, receivedMs: NOW_MS }, taken);
      return { ready: both.map((each) => each !== null), outcomes: [isPosted, one, two] };
    });
    expect(ready).toEqual([true, true]);
    expect(outcomes).toMatchObject([
      false,
      { kind: "posted" },
      { kind: "refused", code: "deposit_conflict" },
    ]);
    expect(await standingOf(suite.store, books)).toEqual({
      savings: (before.savings ?? 0) + 4_500,
      pet: (before.pet ?? 0) + 1_000,
    });
  });

  it(`are of ${LINES_TOGETHER_MAX} lines at most`, async () => {
    const lines = Array.from({ length: 100 }, () => lineOf(books, "pet", 100));
    const most = Array.from({ length: LINES_TOGETHER_MAX / 100 }, () => depositOf(books, lines));
    expect(await post(most)).toMatchObject({ isPosted: true });
    const more = [...most, depositOf(books, [lineOf(books, "pet", 100)])];
    await expect(post(more)).rejects.toThrow(RangeError);
  });

  it("are paid on the terms that `termsAt` finds, at any time and for any kind of member", async () => {
    const parent = (await sampleBooks(suite.store)).wasteBank;
    const { db } = suite.store;
    await db
      .updateTable("waste_banks")
      .set({ parent_id: parent })
      .where("id", "=", books.wasteBank)
      .execute();
    const owners = [books.wasteBank, parent];
    let shareBps = 1_000;
    await suite.store.transaction(async (tx) => {
      for (const wasteBank of owners)
        for (const memberKind of [null, "group"] as const)
          for (const validFromMs of [NOW_MS + 10, NOW_MS + 20])
            await insertTerms(tx, {
              id: newEventId(),
              wasteBank,
              memberKind,
              settlement: "share_of_sale",
              shareBps: shareBps++,
              validFromMs: validFromMs + owners.indexOf(wasteBank) * 5,
              createdMs: NOW_MS,
              createdBy: "user:test",
            });
    });
    const places = [
      { id: books.wasteBank, parent },
      { id: parent, parent: null },
    ];
    await suite.store.transaction(async (tx) => {
      const find = await termsUntil(tx, { places, untilMs: NOW_MS + 30 });
      for (const place of places)
        for (let atMs = NOW_MS; atMs <= NOW_MS + 30; atMs += 5)
          for (const memberKind of ["individual", "group"])
            expect(find(place, atMs)(memberKind)).toEqual(
              await termsAt(tx, { wasteBank: place.id, memberKind, atMs }),
            );
    });
  });
});
