import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeAll, beforeEach, expect, it } from "vitest";
import type { AccountKey } from "../ledger/account.ts";
import { accountId, openAccounts } from "../ledger/account.ts";
import { postJournal } from "../ledger/post-journal.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { nodeCashKey, postCash } from "./cash-books.ts";
import { done, NOW_MS, type SampleCash, sampleCash } from "./sample-cash.ts";
import { listSolvency, programmeSolvency } from "./solvency.ts";

const DAY_MS = 86_400_000;

onEachEngine("solvency", (suite) => {
  let cash: SampleCash;
  let member: string;
  beforeAll(async () => {
    await suite.store.db
      .insertInto("materials")
      .values(
        ["pet", "kardus", "kaca", "besi", "botol", "kaleng", "ember"].map((id) => ({
          id,
          name: id,
          category: "x",
          created_ms: 0,
        })),
      )
      .execute();
  });
  beforeEach(async () => {
    cash = await sampleCash(suite.store, 0);
    member = newEventId();
    await suite.store.db
      .insertInto("members")
      .values({ id: member, number: member, waste_bank_id: cash.wasteBank, created_ms: NOW_MS })
      .execute();
  });

  const key = (kind: AccountKey["kind"], part?: string, ledger = "IDR"): AccountKey => ({
    kind,
    ledger,
    wasteBank: cash.wasteBank,
    ...(part === undefined ? {} : { part }),
  });
  const savings = () => ({ ...key("member_savings", "regular"), member });
  const move = (debit: AccountKey, credit: AccountKey, amountIdr: number) =>
    suite.store.transaction((tx) =>
      postCash(tx, { key: newEventId(), kind: "test", user: cash.staff, occurredMs: NOW_MS }, [
        { debit, credit, amountIdr },
      ]),
    );
  /** A member brings waste that is bought. */
  const bring = async (material: string, grams: number, amountIdr: number) => {
    await move(key("stock_value", material), savings(), amountIdr);
    await move(key("stock", undefined, `g:${material}`), key("intake", undefined, `g:${material}`), grams);
  };
  const office = { user: "nobody", isAtCounter: false };
  const board = async (viewer = office) => {
    const { items } = await listSolvency(
      suite.store.db,
      { wasteBank: cash.wasteBank, viewer, nowMs: NOW_MS },
      { limit: 10, after: null },
    );
    const [one] = items;
    if (one === undefined) throw new Error("no board");
    return one;
  };
  const list = (
    material: string,
    priceIdrPerKg: number | null,
    wasteBank: string | null = cash.wasteBank,
    valid_from_ms = NOW_MS - 5 * DAY_MS,
  ) =>
    suite.store.db
      .insertInto("prices")
      .values({
        id: newEventId(),
        material_id: material,
        waste_bank_id: wasteBank,
        price_idr_per_kg: priceIdrPerKg,
        valid_from_ms,
        created_ms: NOW_MS,
        created_by: "user:test",
      })
      .execute();
  /** A sale of so many kilograms to an off-taker, or a transfer to the waste bank `to`. */
  const sell = async (
    material: string,
    [kg, priceIdrPerKg]: [number, number],
    {
      ageDays = 0,
      isVoid = false,
      wasteBank = cash.wasteBank,
      to = null,
    }: { ageDays?: number; isVoid?: boolean; wasteBank?: string; to?: string | null } = {},
  ) => {
    const id = newEventId();
    const occurred_ms = NOW_MS - ageDays * DAY_MS;
    const { db } = suite.store;
    await db
      .insertInto("off_takers")
      .values({ id: "lapak", name: "lapak", created_ms: 0, created_by: "x" })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await db
      .insertInto("sales")
      .values({
        id,
        body_hash: "",
        waste_bank_id: wasteBank,
        off_taker_id: to === null ? "lapak" : null,
        buyer_bank_id: to,
        total_idr: 0,
        occurred_ms,
        sold_by: "user:a",
        created_ms: NOW_MS,
      })
      .execute();
    await db
      .insertInto("sale_lines")
      .values({
        sale_id: id,
        line: 0,
        material_id: material,
        out_g: kg * 1_000,
        accepted_g: kg * 1_000,
        rejected_g: 0,
        rejects: "returned",
        price_idr_per_kg: priceIdrPerKg,
        amount_idr: kg * priceIdrPerKg,
        consigned_g: 0,
        members_idr: 0,
        cost_idr: 0,
        loss_idr: 0,
      })
      .execute();
    if (!isVoid) return;
    await db
      .insertInto("sale_voids")
      .values({
        id: newEventId(),
        body_hash: "",
        sale_id: id,
        sold_by: "user:a",
        voided_by: "user:b",
        reason: "x",
        voided_ms: NOW_MS,
      })
      .execute();
  };

  it("is covered when nothing is owed", async () => {
    expect(await board()).toMatchObject({ owedIdr: 0, liquidPerOwed: null, flag: "covered", missingIdr: 0 });
  });

  it("goes from covered, by stock, to short, and says by how much", async () => {
    await bring("pet", 10_000, 30_000);
    await list("pet", 9_000);
    expect(await board()).toMatchObject({
      owedIdr: 30_000,
      liquidIdr: 0,
      stockIdr: 30_000,
      stockCostIdr: 30_000,
      flag: "covered_with_stock",
      totalPerOwed: 1,
    });
    await sell("pet", [1, 2_000]);
    expect(await board()).toMatchObject({
      stockIdr: 20_000,
      flag: "short",
      missingIdr: 10_000,
      totalPerOwed: 0.6666,
    });
    done(await cash.move({ kind: "capital_in", amountIdr: 29_999, place: "cash_vault" }));
    expect(await board()).toMatchObject({ flag: "covered_with_stock", liquidPerOwed: 0.9999 });
    done(await cash.move({ kind: "capital_in", amountIdr: 1, place: "bank_account" }));
    expect(await board()).toMatchObject({ flag: "covered", liquidPerOwed: 1, missingIdr: 0 });
  });

  it("counts each place of money, and what is owed to whom", async () => {
    await bring("pet", 1_000, 100_000);
    done(await cash.move({ kind: "capital_in", amountIdr: 500_000, place: "cash_vault" }));
    done(await cash.move({ kind: "vault_to_bank", amountIdr: 200_000 }));
    await move(key("provider_float", "xendit-v2"), key("bank_account"), 50_000);
    await move(key("provider_float", "flip-v3"), key("bank_account"), 30_000);
    await move(key("receivable", "lapak"), key("sales", "pet"), 70_000);
    await move(key("stock_value", "pet"), key("payable", "wb-induk"), 9_000);
    // A payout on its way, and one that has left the book.
    const [book, clearing] = [savings(), key("payout_clearing")];
    await openAccounts(suite.store.db, [clearing], NOW_MS);
    const hold = await postJournal(suite.store, {
      idempotencyKey: newEventId(),
      kind: "test",
      actor: "user:test",
      occurredMs: NOW_MS,
      transfers: [{ phase: "pend", debit: accountId(book), credit: accountId(clearing), amount: 25_000 }],
    });
    expect(hold.kind).toBe("posted");
    await move(book, clearing, 5_000);
    const shift = await cash.open(40_000);
    await move(key("stock_value", "pet"), nodeCashKey(cash.wasteBank, cash.nodes[0]), 15_000);
    expect(await board()).toMatchObject({
      savingsIdr: 95_000,
      heldIdr: 25_000,
      clearingIdr: 5_000,
      payableIdr: 9_000,
      owedIdr: 109_000,
      vaultIdr: 260_000,
      drawersIdr: 40_000,
      nodeCashIdr: 15_000,
      bankIdr: 120_000,
      providerIdr: 80_000,
      liquidIdr: 260_000 + 40_000 - 15_000 + 120_000 + 80_000,
      receivableIdr: 70_000,
    });
    done(await cash.count(shift, 25_000, { nodes: [cash.nodes[0]] }));
    expect(await board()).toMatchObject({ drawersIdr: 0, nodeCashIdr: 0, liquidIdr: 485_000 });
  });

  it("prices stock by the average of the sales of the last 90 days that stand, and says of how many and how old", async () => {
    await bring("kardus", 20_000, 1_000);
    await sell("kardus", [1, 2_500], { ageDays: 50 });
    await sell("kardus", [3, 3_500], { ageDays: 10 });
    await sell("kardus", [50, 8_000], { ageDays: 1, isVoid: true });
    await sell("kardus", [50, 9_000], { ageDays: 91 });
    const { materials, stockIdr } = await board();
    expect(materials).toEqual([
      {
        wasteBank: cash.wasteBank,
        material: "kardus",
        ownedG: 20_000,
        consignedG: 0,
        priceFrom: "sales",
        priceIdrPerKg: 3_250,
        salesOf: "waste_bank",
        salesG: 4_000,
        salesAgeMs: 20 * DAY_MS,
        ownedIdr: 65_000,
        consignedIdr: 0,
        membersIdr: 0,
      },
    ]);
    expect(stockIdr).toBe(65_000);
  });

  it("counts stock at cost when the sales weigh less than a tenth of it, however dear they were", async () => {
    await bring("besi", 10_001, 30_000);
    await list("besi", 9_999);
    await sell("besi", [1, 10_000_000]);
    expect(await board()).toMatchObject({
      stockIdr: 30_000,
      flag: "covered_with_stock",
      materials: [{ priceFrom: "cost", priceIdrPerKg: 3_000, salesOf: null, salesG: null, salesAgeMs: null }],
    });
    await move(key("cost_of_sales", "besi"), savings(), 1);
    expect(await board()).toMatchObject({ flag: "short", missingIdr: 1 });
  });

  it("looks at the parent's sales where the own ones are too few, then at those of all", async () => {
    const parent = await sampleCash(suite.store, 0);
    const other = await sampleCash(suite.store, 0);
    await suite.store.db
      .updateTable("waste_banks")
      .set({ parent_id: parent.wasteBank })
      .where("id", "=", cash.wasteBank)
      .execute();
    await bring("botol", 100_000, 50_000);
    await sell("botol", [1, 900_000]);
    await sell("botol", [24, 1_000], { wasteBank: other.wasteBank, ageDays: 4 });
    const priced = async () => (await board()).materials[0];
    expect(await priced()).toMatchObject({ salesOf: "programme", salesG: 25_000, priceIdrPerKg: 36_960 });
    await sell("botol", [10, 700], { wasteBank: parent.wasteBank });
    expect(await priced()).toMatchObject({ salesOf: "parent", salesG: 10_000, priceIdrPerKg: 700 });
    await sell("botol", [9, 600]);
    expect(await priced()).toMatchObject({ salesOf: "waste_bank", salesG: 10_000, priceIdrPerKg: 90_540 });
  });

  it("takes no price from what a unit delivers to its parent, for the unit, the parent or all", async () => {
    const parent = await sampleCash(suite.store, 0);
    await suite.store.db
      .updateTable("waste_banks")
      .set({ parent_id: parent.wasteBank })
      .where("id", "=", cash.wasteBank)
      .execute();
    await bring("ember", 10_000, 20_000);
    await sell("ember", [50, 9_000], { to: parent.wasteBank });
    const priced = async () => (await board()).materials[0];
    expect(await priced()).toMatchObject({ priceFrom: "cost", priceIdrPerKg: 2_000 });
    await sell("ember", [10, 3_000], { wasteBank: parent.wasteBank });
    expect(await priced()).toMatchObject({ salesOf: "parent", salesG: 10_000, priceIdrPerKg: 3_000 });
  });

  it("estimates consigned stock that nobody has sold by the price on the list: own, parent's, general", async () => {
    await move(key("stock", "consigned", "g:kaleng"), key("intake", undefined, "g:kaleng"), 2_000);
    const estimate = async () => (await board()).consignedIdr;
    expect(await estimate()).toBe(0);
    await list("kaleng", 700, null);
    expect(await estimate()).toBe(1_400);
    const parent = await sampleCash(suite.store, 0);
    const { db } = suite.store;
    await db
      .updateTable("waste_banks")
      .set({ parent_id: parent.wasteBank })
      .where("id", "=", cash.wasteBank)
      .execute();
    await list("kaleng", 800, parent.wasteBank);
    expect(await estimate()).toBe(1_600);
    await list("kaleng", 900);
    expect(await estimate()).toBe(1_800);
    // An own price that was ended leaves the place to the parent's.
    await list("kaleng", null, cash.wasteBank, NOW_MS - DAY_MS);
    expect(await estimate()).toBe(1_600);
  });

  it("keeps consigned stock apart: it is the members' until it is sold", async () => {
    await move(key("stock", "consigned", "g:pet"), key("intake", undefined, "g:pet"), 4_000);
    await sell("pet", [4, 5_000]);
    expect(await board()).toMatchObject({
      stockIdr: 0,
      totalIdr: 0,
      owedIdr: 0,
      consignedIdr: 20_000,
      consignedMembersIdr: 20_000,
      materials: [{ material: "pet", ownedG: 0, consignedG: 4_000 }],
    });
  });

  it("tells nobody who may have to count a drawer what the books hold in it", async () => {
    done(await cash.move({ kind: "capital_in", amountIdr: 500_000, place: "cash_vault" }));
    const shift = await cash.open(40_000);
    const atCounter = { user: cash.cashier, isAtCounter: true };
    const theCashier = { user: cash.cashier, isAtCounter: false };
    for (const viewer of [atCounter, theCashier]) {
      expect(await board(viewer)).toMatchObject({
        withoutDrawers: true,
        drawersIdr: null,
        nodeCashIdr: null,
        liquidIdr: 460_000,
      });
      const question = { viewer, nowMs: NOW_MS };
      expect(await programmeSolvency(suite.store.db, question)).toMatchObject({ withoutDrawers: true });
    }
    expect(await board()).toMatchObject({ withoutDrawers: false, drawersIdr: 40_000, liquidIdr: 500_000 });
    expect(await board({ user: cash.other, isAtCounter: true })).toMatchObject({ drawersIdr: null });
    done(await cash.count(shift, 40_000));
    expect(await board(atCounter)).toMatchObject({ drawersIdr: 0, liquidIdr: 500_000 });
  });

  it("adds up the programme, where one waste bank's money does not pay another's members", async () => {
    await move(key("cost_of_sales", "kaca"), savings(), 50_000);
    const question = { viewer: office, nowMs: NOW_MS };
    const before = await programmeSolvency(suite.store.db, question);
    const rich = await sampleCash(suite.store, 5_000_000);
    const after = await programmeSolvency(suite.store.db, question);
    expect(after.wasteBanks).toBe(before.wasteBanks + 1);
    expect(after.vaultIdr).toBe(before.vaultIdr + 5_000_000);
    expect(after).toMatchObject({ flag: "covered", owedIdr: before.owedIdr, shortBanks: before.shortBanks });
    expect(after.shortBanks).toBeGreaterThan(0);
    await rich.open(100_000);
    const hidden = await programmeSolvency(suite.store.db, {
      ...question,
      viewer: { user: rich.cashier, isAtCounter: false },
    });
    expect(hidden.liquidIdr).toBe(after.liquidIdr - 100_000);
  });

  it("says when each provider's balance was last compared", async () => {
    const row = { findings: "[]", created_ms: NOW_MS, our_float_idr: 5, provider: "flip-v3" as const };
    await suite.store.db
      .insertInto("reconciliations")
      .values([
        { ...row, id: newEventId(), day: "2026-01-01", provider_balance_idr: 5, difference_idr: 0 },
        { ...row, id: newEventId(), day: "2026-01-02", provider_balance_idr: 4, difference_idr: -1 },
      ])
      .execute();
    const { reconciled } = await programmeSolvency(suite.store.db, { viewer: office, nowMs: NOW_MS });
    expect(reconciled).toEqual([{ provider: "flip-v3", day: "2026-01-02", differenceIdr: -1 }]);
  });

  it("comes page by page", async () => {
    const question = { wasteBank: null, viewer: office, nowMs: NOW_MS };
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listSolvency>> = await listSolvency(suite.store.db, question, {
        limit: 3,
        after,
      });
      seen.push(...page.items.map(({ wasteBank }) => wasteBank));
      after = page.next;
    } while (after !== null);
    const banks = await suite.store.db.selectFrom("waste_banks").select("id").orderBy("id").execute();
    expect(seen).toEqual(banks.map(({ id }) => id));
  });
});
