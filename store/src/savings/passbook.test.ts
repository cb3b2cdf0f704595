import { newEventId } from "@jumpa-madu/contracts/ids";
import { DAY_MS, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import fc from "fast-check";
import { beforeEach, expect, it } from "vitest";
import { accountId, balanceOf, findAccount } from "../ledger/account.ts";
import { reversalOf } from "../ledger/post-journal.ts";
import { listStatement } from "../people/member-statement.ts";
import { postRecord } from "../records/post-record.ts";
import { depositOf, lineOf, sampleBooks, voidOf } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { bring, saleOf, sampleStock } from "../stock/sample-stock.ts";
import { sellStock } from "../stock/sell.ts";
import { voidSale } from "../stock/void-sale.ts";
import { type Book, findBook } from "./book-list.ts";
import { moveBetweenBooks } from "./book-moves.ts";
import { savingsKey } from "./books.ts";
import { HOLDS_MAX, holdsOf, PASSBOOK_LINES_MAX, type PassbookLine, readPassbook } from "./passbook.ts";
import {
  move,
  NOW_MS,
  posted,
  sampleBook,
  sampleMember,
  sampleProduct,
  sampleWasteBank,
} from "./sample-savings.ts";

/** What may happen to a book. Whatever overdraws is refused, and leaves no line. */
type Deed = {
  do: "in" | "out" | "hold" | "settle" | "void" | "reverse" | "over" | "back";
  amountIdr: number;
};

const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.record({
    do: fc.constantFrom("in", "in", "out", "hold", "settle", "void", "reverse", "over", "back"),
    amountIdr: fc.integer({ min: 1, max: 50_000 }),
  }),
  { maxLength: 30 },
);

