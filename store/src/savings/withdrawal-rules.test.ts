import { DAY_MS } from "@jumpa-madu/contracts/local-day";
import { expect, it } from "vitest";
import { accountId } from "../ledger/account.ts";
import { postJournalWithin } from "../ledger/post-journal.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { closeBook } from "./book-changes.ts";
import { type Book, findBook } from "./book-list.ts";
import { savingsKey } from "./books.ts";
import { setRules } from "./products.ts";
import type { WithdrawalRules } from "./rules.ts";
import {
  FREE,
  move,
  NOW_MS,
  sampleBook,
  sampleMember,
  sampleProduct,
  sampleWasteBank,
} from "./sample-savings.ts";
import { faultOfWithdrawal } from "./withdrawal-rules.ts";

onEachEngine("a withdrawal", (suite) => {
  /** A book of a product with these rules, and Rp 100,000 on it. */
  async function bookWith(rules: Partial<WithdrawalRules>): Promise<Book> {
    const wasteBank = await sampleWasteBank(suite.store);
    const member = await sampleMember(suite.store, wasteBank);
    const product = await sampleProduct(suite.store, rules);
    const book = await sampleBook(suite.store, { member, wasteBank, product });
    await move(suite.store, book, { amountIdr: 100_000 });
    return book;
  }

  const judged = (book: Book, amountIdr: number, more: { closes?: boolean; nowMs?: number } = {}) =>
    suite.store.transaction((tx) =>
      faultOfWithdrawal(tx, { book, amountIdr, closes: false, nowMs: NOW_MS, ...more }),
    );

  it("is free under the regular product's rules, up to the last rupiah", async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    const book = await sampleBook(suite.store, {
      member: await sampleMember(suite.store, wasteBank),
      wasteBank,
    });
    await move(suite.store, book, { amountIdr: 1 });
    expect(await judged(book, 1)).toBeNull();
    expect(await judged(book, 2)).toMatchObject({ code: "below_min_balance" });
  });

  it("is refused from a book that there is not, by what it is called", async () => {
    const book = await bookWith({});
    expect(await judged({ ...book, product: "regular" }, 1)).toMatchObject({ code: "book_unknown" });
  });

  it("is refused from a closed book", async () => {
    const book = await bookWith({});
    await move(suite.store, book, { amountIdr: -100_000 });
    await suite.store.transaction((tx) =>
      closeBook(tx, { id: book.id, reason: "pindah" }, { actor: "user:test", nowMs: NOW_MS }),
    );
    expect(await judged(book, 1)).toMatchObject({ code: "book_closed" });
  });

  it("leaves the least that must stay, and says how much may go", async () => {
    const book = await bookWith({ minBalanceIdr: 5_000 });
    expect(await judged(book, 95_000)).toBeNull();
    expect(await judged(book, 95_001)).toEqual({
      code: "below_min_balance",
      reason: `Rp 5000 must stay on the book ${book.product}: at most Rp 95000 may be withdrawn`,
    });
  });

  it("is not less than the least that is withdrawn at once", async () => {
    const book = await bookWith({ minWithdrawalIdr: 50_000 });
    expect(await judged(book, 49_999)).toMatchObject({ code: "below_min_withdrawal" });
    expect(await judged(book, 50_000)).toBeNull();
  });

  it("of everything, by a member who leaves, ignores both minima; of a part it is refused with the sum", async () => {
    const book = await bookWith({ minBalanceIdr: 5_000, minWithdrawalIdr: 200_000 });
    expect(await judged(book, 100_000, { closes: true })).toBeNull();
    expect(await judged(book, 99_999, { closes: true })).toMatchObject({
      code: "not_everything",
      reason: expect.stringContaining("ask for Rp 100000, not Rp 99999"),
    });
    expect(await judged(book, 100_001, { closes: true })).toMatchObject({ code: "below_min_balance" });
  });

  it("waits for the lock, and says for which day, also when the member leaves", async () => {
    const book = await bookWith({ lockDays: 90 });
    for (const closes of [false, true]) {
      expect(await judged(book, 100_000, { closes })).toEqual({
        code: "locked",
        reason: `the book ${book.product} is locked until 2027-02-22; it will be possible on 2027-02-22 (WIB)`,
      });
    }
    expect(await judged(book, 1, { nowMs: NOW_MS + 90 * DAY_MS })).toBeNull();
  });

  it("waits for a window, and says for which day, also when the member leaves", async () => {
    const book = await bookWith({ windows: [{ from: "2027-02-24", until: "2027-03-09" }] });
    for (const closes of [false, true]) {
      const fault = await judged(book, 100_000, { closes });
      expect(fault).toMatchObject({ code: "outside_window" });
      expect(fault?.reason).toContain("possible on 2027-02-24");
    }
    expect(await judged(book, 1, { nowMs: Date.parse("2027-02-23T17:00:00Z") })).toBeNull();
    expect(await judged(book, 1, { nowMs: Date.parse("2027-03-09T16:59:59.999Z") })).toBeNull();
    const late = await judged(book, 1, { nowMs: Date.parse("2027-03-09T17:00:00Z") });
    expect(late).toMatchObject({ code: "outside_window" });
    expect(late?.reason).toContain("ask the waste bank");
  });

  it("goes by the rules in force, which later ones replace for old books from their day on", async () => {
    const book = await bookWith({});
    const outcome = await suite.store.transaction((tx) =>
      setRules(
        tx,
        { product: book.product, validFrom: "2026-11-25", rules: { ...FREE, minBalanceIdr: 60_000 } },
        { actor: "user:test", nowMs: NOW_MS },
      ),
    );
    expect(outcome.kind).toBe("set");
    expect(await judged(book, 100_000, { nowMs: Date.parse("2026-11-24T16:59:59.999Z") })).toBeNull();
    expect(await judged(book, 100_000, { nowMs: Date.parse("2026-11-24T17:00:00Z") })).toMatchObject({
      code: "below_min_balance",
    });
  });

  it("is judged by what others have left: of many at once exactly as many pass as the minimum allows", async () => {
    const book = await bookWith({ minBalanceIdr: 30_000 });
    const savings = accountId(savingsKey(book));
    const withdraw = (n: number) =>
      suite.store.transaction(async (tx) => {
        const fault = await faultOfWithdrawal(tx, { book, amountIdr: 20_000, closes: false, nowMs: NOW_MS });
        if (fault !== null) return fault.code;
        const capital = accountId({ kind: "capital", ledger: "IDR", wasteBank: book.wasteBank });
        const outcome = await postJournalWithin(tx, {
          idempotencyKey: `${book.id}:${n}`,
          kind: "test",
          actor: "user:test",
          occurredMs: NOW_MS,
          transfers: [{ phase: "pend", debit: savings, credit: capital, amount: 20_000 }],
        });
        return outcome.kind;
      });
    const outcomes = await Promise.all(Array.from({ length: 8 }, (_, n) => withdraw(n)));
    expect(outcomes.sort()).toEqual([
      ...Array.from({ length: 5 }, () => "below_min_balance"),
      ...Array.from({ length: 3 }, () => "posted"),
    ]);
    expect(await findBook(suite.store.db, book.id)).toMatchObject({ balanceIdr: 100_000, heldIdr: 60_000 });
  });
});
