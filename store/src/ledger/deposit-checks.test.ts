/** Tampers with deposits of every purpose and settlement behind the triggers' back, and expects each promise to notice. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import { beforeAll, expect, it } from "vitest";
import { postRecord } from "../records/post-record.ts";
import { depositOf, lineOf, NOW_MS } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { correctDeposit } from "../trade/correct-deposit.ts";
import {
  handedIn,
  openDrawer,
  payAtSale,
  type SampleCounter,
  sampleCounter,
  weighed,
} from "../trade/sample-counter.ts";
import { type NewDeposit, takeDeposit } from "../trade/take-deposit.ts";
import { verifySample } from "./sample-journals.ts";
import type { Violation } from "./verify-ledger.ts";

const TABLES = [
  "accounts",
  "journals",
  "transfers",
  "deposits",
  "deposit_lines",
  "deposit_voids",
  "consignments",
  "deposit_differences",
];

onEachEngine("the promises about deposits", (suite) => {
  let counter: SampleCounter;
  const ids = { saved: "", cash: "", gift: "", share: "", flagged: "", corrected: "", replacement: "" };

  beforeAll(async () => {
    counter = await sampleCounter(suite.store);
    await openDrawer(suite.store, counter, 100_000);
    const take = async (at: number, rest: Partial<NewDeposit> = {}) => {
      const deposit = handedIn(counter, [weighed(counter, "pet", 1_000 * at)], rest);
      const taking = await suite.store.transaction((tx) => takeDeposit(tx, deposit, NOW_MS));
      if (taking.kind === "refused") throw new Error(taking.reason);
      return deposit.id;
    };
    ids.saved = await take(1);
    ids.cash = await take(2, { purpose: "cash" });
    ids.gift = await take(3, { purpose: "donate" });
    ids.corrected = await take(4);
    const flagged = depositOf(counter, [{ ...lineOf(counter, "pet", 5_000), amount_idr: 22_501 }]);
    const origin = { node: counter.node, receivedMs: NOW_MS };
    await suite.store.transaction((tx) => postRecord(tx, origin, flagged));
    ids.flagged = flagged.id;
    const correction = { id: newEventId(), deposit: ids.corrected, reason: "berat salah", by: counter.staff };
    const corrected = await suite.store.transaction((tx) =>
      correctDeposit(tx, { ...correction, lines: [weighed(counter, "pet", 6_000)] }, NOW_MS),
    );
    if (corrected.kind === "refused") throw new Error(corrected.reason);
    ids.replacement = corrected.replacement ?? "";
    await payAtSale(suite.store, counter, 8_000);
    ids.share = await take(7);
  });

  /** What verification finds after the statements, which are taken back again. */
  async function whatsAfter(...statements: string[]): Promise<string[]> {
    let found: Violation[] = [];
    const undo = new Error("undo");
    const work = suite.store.transaction(async (tx) => {
      if (suite.engine === "sqlite") {
        await sql`pragma defer_foreign_keys = on`.execute(tx);
        await sql`pragma ignore_check_constraints = on`.execute(tx);
        const { rows } = await sql<{
          name: string;
        }>`select name from sqlite_master where type = 'trigger'`.execute(tx);
        for (const { name } of rows) await sql.raw(`drop trigger ${name}`).execute(tx);
      } else {
        await sql`set constraints all immediate`.execute(tx);
        for (const table of TABLES) await sql.raw(`alter table ${table} disable trigger all`).execute(tx);
        const { rows } = await sql<{ name: string; table: string }>`
          select conname as name, conrelid::regclass::text as "table" from pg_constraint
          where contype = 'c' and conrelid::regclass::text in (${sql.join(TABLES)})`.execute(tx);
        for (const { name, table } of rows)
          await sql.raw(`alter table ${table} drop constraint "${name}"`).execute(tx);
      }
      for (const statement of statements) await sql.raw(statement).execute(tx);
      found = await verifySample(tx, NOW_MS);
      throw undo;
    });
    await expect(work).rejects.toBe(undo);
    if (suite.engine === "sqlite")
      await suite.store.transaction((tx) => sql`pragma ignore_check_constraints = off`.execute(tx));
    return found.map(({ what }) => what);
  }

  it("hold for deposits of every purpose and settlement", async () => {
    expect(await verifySample(suite.store.db, NOW_MS)).toEqual([]);
    expect(await whatsAfter()).toEqual([]);
  });

  const savings = "savings from deposits equal the deposits less the voids";
  it.each<[string, () => string[], string[]]>([
    [
      "a saved deposit that says it was paid in cash",
      () => [`update deposits set purpose = 'cash' where id = '${ids.saved}'`],
      [savings, "its journal pays the cash out", "its journal moves nothing else"],
    ],
    [
      "cash that says it was saved",
      () => [`update deposits set purpose = 'save' where id = '${ids.cash}'`],
      [savings, "its journal pays the cash out", "its journal moves nothing else"],
    ],
    [
      "a gift that says it was saved",
      () => [`update deposits set purpose = 'save', product_id = 'regular' where id = '${ids.gift}'`],
      [
        savings,
        "donations from deposits equal the gifts less the voids",
        "its journal credits the donations with a gift",
        "its journal credits the member with the total",
      ],
    ],
    [
      "a deposit of another book",
      () => [`update deposits set product_id = 'other' where id = '${ids.saved}'`],
      [savings, "its journal credits the member with the total"],
    ],
    [
      "bought waste that says it waits to be sold",
      () => [`update deposits set settlement = 'share_of_sale', share_bps = 1 where id = '${ids.saved}'`],
      [
        "its journal moves the grams of pet into stock",
        "its lines wait to be sold as consignments",
        "nothing is owed before the waste is sold",
      ],
    ],
    [
      "a consignment of other grams",
      () => [`update consignments set net_g = 6999 where deposit_id = '${ids.share}'`],
      [
        "consigned grams from deposits equal the consignments less the voids",
        "its lines wait to be sold as consignments",
      ],
    ],
    [
      "a consignment of another share",
      () => [`update consignments set share_bps = 9000 where deposit_id = '${ids.share}'`],
      ["its lines wait to be sold as consignments"],
    ],
    [
      "a consignment that is gone",
      () => [`delete from consignments where deposit_id = '${ids.share}'`],
      ["its lines wait to be sold as consignments"],
    ],
    [
      "a line that says another amount with another total, although the ledger does not",
      () => [
        `update deposit_lines set amount_idr = amount_idr + 1 where deposit_id = '${ids.saved}'`,
        `update deposits set total_idr = total_idr + 1 where id = '${ids.saved}'`,
      ],
      [
        "amount is weight by price, rounded half up, or flagged",
        "its journal adds the worth of pet to the store",
      ],
    ],
    [
      "a flag that is gone",
      () => [`delete from deposit_differences where deposit_id = '${ids.flagged}'`],
      ["amount is weight by price, rounded half up, or flagged"],
    ],
    [
      "a flag that says another printed amount",
      () => [`update deposit_differences set printed_idr = 1 where deposit_id = '${ids.flagged}'`],
      ["amount is weight by price, rounded half up, or flagged", "says what the receipt says"],
    ],
    [
      "a flag that says another computed amount",
      () => [`update deposit_differences set computed_idr = 1 where deposit_id = '${ids.flagged}'`],
      ["amount is weight by price, rounded half up, or flagged"],
    ],
    [
      "a price a kilogram that is not the price's",
      () => [`update deposit_lines set price_idr_per_kg = 4501 where deposit_id = '${ids.saved}'`],
      ["amount is weight by price, rounded half up, or flagged"],
    ],
    [
      "a line at the price of another material",
      () => [
        `update deposit_lines set price_id = '${counter.prices.paper}' where deposit_id = '${ids.share}'`,
      ],
      ["its price is one of its material"],
    ],
    [
      "a line without a price that is no import's",
      () => [`update deposit_lines set price_id = null where deposit_id = '${ids.share}'`],
      ["its price is one of its material"],
    ],
    [
      "a line without evidence",
      () => [`update deposit_lines set raw = null where deposit_id = '${ids.saved}'`],
      ["has the scale's frame, or somebody who answers for what was typed"],
    ],
    [
      "a receipt number that was left out",
      () => [`update receipt_series set next_no = next_no + 1 where device = 'C1'`],
      ["its numbers have no gap"],
    ],
    [
      "a correction by whoever took the deposit",
      () => [`update deposit_voids set voided_by = '${counter.taker}' where deposit_id = '${ids.corrected}'`],
      [
        "is corrected by somebody else than whoever took it",
        "stands in place of a deposit of the same member that was corrected",
      ],
    ],
    [
      "a void that says it is a correction",
      () => [`update deposit_voids set kind = 'void' where deposit_id = '${ids.corrected}'`],
      [
        "its journal reverses the journal of the deposit",
        "stands in place of a deposit of the same member that was corrected",
      ],
    ],
    [
      "a replacement of a deposit that still stands",
      () => [`update deposits set corrects_id = '${ids.saved}' where id = '${ids.replacement}'`],
      ["stands in place of a deposit of the same member that was corrected"],
    ],
  ])("notice %s", async (_what, statements, expected) => {
    const whats = await whatsAfter(...statements());
    expect(whats).toEqual(expect.arrayContaining(expected));
  });
});
