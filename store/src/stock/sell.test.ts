import { newEventId } from "@jumpa-madu/contracts/ids";
import { describe, expect, it } from "vitest";
import { accountId, balanceOf, findAccount, openAccounts } from "../ledger/account.ts";
import { JOURNAL_TRANSFERS_MAX, postJournal } from "../ledger/post-journal.ts";
import { verifySample } from "../ledger/sample-journals.ts";
import { NOW_MS } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { RelationalStore } from "../relational/relational-store.ts";
import { savingsKey } from "../savings/books.ts";
import { CONSIGNMENTS_TOUCHED_MAX } from "./consignments.ts";
import { pay } from "./pay-sale.ts";
import { STOCK_DEED_AGE_MS_MAX, type StockRefusalCode } from "./refusal.ts";
import { receivableKey } from "./sale-movements.ts";
import { findSale } from "./sales.ts";
import { bring, fillSafe, type SampleStock, saleOf, sampleStock, takeBack } from "./sample-stock.ts";
import { type NewSale, sellStock } from "./sell.ts";
import { consignedKey, gramsKey, ownedKey, valueKey } from "./stock-accounts.ts";
import { voidSale } from "./void-sale.ts";

onEachEngine("a sale", (suite) => {
  const sell = (sale: NewSale) => suite.store.transaction((tx) => sellStock(tx, sale, NOW_MS));
  const balance = async (key: Parameters<typeof accountId>[0]) => {
    const account = await findAccount(suite.store.db, accountId(key));
    return account === null ? 0 : balanceOf(account);
  };
  /** A store of 10 kg of PET that had cost Rp 30,000, and the place that it is. */
  const filled = async () => {
    const stock = await sampleStock(suite.store);
    const bought = { books: stock.unit, material: "pet", shareBps: null } as const;
    await bring(suite.store, { ...bought, netG: 4_000, priceIdrPerKg: 3_000 });
    await bring(suite.store, { ...bought, netG: 6_000, priceIdrPerKg: 3_000 });
    return { stock, place: { wasteBank: stock.unit.wasteBank, material: "pet" } };
  };
  const member = ({ unit }: SampleStock) =>
    savingsKey({ member: unit.member, wasteBank: unit.wasteBank, product: "regular" });

  it("takes what was accepted to sold, what came back not at all, and the rest to shrinkage", async () => {
    const { stock, place } = await filled();
    const sale = saleOf(stock, 8_000, { line: { acceptedG: 7_000, rejectedG: 600, priceIdrPerKg: 5_000 } });
    expect(await sell(sale)).toEqual({ kind: "posted" });
    expect(await balance(ownedKey(place))).toBe(2_600);
    expect(await balance(gramsKey("sold", place))).toBe(7_000);
    expect(await balance(gramsKey("shrinkage", place))).toBe(400);
    expect(await balance(receivableKey(place.wasteBank, sale.buyer))).toBe(35_000);
    expect(await balance(valueKey("sales", place))).toBe(35_000);
    expect(await balance(valueKey("cost_of_sales", place))).toBe(21_000);
    expect(await balance(valueKey("shrinkage_value", place))).toBe(1_200);
    expect(await balance(valueKey("stock_value", place))).toBe(7_800);
  });

  it("throws away rejects that do not come back", async () => {
    const { stock, place } = await filled();
    await sell(saleOf(stock, 8_000, { line: { acceptedG: 7_000, rejectedG: 1_000, rejects: "discarded" } }));
    expect(await balance(gramsKey("rejects", place))).toBe(1_000);
    expect(await balance(ownedKey(place))).toBe(2_000);
    expect(await balance(valueKey("shrinkage_value", place))).toBe(3_000);
  });

  it("takes the last rupiah with the last gram", async () => {
    const stock = await sampleStock(suite.store);
    const place = { wasteBank: stock.unit.wasteBank, material: "pet" };
    await bring(suite.store, {
      books: stock.unit,
      material: "pet",
      shareBps: null,
      netG: 3,
      priceIdrPerKg: 333_333,
    });
    for (const left of [667, 334, 0]) {
      await sell(saleOf(stock, 1));
      expect(await balance(valueKey("stock_value", place))).toBe(left);
    }
    expect(await balance(valueKey("cost_of_sales", place))).toBe(1_000);
  });

  it("sells consigned waste first, the oldest first, and credits each member's share, rounded down", async () => {
    const { stock, place } = await filled();
    const consigned = { books: stock.unit, material: "pet", priceIdrPerKg: 0 } as const;
    const late = await bring(suite.store, {
      ...consigned,
      netG: 1_000,
      shareBps: 8_000,
      occurredMs: NOW_MS + 2,
    });
    const early = await bring(suite.store, {
      ...consigned,
      netG: 501,
      shareBps: 8_500,
      occurredMs: NOW_MS + 1,
    });
    const savedBefore = await balance(member(stock));
    const sale = saleOf(stock, 1_200, { line: { acceptedG: 1_100, priceIdrPerKg: 2_999 } });
    await sell(sale);
    const rows = await suite.store.db
      .selectFrom("consignment_sales")
      .select(["deposit_id", "grams", "proceeds_idr", "member_idr"])
      .where("sale_id", "=", sale.id)
      .orderBy("proceeds_idr")
      .execute();
    // 1,100 g x 2,999 = Rp 3,299 over the 1,200 g that left: 501 g bring 1,377 and 699 g bring 1,922.
    expect(rows).toEqual([
      { deposit_id: early, grams: 501, proceeds_idr: 1_377, member_idr: 1_170 },
      { deposit_id: late, grams: 699, proceeds_idr: 1_922, member_idr: 1_537 },
    ]);
    expect((await balance(member(stock))) - savedBefore).toBe(1_170 + 1_537);
    expect(await balance(consignedKey(place))).toBe(301);
    expect(await balance(ownedKey(place))).toBe(10_000);
    expect(await balance(valueKey("cost_of_sales", place))).toBe(1_170 + 1_537);
    expect(await takeBack(suite.store, early)).toBe("refused");
  });

  it("goes to a parent as stock of its own, at the parent's price when none is said, and is paid out of its money", async () => {
    const { stock, place } = await filled();
    const parent = stock.parent.wasteBank;
    const toParent = { wasteBank: parent, material: "pet" };
    const sale = saleOf(stock, 2_000, { buyer: { wasteBank: parent }, line: { priceIdrPerKg: null } });
    await sell(sale);
    // The sample parent pays Rp 4,500 a kilogram.
    expect(await balance(gramsKey("delivered", place))).toBe(2_000);
    expect(await balance(gramsKey("received", toParent))).toBe(2_000);
    expect(await balance(ownedKey(toParent))).toBe(2_000);
    expect(await balance(valueKey("stock_value", toParent))).toBe(9_000);
    const payable = { kind: "payable", ledger: "IDR", wasteBank: parent, part: place.wasteBank } as const;
    expect(await balance(payable)).toBe(9_000);
    const payment = {
      id: newEventId(),
      sale: sale.id,
      into: "bank_account",
      from: "cash_vault",
      amountIdr: 9_000,
      occurredMs: null,
      paidBy: "user:one",
    } as const;
    const poor = await suite.store.transaction((tx) => pay(tx, payment, NOW_MS));
    expect(poor).toMatchObject({ kind: "refused", code: "money_is_gone" });
    await fillSafe(suite.store, parent, 10_000);
    expect(await suite.store.transaction((tx) => pay(tx, payment, NOW_MS))).toEqual({ kind: "posted" });
    expect(await balance(payable)).toBe(0);
    expect(await balance({ kind: "cash_vault", ledger: "IDR", wasteBank: parent })).toBe(1_000);
    expect(await balance({ kind: "bank_account", ledger: "IDR", wasteBank: place.wasteBank })).toBe(9_000);
  });

  it("is posted once, however often it is sent, and never with another body", async () => {
    const { stock, place } = await filled();
    const sale = saleOf(stock, 1_000, { paid: { into: "cash_vault", from: null, amountIdr: 500 } });
    expect(await sell(sale)).toEqual({ kind: "posted" });
    expect(await sell(sale)).toEqual({ kind: "replayed" });
    expect(await sell({ ...sale, paid: null })).toMatchObject({ kind: "refused", code: "id_taken" });
    expect(await balance(ownedKey(place))).toBe(9_000);
    expect(await findSale(suite.store.db, sale.id)).toMatchObject({
      totalIdr: 2_000,
      payments: [{ amountIdr: 500 }],
    });
  });

  it("is won by one of many that sell everything at once", async () => {
    const { stock, place } = await filled();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => sell(saleOf(stock, 10_000))));
    expect(outcomes.filter(({ kind }) => kind === "posted")).toHaveLength(1);
    expect(await balance(ownedKey(place))).toBe(0);
    expect(await balance(valueKey("stock_value", place))).toBe(0);
  });

  describe("is refused and leaves no trace", () => {
    const cases: [string, StockRefusalCode, (stock: SampleStock) => NewSale][] = [
      [
        "when more came in at the buyer than went out",
        "more_than_out",
        (stock) => saleOf(stock, 1_000, { line: { acceptedG: 900, rejectedG: 101 } }),
      ],
      [
        "when everything came back",
        "nothing_left",
        (stock) => saleOf(stock, 1_000, { line: { acceptedG: 0, rejectedG: 1_000 } }),
      ],
      ["when the books have less", "not_in_stock", (stock) => saleOf(stock, 10_001)],
      [
        "when it is still to come",
        "in_the_future",
        (stock) => saleOf(stock, 1, { occurredMs: NOW_MS + 600_000 }),
      ],
      [
        "when it is longer ago than 31 days",
        "too_long_ago",
        (stock) => saleOf(stock, 1, { occurredMs: NOW_MS - STOCK_DEED_AGE_MS_MAX - 1 }),
      ],
      [
        "of a material twice",
        "material_twice",
        (stock) => ({ ...saleOf(stock, 1), lines: [...saleOf(stock, 1).lines, ...saleOf(stock, 1).lines] }),
      ],
      [
        "of a material that nobody knows",
        "unknown_material",
        (stock) => saleOf(stock, 1, { line: { material: "gold" } }),
      ],
      [
        "to a buyer that nobody knows",
        "unknown_off_taker",
        (stock) => saleOf(stock, 1, { buyer: { offTaker: "nobody" } }),
      ],
      [
        "to a waste bank that is not the parent",
        "not_the_parent",
        (stock) =>
          saleOf(stock, 1, { wasteBank: stock.parent.wasteBank, buyer: { wasteBank: stock.unit.wasteBank } }),
      ],
      [
        "by a waste bank that is none",
        "unknown_waste_bank",
        (stock) => saleOf(stock, 1, { wasteBank: "none" }),
      ],
      [
        "without a price to an off-taker",
        "no_price",
        (stock) => saleOf(stock, 1, { line: { priceIdrPerKg: null } }),
      ],
      [
        "when more is paid than it brings",
        "overpaid",
        (stock) => saleOf(stock, 1_000, { paid: { into: "cash_vault", from: null, amountIdr: 2_001 } }),
      ],
      [
        "when it is said whence an off-taker pays",
        "payer_unclear",
        (stock) => saleOf(stock, 1_000, { paid: { into: "cash_vault", from: "cash_vault", amountIdr: 1 } }),
      ],
      [
        "when it is not said whence a parent pays",
        "payer_unclear",
        (stock) =>
          saleOf(stock, 1_000, {
            buyer: { wasteBank: stock.parent.wasteBank },
            paid: { into: "cash_vault", from: null, amountIdr: 1 },
          }),
      ],
    ];
    it.each(cases)("%s", async (_, code, of) => {
      const { stock, place } = await filled();
      const sale = of(stock);
      expect(await sell(sale)).toMatchObject({ kind: "refused", code });
      expect(await findSale(suite.store.db, sale.id)).toBeNull();
      expect(await balance(ownedKey(place))).toBe(10_000);
    });

    it("when it would bring more than a transfer may move", async () => {
      const stock = await sampleStock(suite.store);
      for (let time = 0; time < 2; time++)
        await bring(suite.store, {
          books: stock.unit,
          material: "pet",
          netG: 60_000_000,
          priceIdrPerKg: 0,
          shareBps: null,
        });
      const sale = saleOf(stock, 110_000_000, { line: { priceIdrPerKg: 10_000_000 } });
      expect(await sell(sale)).toMatchObject({ kind: "refused", code: "too_much_money" });
    });
  });

  describe("is voided", () => {
    const voidOf = (sale: string, rest: { id?: string; voidedBy?: string; reason?: string } = {}) =>
      suite.store.transaction((tx) =>
        voidSale(
          tx,
          { id: newEventId(), sale, reason: "wrong weight", voidedBy: "user:two", ...rest },
          NOW_MS,
        ),
      );

    it("with its payments, so that everything stands where it stood", async () => {
      const { stock, place } = await filled();
      const consigned = {
        books: stock.unit,
        material: "pet",
        netG: 500,
        priceIdrPerKg: 0,
        shareBps: 9_000,
      } as const;
      await bring(suite.store, consigned);
      const saved = await balance(member(stock));
      const sale = saleOf(stock, 3_000, { paid: { into: "cash_vault", from: null, amountIdr: 4_000 } });
      await sell(sale);
      const id = newEventId();
      expect(await voidOf(sale.id, { id })).toEqual({ kind: "posted" });
      expect(await voidOf(sale.id, { id })).toEqual({ kind: "replayed" });
      expect(await voidOf(sale.id, { id, reason: "another" })).toMatchObject({ code: "id_taken" });
      expect(await voidOf(sale.id)).toMatchObject({ code: "already_voided" });
      expect(await balance(member(stock))).toBe(saved);
      expect(await balance(ownedKey(place))).toBe(10_000);
      expect(await balance(consignedKey(place))).toBe(500);
      expect(await balance(valueKey("stock_value", place))).toBe(30_000);
      expect(await balance(receivableKey(place.wasteBank, sale.buyer))).toBe(0);
      expect(await balance({ kind: "cash_vault", ledger: "IDR", wasteBank: place.wasteBank })).toBe(0);
      const late = {
        id: newEventId(),
        sale: sale.id,
        into: "cash_vault",
        from: null,
        amountIdr: 1,
        occurredMs: null,
        paidBy: "user:one",
      } as const;
      expect(await suite.store.transaction((tx) => pay(tx, late, NOW_MS))).toMatchObject({
        code: "already_voided",
      });
      // The consigned waste waits again, and is sold again.
      expect(await sell(saleOf(stock, 500))).toEqual({ kind: "posted" });
      expect(await balance(member(stock))).toBe(saved + 900);
    });

    it("by somebody else alone, which the database holds as well", async () => {
      const { stock } = await filled();
      const sale = saleOf(stock, 1_000);
      await sell(sale);
      expect(await voidOf(sale.id, { voidedBy: "user:one" })).toMatchObject({ code: "same_person" });
      const row = { id: newEventId(), body_hash: "", sale_id: sale.id, reason: "", voided_ms: NOW_MS };
      const insert = suite.store.db
        .insertInto("sale_voids")
        .values({ ...row, sold_by: "user:one", voided_by: "user:one" });
      await expect(insert.execute()).rejects.toThrow(/another_voids/);
      expect(await voidOf("none")).toMatchObject({ code: "unknown_sale" });
    });

    it("not when a member has withdrawn the share", async () => {
      const { store } = suite;
      const stock = await sampleStock(store);
      await bring(store, {
        books: stock.unit,
        material: "pet",
        netG: 1_000,
        priceIdrPerKg: 0,
        shareBps: 10_000,
      });
      const sale = saleOf(stock, 1_000);
      await sell(sale);
      const { wasteBank } = stock.unit;
      await fillSafe(store, wasteBank, 2_000);
      await postJournal(store, {
        idempotencyKey: newEventId(),
        kind: "test",
        actor: "user:test",
        occurredMs: NOW_MS,
        transfers: [
          {
            phase: "post",
            debit: accountId(member(stock)),
            credit: accountId({ kind: "cash_vault", ledger: "IDR", wasteBank }),
            amount: 1,
          },
        ],
      });
      expect(await voidOf(sale.id)).toMatchObject({ kind: "refused", code: "money_is_gone" });
      expect(await findSale(store.db, sale.id)).toMatchObject({ voided: null });
    });

    it("not when the parent has sold the waste", async () => {
      const { stock } = await filled();
      const { parent, offTaker } = stock;
      const sale = saleOf(stock, 1_000, { buyer: { wasteBank: parent.wasteBank } });
      await sell(sale);
      await sell(saleOf(stock, 1, { wasteBank: parent.wasteBank, buyer: { offTaker } }));
      expect(await voidOf(sale.id)).toMatchObject({ kind: "refused", code: "money_is_gone" });
    });
  });

  it("takes payments up to what is owed, each once, also when two come at the same moment", async () => {
    const { stock, place } = await filled();
    const sale = saleOf(stock, 1_000);
    await sell(sale);
    // The buyer owes for another sale as well, so the ledger alone would take too much for this one.
    await sell(saleOf(stock, 5_000));
    const payment = {
      sale: sale.id,
      into: "cash_vault",
      from: null,
      occurredMs: null,
      paidBy: "user:one",
    } as const;
    const paying = (amountIdr: number, id = newEventId()) =>
      suite.store.transaction((tx) => pay(tx, { ...payment, id, amountIdr }, NOW_MS));
    const id = newEventId();
    expect(await paying(500, id)).toEqual({ kind: "posted" });
    expect(await paying(500, id)).toEqual({ kind: "replayed" });
    expect(await paying(501, id)).toMatchObject({ code: "id_taken" });
    expect(await paying(1_501)).toMatchObject({ code: "overpaid" });
    const longAgo = {
      ...payment,
      id: newEventId(),
      amountIdr: 1,
      occurredMs: NOW_MS - STOCK_DEED_AGE_MS_MAX - 1,
    };
    expect(await suite.store.transaction((tx) => pay(tx, longAgo, NOW_MS))).toMatchObject({
      code: "too_long_ago",
    });
    const outcomes = await Promise.all([paying(1_500), paying(1_500), paying(1_500)]);
    expect(outcomes.filter(({ kind }) => kind === "posted")).toHaveLength(1);
    expect(await balance(receivableKey(place.wasteBank, sale.buyer))).toBe(10_000);
  });

  it("keeps the books in order", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});

