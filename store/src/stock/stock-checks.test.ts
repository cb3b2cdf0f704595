/** Tampers with sales and counts behind the triggers' back, and expects the verification to name the row. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeAll, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { NOW_MS } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { countStock } from "./count-stock.ts";
import { bring, saleOf, sampleStock, tampered } from "./sample-stock.ts";
import { sellStock } from "./sell.ts";
import { voidSale } from "./void-sale.ts";

onEachEngine("verifying stock", (suite) => {
  const ids = {
    sale: newEventId(),
    voided: newEventId(),
    taken: newEventId(),
    count: newEventId(),
    deposit: "",
    unit: "",
  };

  beforeAll(async () => {
    const { store } = suite;
    const stock = await sampleStock(store);
    ids.unit = stock.unit.wasteBank;
    const one = { books: stock.unit, material: "pet", priceIdrPerKg: 3_000 } as const;
    await bring(store, { ...one, netG: 10_000, shareBps: null });
    ids.deposit = await bring(store, { ...one, netG: 2_000, shareBps: 8_000 });
    const paid = { into: "cash_vault", from: null, amountIdr: 1_000 } as const;
    const line = { acceptedG: 5_000, rejectedG: 500, rejects: "discarded" } as const;
    for (const id of [ids.voided, ids.sale]) {
      await store.transaction((tx) => sellStock(tx, saleOf(stock, 6_000, { id, paid, line }), NOW_MS));
      if (id === ids.voided) {
        const taken = { id: ids.taken, sale: id, reason: "twice", voidedBy: "user:two" };
        await store.transaction((tx) => voidSale(tx, taken, NOW_MS));
      }
    }
    const { wasteBank } = stock.unit;
    const count = {
      id: ids.count,
      wasteBank,
      material: "pet",
      countedG: 5_900,
      reason: "opname",
      occurredMs: NOW_MS,
      countedBy: "user:one",
    };
    await store.transaction((tx) => countStock(tx, count, NOW_MS));
  });

  it("finds nothing in books that are in order", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });

  const cases: [string, () => string, () => { table: string; id: string; what: string }][] = [
    [
      "a total",
      () => `update sales set total_idr = 9 where id = '${ids.sale}'`,
      () => ({ table: "sales", id: ids.sale, what: "total equals the sum of the lines" }),
    ],
    [
      "a price",
      () => `update sale_lines set price_idr_per_kg = 9 where sale_id = '${ids.sale}'`,
      () => ({
        table: "sale_lines",
        id: ids.sale,
        what: "amount of pet is weight by price, rounded half up",
      }),
    ],
    [
      "grams that were accepted",
      () => `update sale_lines set accepted_g = accepted_g - 1 where sale_id = '${ids.sale}'`,
      () => ({
        table: "sale_lines",
        id: ids.sale,
        what: "its journals move the grams that were accepted of pet",
      }),
    ],
    [
      "grams that went out",
      () => `update sale_lines set out_g = out_g + 1 where sale_id = '${ids.sale}'`,
      () => ({
        table: "sale_lines",
        id: ids.sale,
        what: "its journals move the grams that were lost of pet",
      }),
    ],
    [
      "what became of rejects",
      () => `update sale_lines set rejects = 'returned' where sale_id = '${ids.sale}'`,
      () => ({
        table: "sale_lines",
        id: ids.sale,
        what: "its journals move the grams that were thrown away of pet",
      }),
    ],
    [
      "consigned grams of a line",
      () => `update sale_lines set consigned_g = 0 where sale_id = '${ids.sale}'`,
      () => ({ table: "sale_lines", id: ids.sale, what: "its journals move the consigned grams of pet" }),
    ],
    [
      "an amount",
      () => `update sale_lines set amount_idr = amount_idr + 1 where sale_id = '${ids.sale}'`,
      () => ({ table: "sale_lines", id: ids.sale, what: "its journals move what the buyer owes of pet" }),
    ],
    [
      "a cost",
      () => `update sale_lines set cost_idr = 1 where sale_id = '${ids.sale}'`,
      () => ({ table: "sale_lines", id: ids.sale, what: "its journals move what own waste had cost of pet" }),
    ],
    [
      "a loss",
      () => `update sale_lines set loss_idr = 1 where sale_id = '${ids.sale}'`,
      () => ({
        table: "sale_lines",
        id: ids.sale,
        what: "its journals move what lost waste had cost of pet",
      }),
    ],
    [
      "what members got of a line",
      () => `update sale_lines set members_idr = 1 where sale_id = '${ids.sale}'`,
      () => ({ table: "sale_lines", id: ids.sale, what: "its journals move what members get of pet" }),
    ],
    [
      "a share",
      () => `update consignment_sales set proceeds_idr = proceeds_idr + 10 where sale_id = '${ids.sale}'`,
      () => ({
        table: "consignment_sales",
        id: ids.sale,
        what: "a member gets the agreed share, rounded down",
      }),
    ],
    [
      "consigned grams that were sold",
      () => `update consignment_sales set grams = 2001 where sale_id = '${ids.sale}'`,
      () => ({ table: "consignments", id: ids.deposit, what: "no more is sold or lost than was brought" }),
    ],
    [
      "which grams wait",
      () => `delete from consignment_sales where sale_id = '${ids.sale}'`,
      () => ({
        table: "accounts",
        id: `stock/g:pet/${ids.unit}//consigned`,
        what: "the consigned grams are those of the deposits that wait to be sold",
      }),
    ],
    [
      "a payment",
      () => `update sale_payments set amount_idr = 999 where sale_id = '${ids.sale}'`,
      () => ({
        table: "sale_payments",
        id: ids.sale,
        what: "its journal takes the amount off what the buyer owes",
      }),
    ],
    [
      "a payment beyond the total",
      () => `update sale_payments set amount_idr = 99999 where sale_id = '${ids.sale}'`,
      () => ({ table: "sales", id: ids.sale, what: "no more is paid than it brought" }),
    ],
    [
      "which sale was voided",
      () => `update sale_voids set sale_id = '${ids.sale}'`,
      () => ({
        table: "sale_voids",
        id: ids.taken,
        what: "every journal of the sale and its payments is reversed",
      }),
    ],
    [
      "a count",
      () => `update stock_counts set counted_g = counted_g + 1 where id = '${ids.count}'`,
      () => ({ table: "stock_counts", id: ids.count, what: "its journal moves the difference" }),
    ],
  ];
  it.each(cases)("finds that somebody changed %s", async (_, statement, wanted) => {
    const found = await tampered(suite.store, [statement()], (tx) => verifySample(tx, 0));
    expect(found).toEqual(expect.arrayContaining([expect.objectContaining(wanted())]));
  });

  it("finds that a member's credit went to somebody else", async () => {
    const other = newEventId();
    const statements = [
      `insert into members (id, number, waste_bank_id, created_ms) values ('${other}', '${other}', '${ids.unit}', 0)`,
      `update consignments set member_id = '${other}' where deposit_id = '${ids.deposit}'`,
    ];
    const found = await tampered(suite.store, statements, (tx) => verifySample(tx, 0));
    const wanted = { table: "consignment_sales", id: ids.sale, what: `its journals credit member ${other}` };
    expect(found).toEqual(expect.arrayContaining([expect.objectContaining(wanted)]));
  });
});
