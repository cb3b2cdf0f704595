import { newEventId } from "@jumpa-madu/contracts/ids";
import { DAY_MS } from "@jumpa-madu/contracts/local-day";
import type { Deposit } from "@jumpa-madu/contracts/records";
import { sql } from "kysely";
import { beforeEach, describe, expect, it } from "vitest";
import { accountId } from "../ledger/account.ts";
import { postJournalWithin } from "../ledger/post-journal.ts";
import { groundsOf } from "../records/ground-of-many.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { Tx } from "../relational/relational-store.ts";
import { closeBook, makeDefault, openBook, reopenBook } from "./book-changes.ts";
import { BOOKS_MAX, type Book, findBook, listBooks } from "./book-list.ts";
import { bookForDeposit, savingsKey } from "./books.ts";
import {
  move,
  NOW_MS,
  posted,
  sampleBook,
  sampleMember,
  sampleProduct,
  sampleWasteBank,
} from "./sample-savings.ts";

const BY = { actor: "user:test", nowMs: NOW_MS };

onEachEngine("the books of a member", (suite) => {
  let wasteBank: string;
  let member: string;

  beforeEach(async () => {
    wasteBank = await sampleWasteBank(suite.store);
    member = await sampleMember(suite.store, wasteBank);
  });

  const forDeposit = (product: string | null) =>
    suite.store.transaction((tx) => bookForDeposit(tx, { member, wasteBank, product }, NOW_MS));
  const close = (id: string) =>
    suite.store.transaction((tx) => closeBook(tx, { id, reason: "pindah rumah" }, BY));
  const choose = (id: string) => suite.store.transaction((tx) => makeDefault(tx, id, BY));
  const listed = () => listBooks(suite.store.db, { member, wasteBank: null, nowMs: NOW_MS });

  describe("for a deposit", () => {
    it("are the regular one when there is none, opened there and then as the default", async () => {
      expect(await forDeposit(null)).toEqual({
        kind: "open",
        book: { member, wasteBank, product: "regular" },
      });
      expect(await listed()).toMatchObject([{ product: "regular", isDefault: true, openOn: "2026-11-24" }]);
      await forDeposit(null);
      expect(await listed()).toHaveLength(1);
    });

    it("are opened once by many deposits at once", async () => {
      const found = await Promise.all(Array.from({ length: 6 }, () => forDeposit(null)));
      expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(["open"]));
      expect(await listed()).toHaveLength(1);
    });

    it("are the one of the product that is named, opened but not made the default", async () => {
      const product = await sampleProduct(suite.store, {});
      expect(await forDeposit(product)).toMatchObject({ kind: "open", book: { product } });
      expect(await listed()).toMatchObject([{ product, isDefault: false }]);
      expect(await forDeposit(null)).toMatchObject({ book: { product: "regular" } });
    });

    it("are the default one when no product is named", async () => {
      const product = await sampleProduct(suite.store, {});
      await sampleBook(suite.store, { member, wasteBank });
      await sampleBook(suite.store, { member, wasteBank, product, isDefault: true });
      expect(await forDeposit(null)).toMatchObject({ book: { product } });
    });

    it("are the regular one when none is marked as the default, and it is not opened twice", async () => {
      await sampleBook(suite.store, { member, wasteBank });
      expect(await forDeposit(null)).toMatchObject({ kind: "open", book: { product: "regular" } });
      expect(await listed()).toHaveLength(1);
    });

    it("are never of a product that the waste bank does not offer", async () => {
      const elsewhere = await sampleWasteBank(suite.store);
      const foreign = await sampleProduct(suite.store, {}, { wasteBank: elsewhere });
      expect(await forDeposit(foreign)).toMatchObject({ kind: "refused", code: "product_unknown" });
      expect(await forDeposit("nothing")).toMatchObject({ kind: "refused", code: "product_unknown" });
    });

    it("are refused while the chosen one is closed, and neither opened again nor replaced by another", async () => {
      const product = await sampleProduct(suite.store, {});
      const book = await sampleBook(suite.store, { member, wasteBank, isDefault: true });
      await close(book.id);
      expect(await forDeposit(null)).toMatchObject({ kind: "refused", code: "book_closed" });
      expect(await forDeposit("regular")).toMatchObject({ kind: "refused", code: "book_closed" });
      const other = await sampleBook(suite.store, { member, wasteBank, product });
      expect(await forDeposit(null)).toMatchObject({ kind: "refused", code: "book_closed" });
      await choose(other.id);
      expect(await forDeposit(null)).toMatchObject({ kind: "open", book: { product } });
    });
  });

  describe("while another becomes the default", () => {
    /** True once somebody waits for a lock; SQLite's second writer waits without one. */
    async function untilWaiting(): Promise<void> {
      if (suite.engine === "sqlite") return;
      const waiting = async () => {
        const { rows } = await sql<{ n: number }>`
          select count(*)::int as n from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(suite.store.db);
        return Number(rows[0]?.n) > 0;
      };
      await expect.poll(waiting, { timeout: 5_000 }).toBe(true);
    }

    /** Books that are looked for while `change` is made and has not ended. */
    async function during<Found>(
      change: (tx: Tx) => Promise<{ kind: string }>,
      look: () => Promise<Found>,
    ): Promise<Found> {
      const [changed, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const changing = suite.store.transaction(async (tx) => {
        expect(await change(tx)).toMatchObject({ kind: "done" });
        changed.resolve();
        await ended.promise;
      });
      await Promise.race([changed.promise, changing]);
      const found = look();
      await untilWaiting().finally(ended.resolve);
      await changing;
      return await found;
    }
    const groundOfOne = () =>
      suite.store.transaction(async (tx) => {
        const line = { material: "x", price: "x", scale: "x" };
        const deposit = { id: newEventId(), member, waste_bank: wasteBank, t: NOW_MS, lines: [line] };
        const [ground] = await groundsOf(tx, [{ node: "x", deposit: deposit as unknown as Deposit }]);
        return ground?.book ?? null;
      });

    let second: Book;
    beforeEach(async () => {
      // Never the default: neither the second nor the regular one, which is taken where none is marked.
      await sampleBook(suite.store, { member, wasteBank });
      const [one, other] = [await sampleProduct(suite.store, {}), await sampleProduct(suite.store, {})];
      await sampleBook(suite.store, { member, wasteBank, product: one, isDefault: true });
      second = await sampleBook(suite.store, { member, wasteBank, product: other });
    });

    it("a deposit goes into that one", async () => {
      const found = await during(
        (tx) => makeDefault(tx, second.id, BY),
        () => forDeposit(null),
      );
      expect(found).toEqual({ kind: "open", book: { member, wasteBank, product: second.product } });
    });

    it("many deposits at once go into that one", async () => {
      expect(await during((tx) => makeDefault(tx, second.id, BY), groundOfOne)).toMatchObject({
        product: second.product,
      });
    });

    it("which is opened only then, a deposit goes into that one", async () => {
      const product = await sampleProduct(suite.store, {});
      const found = await during(
        (tx) => openBook(tx, { member, wasteBank, product, isDefault: true }, BY),
        () => forDeposit(null),
      );
      expect(found).toMatchObject({ book: { product } });
    });
  });

  it("are opened at any waste bank, each product once", async () => {
    const elsewhere = await sampleWasteBank(suite.store);
    await sampleBook(suite.store, { member, wasteBank });
    await sampleBook(suite.store, { member, wasteBank: elsewhere });
    expect((await listed()).map((book) => book.wasteBank).sort()).toEqual([wasteBank, elsewhere].sort());
    const again = await suite.store.transaction((tx) =>
      openBook(tx, { member, wasteBank, product: "regular", isDefault: false }, BY),
    );
    expect(again).toMatchObject({ kind: "refused", code: "book_exists" });
  });

  it("are listed up to a bound", async () => {
    const ids = Array.from({ length: BOOKS_MAX + 1 }, () => newEventId());
    await suite.store.db
      .insertInto("savings_products")
      .values(
        ids.map((id) => ({
          id,
          waste_bank_id: null,
          name: "x",
          created_ms: NOW_MS,
          created_by: "user:test",
        })),
      )
      .execute();
    await suite.store.db
      .insertInto("books")
      .values(
        ids.map((id) => ({
          id,
          member_id: member,
          waste_bank_id: wasteBank,
          product_id: id,
          is_default: 0 as const,
          opened_ms: NOW_MS,
          closed_ms: null,
        })),
      )
      .execute();
    expect(await listed()).toHaveLength(BOOKS_MAX);
  });

  it("have one default at a waste bank, which moves", async () => {
    const product = await sampleProduct(suite.store, {});
    const first = await sampleBook(suite.store, { member, wasteBank, isDefault: true });
    const second = await sampleBook(suite.store, { member, wasteBank, product, isDefault: true });
    const defaults = async () => (await listed()).filter((book) => book.isDefault).map(({ id }) => id);
    expect(await defaults()).toEqual([second.id]);
    await choose(first.id);
    expect(await defaults()).toEqual([first.id]);
  });

  it("are not opened for who is unknown or has left", async () => {
    const open = (of: string) =>
      suite.store.transaction((tx) =>
        openBook(tx, { member: of, wasteBank, product: "regular", isDefault: false }, BY),
      );
    expect(await open(newEventId())).toMatchObject({ code: "member_unknown" });
    await suite.store.db.updateTable("members").set({ closed_ms: NOW_MS }).where("id", "=", member).execute();
    expect(await open(member)).toMatchObject({ code: "member_closed" });
  });

  it("are closed when nothing stands on them and nothing is held, and tell why in the audit log", async () => {
    const book = await sampleBook(suite.store, { member, wasteBank });
    await move(suite.store, book, { amountIdr: 500 });
    expect(await close(book.id)).toMatchObject({ code: "book_not_empty" });
    await move(suite.store, book, { amountIdr: -500, phase: "pend" });
    expect(await close(book.id)).toMatchObject({ code: "book_not_empty" });
    const held = await suite.store.db
      .selectFrom("transfers")
      .select("id")
      .where("phase", "=", "pend")
      .where("amount", "=", 500)
      .orderBy("id", "desc")
      .executeTakeFirstOrThrow();
    await posted(suite.store, { kind: "test", transfers: [{ phase: "settle", pending: held.id }] });
    expect(await close(book.id)).toMatchObject({ kind: "done", book: { closedMs: NOW_MS } });
    expect(await close(book.id)).toMatchObject({ code: "book_closed" });
    const deed = await suite.store.db
      .selectFrom("audit_events")
      .select(["action", "reason", "actor"])
      .where("subject", "=", `book:${book.id}`)
      .where("action", "=", "book.closed")
      .executeTakeFirst();
    expect(deed).toEqual({ action: "book.closed", reason: "pindah rumah", actor: "user:test" });
  });

  it("keep a default one open for as long as another is open", async () => {
    const product = await sampleProduct(suite.store, {});
    const first = await sampleBook(suite.store, { member, wasteBank, isDefault: true });
    const second = await sampleBook(suite.store, { member, wasteBank, product });
    expect(await close(first.id)).toMatchObject({ code: "book_is_default" });
    await close(second.id);
    expect(await close(first.id)).toMatchObject({ kind: "done" });
  });

  it("are opened again with a lock that begins anew", async () => {
    const product = await sampleProduct(suite.store, { lockDays: 30 });
    const book = await sampleBook(suite.store, { member, wasteBank, product });
    await close(book.id);
    const nowMs = NOW_MS + 100 * DAY_MS;
    const reopened = await suite.store.transaction((tx) =>
      reopenBook(tx, { id: book.id, reason: "kembali" }, { ...BY, nowMs }),
    );
    expect(reopened).toMatchObject({ kind: "done", book: { closedMs: null, openedMs: nowMs } });
    const [one] = await listBooks(suite.store.db, { member, wasteBank, nowMs });
    expect(one?.openOn).toBe("2027-04-03");
  });

  it("are closed before a deposit or after it, never with money on them", async () => {
    const book = await sampleBook(suite.store, { member, wasteBank });
    await move(suite.store, book, { amountIdr: 1 });
    await move(suite.store, book, { amountIdr: -1 });
    const deposit = suite.store.transaction(async (tx) => {
      const found = await bookForDeposit(tx, { member, wasteBank, product: null }, NOW_MS);
      if (found.kind === "refused") return found.code;
      const outcome = await postJournalWithin(tx, {
        idempotencyKey: newEventId(),
        kind: "test",
        actor: "user:test",
        occurredMs: NOW_MS,
        transfers: [
          {
            phase: "post",
            debit: accountId({ kind: "capital", ledger: "IDR", wasteBank }),
            credit: accountId(savingsKey(found.book)),
            amount: 700,
          },
        ],
      });
      return outcome.kind;
    });
    const [deposited, closed] = await Promise.all([deposit, close(book.id)]);
    const after = await findBook(suite.store.db, book.id);
    if (closed.kind === "done") expect([deposited, after?.balanceIdr]).toEqual(["book_closed", 0]);
    else expect([deposited, after?.balanceIdr, after?.closedMs]).toEqual(["posted", 700, null]);
  });

  it("are never deleted, and never become another's", async () => {
    const book = await sampleBook(suite.store, { member, wasteBank });
    const other = await sampleMember(suite.store, wasteBank);
    await expect(sql`delete from books where id = ${book.id}`.execute(suite.store.db)).rejects.toThrow();
    await expect(
      sql`update books set member_id = ${other} where id = ${book.id}`.execute(suite.store.db),
    ).rejects.toThrow();
    await expect(
      sql`update savings_rules set min_balance_idr = 1 where product_id = 'regular'`.execute(suite.store.db),
    ).rejects.toThrow();
    await expect(
      sql`delete from savings_rules where product_id = 'regular'`.execute(suite.store.db),
    ).rejects.toThrow();
  });
});