onEachEngine("a sale of very many consignments", (suite) => {
  /** `count` consignments of one gram, each of another member where `members` says so. */
  const consigned = async (store: RelationalStore, count: number, areMembers: boolean) => {
    const stock = await sampleStock(store);
    const { unit } = stock;
    const deposit = await bring(store, {
      books: unit,
      material: "residue",
      netG: 1,
      priceIdrPerKg: 0,
      shareBps: null,
    });
    const rows = Array.from({ length: count }, (_, line) => ({
      line,
      member: areMembers ? newEventId() : unit.member,
    }));
    for (let from = 0; from < count; from += 1_000) {
      const some = rows.slice(from, from + 1_000);
      if (areMembers) {
        await store.db
          .insertInto("members")
          .values(
            some.map(({ member: id }) => ({
              id,
              number: id,
              waste_bank_id: unit.wasteBank,
              created_ms: NOW_MS,
            })),
          )
          .execute();
      }
      await store.db
        .insertInto("consignments")
        .values(
          some.map(({ line, member }) => ({
            deposit_id: deposit,
            line,
            member_id: member,
            waste_bank_id: unit.wasteBank,
            material_id: "pet",
            share_bps: 10_000,
            net_g: 1,
            product_id: "regular",
            occurred_ms: NOW_MS,
          })),
        )
        .execute();
    }
    const place = { wasteBank: unit.wasteBank, material: "pet" };
    const intake = { kind: "intake", ledger: "g:pet", wasteBank: unit.wasteBank } as const;
    await openAccounts(store.db, [consignedKey(place), intake], NOW_MS);
    await postJournal(store, {
      idempotencyKey: newEventId(),
      kind: "test",
      actor: "user:test",
      occurredMs: NOW_MS,
      transfers: [
        { phase: "post", debit: accountId(consignedKey(place)), credit: accountId(intake), amount: count },
      ],
    });
    return { stock, members: rows.map(({ member }) => member) };
  };

  it("is posted in several journals, and all of them are taken back by a void", async () => {
    const { store } = suite;
    const count = JOURNAL_TRANSFERS_MAX + 50;
    const { stock, members } = await consigned(store, count, true);
    const sale = saleOf(stock, count, { line: { priceIdrPerKg: 3_000 } });
    expect(await store.transaction((tx) => sellStock(tx, sale, NOW_MS))).toEqual({ kind: "posted" });
    const journals = () =>
      store.db.selectFrom("sale_journals").select("journal_id").where("sale_id", "=", sale.id).execute();
    expect(await journals()).toHaveLength(2);
    const savedBy = async (member: string) => {
      const owner = { member, wasteBank: stock.unit.wasteBank, product: "regular" };
      const account = await findAccount(store.db, accountId(savingsKey(owner)));
      return account === null ? 0 : balanceOf(account);
    };
    for (const member of [members[0], members.at(-1)]) expect(await savedBy(member ?? "")).toBe(3);
    const taken = { id: newEventId(), sale: sale.id, reason: "wrong buyer", voidedBy: "user:two" };
    expect(await store.transaction((tx) => voidSale(tx, taken, NOW_MS))).toEqual({ kind: "posted" });
    for (const member of [members[0], members.at(-1)]) expect(await savedBy(member ?? "")).toBe(0);
  });

  it("is refused beyond the limit, and posted up to it", async () => {
    const { store } = suite;
    const { stock } = await consigned(store, CONSIGNMENTS_TOUCHED_MAX + 1, false);
    const sell = (sale: NewSale) => store.transaction((tx) => sellStock(tx, sale, NOW_MS));
    expect(await sell(saleOf(stock, CONSIGNMENTS_TOUCHED_MAX + 1))).toMatchObject({
      kind: "refused",
      code: "too_many_consignments",
    });
    expect(await sell(saleOf(stock, CONSIGNMENTS_TOUCHED_MAX))).toEqual({ kind: "posted" });
  }, 60_000);
});
