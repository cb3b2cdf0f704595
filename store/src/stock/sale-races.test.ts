/** Sales against whatever else moves the same grams and savings at the same time, and money that must not reach who has left. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import pg from "pg";
import { expect, it } from "vitest";
import { accountId, balanceOf, findAccount, openAccounts } from "../ledger/account.ts";
import { verifyLedger } from "../ledger/verify-ledger.ts";
import { closeMember } from "../people/member-closing.ts";
import { NOW_MS } from "../records/sample-books.ts";
import { onEachEngine, onEngine, openQuietly } from "../relational/engine-suite.ts";
import type { RelationalStore } from "../relational/relational-store.ts";
import { closeBook, makeDefault } from "../savings/book-changes.ts";
import { savingsKey } from "../savings/books.ts";
import { sampleBook, sampleProduct } from "../savings/sample-savings.ts";
import { countStock } from "./count-stock.ts";
import { pay } from "./pay-sale.ts";
import { bring, type SampleStock, saleOf, sampleStock } from "./sample-stock.ts";
import { type NewSale, sellStock } from "./sell.ts";
import { voidSale } from "./void-sale.ts";

const PAYOUTS = "lock table payouts in access exclusive mode";
const SALE_LINES = "lock table sale_lines in access exclusive mode";
const FOUR = [1, 2, 3, 4];
const consigned = { material: "pet", netG: 10_000, priceIdrPerKg: 2_000, shareBps: 8_000 } as const;
const kindOf = (outcome: { kind: string; code?: string }) => outcome.code ?? outcome.kind;

/** What is wrong with the books, but for what only time seals. */
const breaches = async ({ db }: RelationalStore) =>
  (await verifyLedger(db)).filter(({ what }) => !what.includes("sealed"));

onEachEngine("money of a sale", (suite) => {
  const sell = (sale: NewSale) => suite.store.transaction((tx) => sellStock(tx, sale, NOW_MS));
  const close = ({ unit }: SampleStock) =>
    suite.store.transaction((tx) =>
      closeMember(tx, { member: unit.member, reason: "pindah", actor: "user:test", nowMs: NOW_MS }),
    );
  const takeBackSale = (sale: NewSale) =>
    suite.store.transaction((tx) =>
      voidSale(tx, { id: newEventId(), sale: sale.id, reason: "wrong price", voidedBy: "user:two" }, NOW_MS),
    );

  it("has its book open: one that waits for money is not closed, and the refusal says what of", async () => {
    const stock = await sampleStock(suite.store);
    await bring(suite.store, { ...consigned, books: stock.unit });
    await bring(suite.store, { ...consigned, books: stock.unit, material: "paper", netG: 500 });
    await sell(saleOf(stock, 4_000, { line: { priceIdrPerKg: 0 } }));
    const { id } = await suite.store.db
      .selectFrom("books")
      .select("id")
      .where("member_id", "=", stock.unit.member)
      .executeTakeFirstOrThrow();
    const by = { actor: "user:test", nowMs: NOW_MS };
    expect(await suite.store.transaction((tx) => closeBook(tx, { id, reason: "pindah" }, by))).toMatchObject({
      code: "book_not_empty",
      reason: expect.stringMatching(/^500 g of paper, 6000 g of pet wait to be sold/),
    });
  });

  it("never reaches a member who was closed: what the member was in on is not voided, and so not sold again", async () => {
    const stock = await sampleStock(suite.store);
    await bring(suite.store, { ...consigned, books: stock.unit });
    const sale = saleOf(stock, 10_000, { line: { priceIdrPerKg: 0 } });
    expect(await sell(sale)).toEqual({ kind: "posted" });
    expect(await close(stock)).toMatchObject({ kind: "done" });
    expect(await takeBackSale(sale)).toMatchObject({
      code: "member_closed",
      reason: expect.stringContaining("let the sale stand"),
    });
    expect(await sell(saleOf(stock, 10_000))).toMatchObject({ code: "not_in_stock" });
    expect(await breaches(suite.store)).toEqual([]);
  });

  it("is refused where waste of a member who is closed waits all the same", async () => {
    const stock = await sampleStock(suite.store);
    await bring(suite.store, { ...consigned, books: stock.unit });
    await suite.store.db
      .updateTable("members")
      .set({ closed_ms: NOW_MS })
      .where("id", "=", stock.unit.member)
      .execute();
    expect(await sell(saleOf(stock, 1_000))).toMatchObject({
      code: "member_closed",
      reason: expect.stringContaining("take their deposits back first"),
    });
  });

  it("is asked for once: the same sale, payment or count four times at once is the first four times", async () => {
    const stock = await sampleStock(suite.store);
    await bring(suite.store, { ...consigned, books: stock.unit, shareBps: null });
    const sale = saleOf(stock, 10_000);
    const sales = await Promise.all(FOUR.map(() => sell(sale)));
    const once = ["posted", "replayed", "replayed", "replayed"];
    expect(sales.map(kindOf).sort()).toEqual(once);
    const payment = { id: newEventId(), sale: sale.id, into: "cash_vault", from: null } as const;
    const rest = { amountIdr: 20_000, occurredMs: null, paidBy: "user:one" };
    const payments = FOUR.map(() =>
      suite.store.transaction((tx) => pay(tx, { ...payment, ...rest }, NOW_MS)),
    );
    expect((await Promise.all(payments)).map(kindOf).sort()).toEqual(once);
    const place = { wasteBank: stock.unit.wasteBank, material: "paper" };
    const count = { ...place, id: newEventId(), countedG: 9_000, reason: "opname", countedBy: "user:one" };
    const counts = FOUR.map(() =>
      suite.store.transaction((tx) => countStock(tx, { ...count, occurredMs: NOW_MS }, NOW_MS)),
    );
    const counted = await Promise.all(counts);
    expect(counted.map(kindOf)).toEqual(FOUR.map(() => "waiting"));
    expect(counted.filter((outcome) => "isReplay" in outcome && outcome.isReplay)).toHaveLength(3);
  });

  it("finds one default book, however many are made so at once", async () => {
    const stock = await sampleStock(suite.store);
    const owner = { member: stock.unit.member, wasteBank: stock.unit.wasteBank };
    await sampleBook(suite.store, { ...owner, isDefault: true });
    const books = [];
    for (const _ of FOUR)
      books.push(await sampleBook(suite.store, { ...owner, product: await sampleProduct(suite.store, {}) }));
    const by = { actor: "user:test", nowMs: NOW_MS };
    const made = await Promise.all(
      books.map(({ id }) => suite.store.transaction((tx) => makeDefault(tx, id, by))),
    );
    expect(made.map(kindOf)).toEqual(FOUR.map(() => "done"));
  });
});

