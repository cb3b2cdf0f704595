import { beforeEach, expect, it } from "vitest";
import { accountId, openAccounts } from "../ledger/account.ts";
import type { Violation } from "../ledger/violation.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { Book } from "./book-list.ts";
import { savingsKey } from "./books.ts";
import { move, NOW_MS, posted, sampleBook, sampleMember, sampleWasteBank } from "./sample-savings.ts";
import { SAVINGS_CHECKS } from "./savings-checks.ts";

onEachEngine("the checks of savings", (suite) => {
  let book: Book;

  beforeEach(async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    book = await sampleBook(suite.store, { member: await sampleMember(suite.store, wasteBank), wasteBank });
    await move(suite.store, book, { amountIdr: 900 });
  });

  /** What the checks find about one account, beside what other tests have left. */
  async function foundAbout(account: string): Promise<Pick<Violation, "what" | "found">[]> {
    const found: Violation[] = [];
    for (const check of SAVINGS_CHECKS) {
      const { rows } = await check.breaches({ above: "", upto: "~" }).execute(suite.store.db);
      found.push(...rows.filter(({ id }) => id === account));
    }
    return found.map(({ what, found: value }) => ({ what, found: value }));
  }

  it("find nothing about a book in order", async () => {
    expect(await foundAbout(accountId(savingsKey(book)))).toEqual([]);
  });

  it("find savings that stand on no book", async () => {
    const stray = savingsKey({ ...book, product: "nothing" });
    await openAccounts(suite.store.db, [stray], NOW_MS);
    expect(await foundAbout(accountId(stray))).toEqual([{ what: "savings have a book", found: 0 }]);
  });

  it("find money, and money that is held, on a closed book", async () => {
    const close = () =>
      suite.store.db.updateTable("books").set({ closed_ms: NOW_MS }).where("id", "=", book.id).execute();
    await close();
    const what = "a closed book is empty";
    expect(await foundAbout(accountId(savingsKey(book)))).toEqual([{ what, found: 900 }]);
    await move(suite.store, book, { amountIdr: -900, phase: "pend" });
    expect(await foundAbout(accountId(savingsKey(book)))).toEqual([{ what, found: 1_800 }]);
  });

  it("find a book below zero, should the ledger's own guard be got round", async () => {
    const id = `member_savings/IDR/${book.wasteBank}/${book.member}/forged`;
    await suite.store.db
      .insertInto("savings_products")
      .values({
        id: `f-${book.id}`,
        waste_bank_id: null,
        name: "x",
        created_ms: NOW_MS,
        created_by: "user:test",
      })
      .execute();
    const product = `f-${book.id}`;
    await sampleBook(suite.store, { member: book.member, wasteBank: book.wasteBank, product });
    const other = savingsKey({ ...book, product });
    // An account that was opened with another floor takes what the guard would refuse.
    await suite.store.db
      .insertInto("accounts")
      .values({
        id,
        ledger: "IDR",
        kind: "member_savings",
        waste_bank_id: book.wasteBank,
        member_id: book.member,
        part: other.part ?? "",
        normal: "C",
        floor_zero: 0,
        created_ms: NOW_MS,
      })
      .execute();
    await posted(suite.store, {
      kind: "test",
      transfers: [{ phase: "post", debit: id, credit: accountId(savingsKey(book)), amount: 5 }],
    });
    expect(await foundAbout(id)).toEqual([{ what: "a book is not below zero", found: -5 }]);
  });
});
