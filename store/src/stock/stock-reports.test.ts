import { newEventId } from "@jumpa-madu/contracts/ids";
import { expect, it } from "vitest";
import { NOW_MS } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { countStock } from "./count-stock.ts";
import { marginsOf } from "./margin.ts";
import { massBalance } from "./mass-balance.ts";
import { bring, type SampleStock, saleOf, sampleStock, takeBack, tampered } from "./sample-stock.ts";
import { type NewSale, sellStock } from "./sell.ts";
import { listStock } from "./stock-levels.ts";
import { voidSale } from "./void-sale.ts";

const DAY_MS = 86_400_000;

onEachEngine("a report of a store", (suite) => {
  /** The day of the sample deposits, and another. */
  const dayOf = ({ unit, parent }: SampleStock, of: "unit" | "parent" = "unit", day = 0) => ({
    wasteBank: { unit, parent }[of].wasteBank,
    fromMs: NOW_MS + day * DAY_MS,
    toMs: NOW_MS + (day + 1) * DAY_MS,
  });
  const sell = async (sale: NewSale, nowMs = NOW_MS) => {
    const outcome = await suite.store.transaction((tx) => sellStock(tx, sale, nowMs));
    expect(outcome).toEqual({ kind: "posted" });
    return sale.id;
  };
  const filled = async () => {
    const stock = await sampleStock(suite.store);
    const one = { books: stock.unit, material: "pet", priceIdrPerKg: 3_000 } as const;
    await bring(suite.store, { ...one, netG: 10_000, shareBps: null });
    await bring(suite.store, { ...one, netG: 2_000, shareBps: 8_000 });
    return stock;
  };

  it("balances what came and went, with takings back taken off", async () => {
    const stock = await filled();
    const { parent } = stock;
    const wrong = await bring(suite.store, {
      books: stock.unit,
      material: "pet",
      netG: 700,
      priceIdrPerKg: 1,
      shareBps: null,
    });
    await takeBack(suite.store, wrong);
    await sell(saleOf(stock, 3_000, { line: { acceptedG: 2_800, rejectedG: 100, rejects: "discarded" } }));
    await sell(saleOf(stock, 1_000, { buyer: { wasteBank: parent.wasteBank } }));
    const { db } = suite.store;
    expect(await massBalance(db, dayOf(stock), NOW_MS)).toEqual({
      materials: [
        {
          material: "pet",
          opening: 0,
          intake: 12_000,
          received: 0,
          surplus: 0,
          sold: 2_800,
          delivered: 1_000,
          shrinkage: 100,
          rejects: 100,
          closing: 8_000,
          difference: 0,
        },
      ],
      alarms: [],
    });
    const next = (await massBalance(db, dayOf(stock, "unit", 1), NOW_MS)).materials[0];
    expect(next).toMatchObject({ opening: 8_000, intake: 0, closing: 8_000, difference: 0 });
    const atParent = (await massBalance(db, dayOf(stock, "parent"), NOW_MS)).materials[0];
    expect(atParent).toMatchObject({ received: 1_000, closing: 1_000, difference: 0 });
  });

  it("rings when much was lost, when a count waits, and when the books stand for no grams", async () => {
    const stock = await filled();
    const { wasteBank } = stock.unit;
    await sell(saleOf(stock, 12_000, { line: { acceptedG: 11_399 } }));
    await suite.store.transaction((tx) =>
      countStock(
        tx,
        {
          id: newEventId(),
          wasteBank,
          material: "pet",
          countedG: 9,
          reason: "opname",
          occurredMs: NOW_MS,
          countedBy: "user:one",
        },
        NOW_MS,
      ),
    );
    const one = { books: stock.unit, material: "paper", netG: 1_000, shareBps: null } as const;
    await bring(suite.store, { ...one, priceIdrPerKg: 2_000 });
    const cheap = await bring(suite.store, { ...one, priceIdrPerKg: 1_000 });
    await sell(saleOf(stock, 1_000, { line: { material: "paper" } }));
    await takeBack(suite.store, cheap);
    const { alarms } = await massBalance(suite.store.db, dayOf(stock), NOW_MS);
    expect(alarms.map(({ code, material }) => `${code} ${material}`)).toEqual([
      "value_without_stock paper",
      "shrinkage pet",
      "count_difference pet",
    ]);
  });

  it("rings when waste left before it came, and names the day", async () => {
    const stock = await filled();
    await sell(saleOf(stock, 3_000, { occurredMs: NOW_MS - 2 * DAY_MS }));
    const balanceOf = (day: number) => massBalance(suite.store.db, dayOf(stock, "unit", day), NOW_MS);
    const before = await balanceOf(-2);
    expect(before.materials).toMatchObject([{ opening: 0, closing: -3_000, difference: 0 }]);
    expect(before.alarms).toMatchObject([
      { code: "below_zero", material: "pet", detail: expect.stringContaining("the closing is -3000 g") },
    ]);
    const after = await balanceOf(0);
    expect(after.materials).toMatchObject([{ opening: -3_000, closing: 9_000 }]);
    expect(after.alarms).toMatchObject([
      {
        code: "below_zero",
        detail: expect.stringMatching(/^the opening is -3000 g: at the beginning of 20\d\d-\d\d-\d\d /),
      },
    ]);
    expect((await balanceOf(1)).alarms).toEqual([]);
  });

  it("rings when a time that is not over leaves out what the stock has now", async () => {
    const stock = await filled();
    const late = { books: stock.unit, material: "pet", priceIdrPerKg: 3_000, shareBps: null } as const;
    await bring(suite.store, { ...late, netG: 500, occurredMs: NOW_MS + DAY_MS });
    const balanceAt = (nowMs: number) => massBalance(suite.store.db, dayOf(stock), nowMs);
    expect((await balanceAt(NOW_MS)).alarms).toMatchObject([
      {
        code: "closing_differs",
        detail: expect.stringContaining("the closing is 12000 g, the stock now 12500 g"),
      },
    ]);
    expect((await balanceAt(NOW_MS + DAY_MS)).alarms).toEqual([]);
  });

  it("rings when the transfers and the counters of an account differ", async () => {
    const stock = await filled();
    const change = `update accounts set debits_posted = 11111 where id = 'stock/g:pet/${stock.unit.wasteBank}'`;
    const { alarms } = await tampered(suite.store, [change], (tx) => massBalance(tx, dayOf(stock), NOW_MS));
    expect(alarms).toMatchObject([
      { code: "counters_differ", material: "pet" },
      { code: "closing_differs", material: "pet" },
    ]);
  });

  it("tells the margin apart in what waste had cost, what members got and what was lost", async () => {
    const stock = await filled();
    const voided = await sell(saleOf(stock, 500));
    await suite.store.transaction((tx) =>
      voidSale(tx, { id: newEventId(), sale: voided, reason: "twice", voidedBy: "user:two" }, NOW_MS),
    );
    await sell(saleOf(stock, 4_000, { line: { acceptedG: 3_800, priceIdrPerKg: 5_000 } }));
    // Rp 19,000 over 4,000 g: the 2,000 g of the member bring 9,500, of which 80 % are the member's; own cost is 3,000 a kg.
    expect(await marginsOf(suite.store.db, dayOf(stock))).toEqual([
      {
        material: "pet",
        soldG: 3_800,
        salesIdr: 19_000,
        costIdr: 5_700,
        membersIdr: 7_600,
        shrinkageIdr: 300,
        marginIdr: 5_400,
        averageBuyIdrPerKg: 3_500,
        averageSellIdrPerKg: 5_000,
      },
    ]);
  });

  it("lists what lies in the store, page by page", async () => {
    const stock = await filled();
    await bring(suite.store, {
      books: stock.unit,
      material: "paper",
      netG: 3,
      priceIdrPerKg: 100_000,
      shareBps: null,
    });
    const { wasteBank } = stock.unit;
    const first = await listStock(suite.store.db, wasteBank, { limit: 1, after: null });
    expect(first).toEqual({
      items: [{ material: "paper", ownedG: 3, consignedG: 0, valueIdr: 300, averageIdrPerKg: 100_000 }],
      next: "paper",
    });
    const second = await listStock(suite.store.db, wasteBank, { limit: 1, after: "paper" });
    expect(second).toEqual({
      items: [
        { material: "pet", ownedG: 10_000, consignedG: 2_000, valueIdr: 30_000, averageIdrPerKg: 3_000 },
      ],
      next: null,
    });
  });
});
