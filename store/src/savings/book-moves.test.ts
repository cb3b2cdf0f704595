import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeEach, expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import { type Book, findBook } from "./book-list.ts";
import { moveBetweenBooks, type NewBookMove } from "./book-moves.ts";
import { move, NOW_MS, sampleBook, sampleMember, sampleProduct, sampleWasteBank } from "./sample-savings.ts";

onEachEngine("a move between books", (suite) => {
  let from: Book;
  let to: Book;

  beforeEach(async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    const member = await sampleMember(suite.store, wasteBank);
    const product = await sampleProduct(suite.store, { minBalanceIdr: 1_000 });
    from = await sampleBook(suite.store, { member, wasteBank, product });
    to = await sampleBook(suite.store, { member, wasteBank });
    await move(suite.store, from, { amountIdr: 10_000 });
  });

  const moved = (request: Partial<NewBookMove>, actor = "user:test") =>
    suite.store.transaction((tx) =>
      moveBetweenBooks(
        tx,
        { id: newEventId(), from: from.id, to: to.id, amountIdr: 4_000, ...request },
        { actor, nowMs: NOW_MS },
      ),
    );
  const balances = async () =>
    (await Promise.all([from, to].map(({ id }) => findBook(suite.store.db, id)))).map(
      (book) => book?.balanceIdr,
    );

  it("is made once under its id, for ever; another under the same id is a conflict", async () => {
    const id = newEventId();
    expect(await moved({ id })).toMatchObject({ kind: "moved", move: { id, movedBy: "user:test" } });
    expect(await moved({ id })).toMatchObject({ kind: "replayed", move: { id, amountIdr: 4_000 } });
    expect(await moved({ id, amountIdr: 4_001 })).toMatchObject({ kind: "refused", code: "id_taken" });
    expect(await moved({ id }, "user:other")).toMatchObject({ kind: "refused", code: "id_taken" });
    expect(await balances()).toEqual([6_000, 4_000]);
  });

  it("keeps to the rules of the book that the money leaves, not of the other", async () => {
    expect(await moved({ amountIdr: 9_001 })).toMatchObject({ code: "below_min_balance" });
    expect(await moved({ amountIdr: 9_000 })).toMatchObject({ kind: "moved" });
    expect(await moved({ from: to.id, to: from.id, amountIdr: 9_000 })).toMatchObject({ kind: "moved" });
  });

  it("stays with one member at one waste bank", async () => {
    const other = await sampleMember(suite.store, from.wasteBank);
    const elsewhere = await sampleWasteBank(suite.store);
    const foreign = await sampleBook(suite.store, { member: other, wasteBank: from.wasteBank });
    const distant = await sampleBook(suite.store, { member: from.member, wasteBank: elsewhere });
    for (const book of [foreign, distant, from])
      expect(await moved({ to: book.id })).toMatchObject({ code: "not_one_owner" });
    expect(await moved({ to: newEventId() })).toMatchObject({ code: "book_unknown" });
    expect(await balances()).toEqual([10_000, 0]);
  });

  it("does not go into a closed book", async () => {
    await suite.store.db.updateTable("books").set({ closed_ms: NOW_MS }).where("id", "=", to.id).execute();
    expect(await moved({})).toMatchObject({ code: "book_closed" });
  });

  it("is not lost or doubled when many go both ways at once, or one comes many times", async () => {
    await moved({ amountIdr: 5_000 });
    const id = newEventId();
    const outcomes = await Promise.all([
      ...Array.from({ length: 4 }, () => moved({ amountIdr: 100 })),
      ...Array.from({ length: 4 }, () => moved({ from: to.id, to: from.id, amountIdr: 100 })),
      ...Array.from({ length: 4 }, () => moved({ id, amountIdr: 7 })),
    ]);
    expect(outcomes.filter(({ kind }) => kind === "moved")).toHaveLength(9);
    expect(outcomes.filter(({ kind }) => kind === "replayed")).toHaveLength(3);
    expect(await balances()).toEqual([4_993, 5_007]);
  });
});
