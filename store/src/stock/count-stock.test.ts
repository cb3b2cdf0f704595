import { newEventId } from "@jumpa-madu/contracts/ids";
import { expect, it } from "vitest";
import { accountId, balanceOf, findAccount } from "../ledger/account.ts";
import { verifySample } from "../ledger/sample-journals.ts";
import { NOW_MS } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { COUNT_DIFFERENCE_G_MAX, countStock, decideCount, type NewStockCount } from "./count-stock.ts";
import { STOCK_DEED_AGE_MS_MAX } from "./refusal.ts";
import { bring, type SampleStock, saleOf, sampleStock, takeBack } from "./sample-stock.ts";
import { sellStock } from "./sell.ts";
import { consignedKey, gramsKey, ownedKey, valueKey } from "./stock-accounts.ts";
import { findStockCount, listStockCounts } from "./stock-counts.ts";

onEachEngine("a stock count", (suite) => {
  const balance = async (key: Parameters<typeof accountId>[0]) => {
    const account = await findAccount(suite.store.db, accountId(key));
    return account === null ? 0 : balanceOf(account);
  };
  /** A store with 100 kg of own PET that had cost Rp 200,000, and 10 kg of members. */
  const filled = async () => {
    const stock = await sampleStock(suite.store);
    const one = { books: stock.unit, material: "pet", priceIdrPerKg: 2_000 } as const;
    await bring(suite.store, { ...one, netG: 100_000, shareBps: null });
    const consigned = await bring(suite.store, { ...one, netG: 10_000, shareBps: 8_000 });
    return { stock, consigned, place: { wasteBank: stock.unit.wasteBank, material: "pet" } };
  };
  const countOf = (
    stock: SampleStock,
    countedG: number,
    rest: Partial<NewStockCount> = {},
  ): NewStockCount => ({
    id: newEventId(),
    wasteBank: stock.unit.wasteBank,
    material: "pet",
    countedG,
    reason: "opname",
    occurredMs: NOW_MS,
    countedBy: "user:one",
    ...rest,
  });
  const count = (one: NewStockCount) => suite.store.transaction((tx) => countStock(tx, one, NOW_MS));
  const decide = (id: string, agrees: boolean, decidedBy = "user:two") =>
    suite.store.transaction((tx) => decideCount(tx, { id, agrees, decidedBy }, NOW_MS));

  it("posts a small loss at once, with its worth by the average", async () => {
    const { stock, place } = await filled();
    const one = countOf(stock, 110_000 - COUNT_DIFFERENCE_G_MAX);
    expect(await count(one)).toEqual({ kind: "posted", isReplay: false });
    expect(await count(one)).toEqual({ kind: "posted", isReplay: true });
    expect(await count({ ...one, countedG: 1 })).toMatchObject({ code: "id_taken" });
    expect(await balance(ownedKey(place))).toBe(95_000);
    expect(await balance(gramsKey("shrinkage", place))).toBe(5_000);
    expect(await balance(valueKey("shrinkage_value", place))).toBe(10_000);
    expect(await findStockCount(suite.store.db, one.id)).toMatchObject({
      state: "posted",
      decidedBy: null,
      valueIdr: -10_000,
    });
  });

  it("posts what was found as own waste that is worth the average", async () => {
    const { stock, place } = await filled();
    await count(countOf(stock, 112_000));
    expect(await balance(ownedKey(place))).toBe(102_000);
    expect(await balance(gramsKey("surplus", place))).toBe(2_000);
    expect(await balance(valueKey("stock_value", place))).toBe(204_000);
    expect(await balance(valueKey("shrinkage_value", place))).toBe(-4_000);
  });

  it("waits for another person beyond the tolerance, who alone decides, once", async () => {
    const { stock, place } = await filled();
    const one = countOf(stock, 110_000 - COUNT_DIFFERENCE_G_MAX - 1);
    expect(await count(one)).toEqual({ kind: "waiting", isReplay: false });
    expect(await balance(ownedKey(place))).toBe(100_000);
    expect(await count(countOf(stock, 110_000))).toMatchObject({ code: "count_waits" });
    expect(await decide(one.id, true, "user:one")).toMatchObject({ code: "same_person" });
    expect(await decide(one.id, true)).toEqual({ kind: "posted", isReplay: false });
    expect(await decide(one.id, true)).toEqual({ kind: "posted", isReplay: true });
    expect(await decide(one.id, false)).toMatchObject({ code: "count_ended" });
    expect(await balance(ownedKey(place))).toBe(94_999);
    expect(await findStockCount(suite.store.db, one.id)).toMatchObject({
      state: "posted",
      decidedBy: "user:two",
    });
    expect(await decide(newEventId(), true)).toMatchObject({ code: "unknown_count" });
  });

  it("waits as well when the difference is a large share of little", async () => {
    const stock = await sampleStock(suite.store);
    await bring(suite.store, {
      books: stock.unit,
      material: "pet",
      netG: 1_000,
      priceIdrPerKg: 0,
      shareBps: null,
    });
    expect(await count(countOf(stock, 949))).toMatchObject({ kind: "waiting" });
    const { wasteBank } = stock.unit;
    const filter = { wasteBank, state: "waiting" } as const;
    const { items } = await listStockCounts(suite.store.db, filter, { limit: 10, after: null });
    expect(items).toMatchObject([{ countedG: 949, bookG: 1_000, state: "waiting", valueIdr: null }]);
  });

  it("posts nothing when it is dismissed", async () => {
    const { stock, place } = await filled();
    const one = countOf(stock, 0);
    await count(one);
    expect(await decide(one.id, false)).toEqual({ kind: "dismissed", isReplay: false });
    expect(await balance(ownedKey(place))).toBe(100_000);
    expect(await count(countOf(stock, 110_000))).toMatchObject({ kind: "posted" });
  });

  it("takes a loss from own waste first, then from the oldest of the members", async () => {
    const { stock, place, consigned } = await filled();
    const one = countOf(stock, 4_000);
    await count(one);
    await decide(one.id, true);
    expect(await balance(ownedKey(place))).toBe(0);
    expect(await balance(valueKey("stock_value", place))).toBe(0);
    expect(await balance(consignedKey(place))).toBe(4_000);
    expect(await takeBack(suite.store, consigned)).toBe("refused");
    // What is left of the deposit is sold, and no gram more.
    const sale = saleOf(stock, 4_000);
    expect(await suite.store.transaction((tx) => sellStock(tx, sale, NOW_MS))).toEqual({ kind: "posted" });
    expect(await balance(consignedKey(place))).toBe(0);
  });

  it("writes off what stands on the books for no grams", async () => {
    const stock = await sampleStock(suite.store);
    const place = { wasteBank: stock.unit.wasteBank, material: "pet" };
    const one = { books: stock.unit, material: "pet", netG: 1_000, shareBps: null } as const;
    await bring(suite.store, { ...one, priceIdrPerKg: 2_000 });
    const cheap = await bring(suite.store, { ...one, priceIdrPerKg: 1_000 });
    await suite.store.transaction((tx) => sellStock(tx, saleOf(stock, 1_000), NOW_MS));
    expect(await takeBack(suite.store, cheap)).toBe("reversed");
    expect(await balance(valueKey("stock_value", place))).toBe(500);
    expect(await count(countOf(stock, 0))).toMatchObject({ kind: "posted" });
    expect(await balance(valueKey("stock_value", place))).toBe(0);
    expect(await balance(valueKey("shrinkage_value", place))).toBe(500);
  });

  it("is not posted when the books have less by now than it found missing", async () => {
    const { stock } = await filled();
    const one = countOf(stock, 10_000);
    await count(one);
    await suite.store.transaction((tx) => sellStock(tx, saleOf(stock, 50_000), NOW_MS));
    expect(await decide(one.id, true)).toMatchObject({ kind: "refused", code: "not_in_stock" });
    expect(await decide(one.id, false)).toMatchObject({ kind: "dismissed" });
  });

  it("is kept once when many tell the same loss at the same moment", async () => {
    const { stock, place } = await filled();
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => count(countOf(stock, 50_000))));
    expect(outcomes.filter(({ kind }) => kind === "waiting")).toHaveLength(1);
    expect(await balance(ownedKey(place))).toBe(100_000);
  });

  it("is refused where there is no such place, material or time", async () => {
    const { stock } = await filled();
    expect(await count(countOf(stock, 1, { wasteBank: "none" }))).toMatchObject({
      code: "unknown_waste_bank",
    });
    expect(await count(countOf(stock, 1, { material: "gold" }))).toMatchObject({ code: "unknown_material" });
    expect(await count(countOf(stock, 1, { occurredMs: NOW_MS + 600_000 }))).toMatchObject({
      code: "in_the_future",
    });
    const earliestMs = NOW_MS - STOCK_DEED_AGE_MS_MAX;
    expect(await count(countOf(stock, 1, { occurredMs: earliestMs - 1 }))).toMatchObject({
      code: "too_long_ago",
      reason: expect.stringContaining("31 days"),
    });
    expect(await count(countOf(stock, 109_000, { occurredMs: earliestMs }))).toMatchObject({
      kind: "posted",
    });
  });

  it("cannot be agreed to by whoever counted, whatever the program does", async () => {
    const { stock } = await filled();
    const one = countOf(stock, 0);
    await count(one);
    const end = {
      count_id: one.id,
      outcome: "posted",
      journal_id: null,
      value_idr: 0,
      ended_ms: NOW_MS,
    } as const;
    const insert = suite.store.db
      .insertInto("stock_count_ends")
      .values({ ...end, counted_by: "user:one", decided_by: "user:one" });
    await expect(insert.execute()).rejects.toThrow(/another_decides/);
  });

  it("keeps the books in order", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