onEachEngine("a passbook", (suite) => {
  let book: Book;
  let other: Book;

  beforeEach(async () => ([book, other] = await freshBooks()));

  async function freshBooks(): Promise<[Book, Book]> {
    const wasteBank = await sampleWasteBank(suite.store);
    const member = await sampleMember(suite.store, wasteBank);
    const product = await sampleProduct(suite.store, {});
    return [
      await sampleBook(suite.store, { member, wasteBank }),
      await sampleBook(suite.store, { member, wasteBank, product }),
    ];
  }

  async function everyLine(of: Book, limit: number): Promise<PassbookLine[]> {
    const lines: PassbookLine[] = [];
    let after: string | null = null;
    let carriedIdr = 0;
    do {
      const page = await readPassbook(suite.store.db, of, { fromMs: null, untilMs: null, limit, after });
      expect(page.openingIdr).toBe(carriedIdr);
      carriedIdr = page.closingIdr;
      lines.push(...page.lines);
      after = page.next;
    } while (after !== null);
    return lines;
  }

  async function run(history: Deed[], [mine, second]: [Book, Book]): Promise<void> {
    const journals: string[] = [];
    const pending: string[] = [];
    for (const deed of history) {
      if (deed.do === "settle" || deed.do === "void") {
        const held = pending.shift();
        if (held !== undefined)
          await posted(suite.store, { kind: "payout", transfers: [{ phase: deed.do, pending: held }] });
      } else if (deed.do === "reverse") {
        const journal = journals.pop();
        if (journal === undefined) continue;
        const request = await suite.store.transaction((tx) =>
          reversalOf(tx, journal, {
            idempotencyKey: "",
            kind: "deposit_void",
            actor: "user:test",
            occurredMs: NOW_MS,
          }),
        );
        await posted(suite.store, { ...request, kind: "deposit_void", reverses: journal });
      } else if (deed.do === "over" || deed.do === "back") {
        const [from, to] = deed.do === "over" ? [mine, second] : [second, mine];
        await suite.store.transaction((tx) =>
          moveBetweenBooks(
            tx,
            { id: newEventId(), from: from.id, to: to.id, amountIdr: deed.amountIdr },
            { actor: "user:test", nowMs: NOW_MS },
          ),
        );
      } else {
        const amountIdr = deed.do === "in" ? deed.amountIdr : -deed.amountIdr;
        const phase = deed.do === "hold" ? "pend" : "post";
        const outcome = await move(suite.store, mine, { amountIdr, phase, kind: "deposit" });
        if (outcome.kind === "refused") continue;
        if (deed.do === "hold") pending.push(outcome.transferIds[0] ?? "");
        if (deed.do === "in") journals.push(outcome.journalId);
      }
    }
  }

  it("equals the ledger and the statement for any history, whatever the length of its pages", async () => {
    await fc.assert(
      fc.asyncProperty(deeds, fc.integer({ min: 1, max: 7 }), async (history, limit) => {
        const books = await freshBooks();
        await run(history, books);
        const { db } = suite.store;
        const byJournal = new Map<string, number>();
        for (const mine of books) {
          const lines = await everyLine(mine, limit);
          const account = await findAccount(db, accountId(savingsKey(mine)));
          const balanceIdr = account === null ? 0 : balanceOf(account);
          expect(lines.reduce((sum, { inIdr, outIdr }) => sum + inIdr - outIdr, 0)).toBe(balanceIdr);
          expect(lines.at(-1)?.balanceIdr ?? 0).toBe(balanceIdr);
          let runningIdr = 0;
          for (const line of lines) {
            runningIdr += line.inIdr - line.outIdr;
            expect(line.balanceIdr).toBe(runningIdr);
            expect(line.balanceIdr).toBeGreaterThanOrEqual(0);
            expect(Math.min(line.inIdr, line.outIdr)).toBe(0);
            const key = `${line.journal} ${accountId(savingsKey(mine))}`;
            byJournal.set(key, (byJournal.get(key) ?? 0) + line.inIdr - line.outIdr);
          }
          const held = (await holdsOf(db, mine)).reduce((sum, { amountIdr }) => sum + amountIdr, 0);
          expect(held).toBe((await findBook(db, mine.id))?.heldIdr);
        }
        const { member } = books[0];
        const { items } = await listStatement(db, { member, wasteBank: null }, { limit: 500, after: null });
        const stated = new Map(items.map((line) => [`${line.journal} ${line.account}`, line.amountIdr]));
        expect(stated).toEqual(byJournal);
      }),
      { numRuns: suite.engine === "sqlite" ? 60 : 25 },
    );
  });

  it("tells material, weight, price and receipt of each line of a deposit, and again when it is taken back", async () => {
    const books = await sampleBooks(suite.store);
    const deposit = depositOf(books, [
      lineOf(books, "pet", 1_250),
      lineOf(books, "residue", 500),
      lineOf(books, "paper", 2_000),
      lineOf(books, "pet", 300),
    ]);
    for (const record of [deposit, voidOf(deposit)]) {
      const origin = { node: books.node, receivedMs: NOW_MS };
      const outcome = await suite.store.transaction((tx) => postRecord(tx, origin, record));
      expect(outcome).toMatchObject({ kind: "posted" });
    }
    const owner = { member: books.member, wasteBank: books.wasteBank, product: "regular" };
    const lines = await everyLine({ ...book, ...owner }, 2);
    const told = (line: PassbookLine) => [
      line.inIdr,
      line.outIdr,
      line.material,
      line.netG,
      line.priceIdrPerKg,
      line.receiptNo,
      line.reverses,
    ];
    const receipt = deposit.receipt_no;
    expect(lines.map(told)).toEqual([
      [5_625, 0, "pet", 1_250, 4_500, receipt, false],
      [4_500, 0, "paper", 2_000, 2_250, receipt, false],
      [1_350, 0, "pet", 300, 4_500, receipt, false],
      [0, 5_625, "pet", 1_250, 4_500, receipt, true],
      [0, 4_500, "paper", 2_000, 2_250, receipt, true],
      [0, 1_350, "pet", 300, 4_500, receipt, true],
    ]);
    expect(lines.at(-1)?.balanceIdr).toBe(0);
  });

  it("tells material and grams of a share of a sale, and again when the sale is taken back", async () => {
    const stock = await sampleStock(suite.store);
    const { member, wasteBank } = stock.unit;
    const shared = { books: stock.unit, priceIdrPerKg: 2_000, shareBps: 5_000 } as const;
    await bring(suite.store, { ...shared, material: "pet", netG: 2_000 });
    await bring(suite.store, { ...shared, material: "pet", netG: 3_000 });
    await bring(suite.store, { ...shared, material: "paper", netG: 1_000 });
    const sale = saleOf(stock, 4_000);
    const paper = { ...sale.lines[0], material: "paper", outG: 1_000, acceptedG: 900, priceIdrPerKg: 1_000 };
    const lines = [...sale.lines, { ...saleOf(stock, 1_000).lines[0], ...paper }] as typeof sale.lines;
    const sold = await suite.store.transaction((tx) => sellStock(tx, { ...sale, lines }, sale.occurredMs));
    expect(sold).toMatchObject({ kind: "posted" });
    const undo = { id: newEventId(), sale: sale.id, reason: "wrong price", voidedBy: "user:two" };
    await suite.store.transaction((tx) => voidSale(tx, undo, sale.occurredMs));
    const told = (await everyLine({ ...book, member, wasteBank, product: "regular" }, 3)).map((line) => [
      line.kind,
      line.inIdr - line.outIdr,
      line.material,
      line.netG,
      line.priceIdrPerKg,
    ]);
    const inOrder = told.toSorted((one, other) => (String(one) < String(other) ? -1 : 1));
    expect(inOrder).toEqual([
      ["sale", 4_000, "pet", 4_000, null],
      ["sale", 450, "paper", 1_000, null],
      ["sale_void", -4_000, "pet", 4_000, null],
      ["sale_void", -450, "paper", 1_000, null],
    ]);
  });

  it("shows holds apart, and not as lines", async () => {
    await move(suite.store, book, { amountIdr: 900 });
    await move(suite.store, book, { amountIdr: -300, phase: "pend", kind: "payout" });
    expect(await everyLine(book, 10)).toHaveLength(1);
    expect(await holdsOf(suite.store.db, book)).toMatchObject([{ kind: "payout", amountIdr: 300 }]);
  });

  it("is cut to days of posting, with what stood on the book before", async () => {
    await move(suite.store, book, { amountIdr: 900 });
    const { lines } = await readPassbook(suite.store.db, book, {
      fromMs: null,
      untilMs: null,
      limit: 1,
      after: null,
    });
    const dayMs = startOfDayMs(
      new Date((lines[0]?.postedMs ?? 0) + 7 * 3_600_000).toISOString().slice(0, 10),
    );
    const page = { limit: 10, after: null };
    const read = (fromMs: number, untilMs: number) =>
      readPassbook(suite.store.db, book, { fromMs, untilMs, ...page });
    expect(await read(dayMs, dayMs + DAY_MS)).toMatchObject({ openingIdr: 0, closingIdr: 900 });
    expect(await read(dayMs + DAY_MS, dayMs + 2 * DAY_MS)).toMatchObject({
      openingIdr: 900,
      lines: [],
      closingIdr: 900,
    });
    expect(await read(dayMs - DAY_MS, dayMs)).toMatchObject({ openingIdr: 0, lines: [], closingIdr: 0 });
  });

  it("names the other book of a move, and is empty for a book that nothing came on", async () => {
    expect(await everyLine(other, 10)).toEqual([]);
    await move(suite.store, book, { amountIdr: 900 });
    await suite.store.transaction((tx) =>
      moveBetweenBooks(
        tx,
        { id: newEventId(), from: book.id, to: other.id, amountIdr: 900 },
        { actor: "user:test", nowMs: NOW_MS },
      ),
    );
    expect((await everyLine(book, 10)).at(-1)).toMatchObject({
      kind: "book_move",
      outIdr: 900,
      otherBook: other.product,
    });
    expect(await everyLine(other, 10)).toMatchObject([{ inIdr: 900, otherBook: "regular" }]);
  });

  it("shows no balance below zero where money came in and left again within one millisecond", async () => {
    const { db } = suite.store;
    await move(suite.store, book, { amountIdr: 1 });
    const savings = accountId(savingsKey(book));
    const capital = accountId({ kind: "capital", ledger: "IDR", wasteBank: book.wasteBank });
    const id = newEventId();
    // The ids run against the order in which they were posted, as those of one millisecond may.
    const transfers = [
      { id: `${id}-2`, journal_id: `${id}-in`, debit_account_id: capital, credit_account_id: savings },
      { id: `${id}-1`, journal_id: `${id}-out`, debit_account_id: savings, credit_account_id: capital },
    ];
    await suite.store.transaction(async (tx) => {
      for (const transfer of transfers) {
        const rest = { line: 0, amount: 700, phase: "post" as const, pending_id: null, created_ms: NOW_MS };
        await tx
          .insertInto("transfers")
          .values({ ...transfer, ...rest })
          .execute();
        await tx
          .insertInto("journals")
          .values({
            id: transfer.journal_id,
            idempotency_key: transfer.journal_id,
            request_hash: "",
            kind: "test",
            transfers: 1,
            reverses_id: null,
            actor: "user:test",
            occurred_ms: NOW_MS,
            created_ms: NOW_MS,
          })
          .execute();
      }
    });
    const account = await findAccount(db, savings);
    const lines = await everyLine(book, 1);
    expect(lines.map(({ balanceIdr }) => balanceIdr).every((balanceIdr) => balanceIdr >= 0)).toBe(true);
    expect(lines.at(-1)?.balanceIdr).toBe(account === null ? null : balanceOf(account));
  });

  it("has pages of a bounded length, and bounded holds, the oldest first", async () => {
    const page = (limit: number) =>
      readPassbook(suite.store.db, book, { fromMs: null, untilMs: null, limit, after: null });
    await expect(page(0)).rejects.toThrow(RangeError);
    await expect(page(PASSBOOK_LINES_MAX + 1)).rejects.toThrow(RangeError);
    await move(suite.store, book, { amountIdr: 900_000 });
    const savings = accountId(savingsKey(book));
    const capital = accountId({ kind: "capital", ledger: "IDR", wasteBank: book.wasteBank });
    await posted(suite.store, {
      kind: "payout_hold",
      transfers: Array.from({ length: HOLDS_MAX + 1 }, (_, index) => ({
        phase: "pend",
        debit: savings,
        credit: capital,
        amount: index + 1,
      })),
    });
    const holds = await holdsOf(suite.store.db, book);
    expect([holds.length, holds[0]?.amountIdr, holds.at(-1)?.amountIdr]).toEqual([HOLDS_MAX, 1, HOLDS_MAX]);
  });

  it("does not go on behind a line of another book", async () => {
    await move(suite.store, book, { amountIdr: 900 });
    const [line] = await everyLine(book, 10);
    const reading = readPassbook(suite.store.db, other, {
      fromMs: null,
      untilMs: null,
      limit: 1,
      after: line?.id ?? "",
    });
    await expect(reading).rejects.toThrow(RangeError);
  });
});