onEngine("postgres", "a sale among others", (suite) => {
  const savingsOf = ({ unit }: SampleStock) =>
    accountId(savingsKey({ member: unit.member, wasteBank: unit.wasteBank, product: "regular" }));

  /** Deadlocks of this database so far. The server writes its counters when a connection has nothing to do. */
  async function deadlocks(): Promise<number> {
    const client = new pg.Client(suite.url);
    await client.connect();
    try {
      await client.query("select pg_stat_force_next_flush()");
      const { rows } = await client.query<{ deadlocks: string }>(
        "select deadlocks from pg_stat_database where datname = current_database()",
      );
      return Number(rows[0]?.deadlocks);
    } finally {
      await client.end();
    }
  }

  /** Runs `first` up to where it needs what the statement holds, then `second`, and lets go when `second` waits or is done. */
  async function behind<A, B>({
    held,
    first,
    second,
  }: {
    held: string;
    first: () => Promise<A>;
    second: () => Promise<B>;
  }): Promise<[A, B]> {
    const holder = new pg.Client(suite.url);
    await holder.connect();
    /** Returns as soon as this many connections wait for a lock, or the work is over. */
    const waiting = async (count: number, work: Promise<unknown>) => {
      let isOver = false;
      const end = () => {
        isOver = true;
      };
      void work.then(end, end);
      for (let tries = 0; tries < 1_000; tries++) {
        if (isOver) return;
        await holder.query("select pg_stat_clear_snapshot()");
        const { rows } = await holder.query<{ waiting: number }>(
          "select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        if ((rows[0]?.waiting ?? 0) >= count) return;
      }
      throw new Error(`nobody waits for what is held by: ${held}`);
    };
    try {
      await holder.query("begin");
      await holder.query(held);
      const one = first();
      await waiting(1, one);
      const other = second();
      await waiting(2, other);
      await holder.query("rollback");
      return await Promise.all([one, other]);
    } finally {
      await holder.end();
    }
  }

  it("is waited for, or waits, where a member in it is closed: whoever comes second sees the first", async () => {
    const stock = await sampleStock(suite.store);
    await bring(suite.store, { ...consigned, books: stock.unit });
    // An account that is there already is credited without a look at its member.
    const { member, wasteBank } = stock.unit;
    await openAccounts(suite.store.db, [savingsKey({ member, wasteBank, product: "regular" })], NOW_MS);
    const close = () =>
      suite.store.transaction((tx) =>
        closeMember(tx, { member: stock.unit.member, reason: "pindah", actor: "user:test", nowMs: NOW_MS }),
      );
    const sell = () => suite.store.transaction((tx) => sellStock(tx, saleOf(stock, 10_000), NOW_MS));
    const [closed, sold] = await behind({ held: PAYOUTS, first: close, second: sell });
    expect(closed).toMatchObject({ code: "member_owes" });
    expect(sold).toEqual({ kind: "posted" });
    await bring(suite.store, { ...consigned, books: stock.unit });
    const [soldFirst, closedThen] = await behind({ held: SALE_LINES, first: sell, second: close });
    expect(soldFirst).toEqual({ kind: "posted" });
    expect(closedThen).toMatchObject({ code: "member_owes", reason: expect.stringContaining("has savings") });
    const savings = await findAccount(suite.store.db, savingsOf(stock));
    expect(savings && balanceOf(savings)).toBe(32_000);
  });

  it("is not voided while a member in it is being closed, and its void is waited for by whoever closes one", async () => {
    const sold = async () => {
      const stock = await sampleStock(suite.store);
      await bring(suite.store, { ...consigned, books: stock.unit });
      const sale = saleOf(stock, 10_000, { line: { priceIdrPerKg: 0 } });
      await suite.store.transaction((tx) => sellStock(tx, sale, NOW_MS));
      const ending = { member: stock.unit.member, reason: "pindah", actor: "user:test", nowMs: NOW_MS };
      const undo = { id: newEventId(), sale: sale.id, reason: "wrong price", voidedBy: "user:two" };
      return {
        close: () => suite.store.transaction((tx) => closeMember(tx, ending)),
        takeBack: () => suite.store.transaction((tx) => voidSale(tx, undo, NOW_MS)),
      };
    };
    const one = await sold();
    const [closed, refused] = await behind({ held: PAYOUTS, first: one.close, second: one.takeBack });
    expect(closed).toMatchObject({ kind: "done" });
    expect(refused).toMatchObject({ code: "member_closed" });
    const other = await sold();
    const journals = "lock table journals in exclusive mode";
    const [voided, late] = await behind({ held: journals, first: other.takeBack, second: other.close });
    expect(voided).toEqual({ kind: "posted" });
    expect(late).toMatchObject({ code: "member_owes" });
  });

  it("is waited for by whoever closes a book of it that has no account yet", async () => {
    const stock = await sampleStock(suite.store);
    await bring(suite.store, { ...consigned, books: stock.unit });
    const { id } = await suite.store.db
      .selectFrom("books")
      .select("id")
      .where("member_id", "=", stock.unit.member)
      .executeTakeFirstOrThrow();
    const [sold, closed] = await behind({
      held: SALE_LINES,
      first: () => suite.store.transaction((tx) => sellStock(tx, saleOf(stock, 10_000), NOW_MS)),
      second: () =>
        suite.store.transaction((tx) =>
          closeBook(tx, { id, reason: "pindah" }, { actor: "user:test", nowMs: NOW_MS }),
        ),
    });
    expect(sold).toEqual({ kind: "posted" });
    expect(closed).toMatchObject({ code: "book_not_empty" });
  });

  it("does not deadlock with deposits, voids, counts and transfers of the same grams and members", async () => {
    const { store } = suite;
    const stock = await sampleStock(store);
    const bought = { ...consigned, netG: 1_000, books: stock.unit, shareBps: null };
    const shared = { ...consigned, netG: 1_000, books: stock.unit };
    for (let count = 0; count < 40; count++) await bring(store, shared);
    for (let count = 0; count < 10; count++) await bring(store, bought);
    const before = await deadlocks();
    const others = openQuietly(suite.url);
    const said = new Map<string, number>();
    const note = (what: string) => said.set(what, (said.get(what) ?? 0) + 1);
    let isOver = false;
    const untilOver = async (deed: () => Promise<string>) => {
      while (!isOver) note(await deed());
    };
    const place = { wasteBank: stock.unit.wasteBank, material: "pet" };
    const background = [
      ...FOUR.map((n) =>
        untilOver(async () => {
          await bring(others, n % 2 === 0 ? bought : shared);
          return "deposit";
        }),
      ),
      untilOver(async () => {
        const counted = {
          ...place,
          id: newEventId(),
          countedG: 45_000,
          reason: "opname",
          countedBy: "user:one",
        };
        return await others.transaction(async (tx) => {
          await countStock(tx, { ...counted, occurredMs: NOW_MS }, NOW_MS);
          return "count";
        });
      }),
    ];
    for (let round = 0; round < 20; round++) {
      const sale = saleOf(
        stock,
        1_000,
        round % 2 === 0 ? {} : { buyer: { wasteBank: stock.parent.wasteBank } },
      );
      const paid = { into: "cash_vault", from: null, amountIdr: 500 } as const;
      const asked = round % 4 === 0 ? { ...sale, paid } : sale;
      expect(await store.transaction((tx) => sellStock(tx, asked, NOW_MS))).toEqual({ kind: "posted" });
      const undo = { id: newEventId(), sale: asked.id, reason: "wrong weight", voidedBy: "user:two" };
      if (round % 3 === 0)
        expect(await store.transaction((tx) => voidSale(tx, undo, NOW_MS))).toEqual({ kind: "posted" });
    }
    isOver = true;
    await Promise.all(background);
    await others.close();
    await store.close();
    expect(said.get("deposit")).toBeGreaterThan(20);
    suite.store = openQuietly(suite.url);
    expect((await deadlocks()) - before).toBe(0);
    expect(await breaches(suite.store)).toEqual([]);
  }, 120_000);
});
