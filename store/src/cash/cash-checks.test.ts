/** Tampers with cash behind the triggers' back, and expects the verification to name the row. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import { beforeEach, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import type { Violation } from "../ledger/verify-ledger.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { spend, voidExpense } from "./expenses.ts";
import { decideMovement, voidMovement } from "./movements.ts";
import { done, NOW_MS, type SampleCash, sampleCash } from "./sample-cash.ts";
import { drawerKey } from "./shifts.ts";

const TABLES = [
  "accounts",
  "journals",
  "transfers",
  "shifts",
  "shift_closes",
  "shift_close_nodes",
  "cash_movements",
  "cash_movement_voids",
  "expenses",
  "expense_voids",
];

onEachEngine("verifying cash", (suite) => {
  let cash: SampleCash;
  let ids: Record<
    | "shift"
    | "close"
    | "movement"
    | "movementVoid"
    | "provider"
    | "expense"
    | "expenseVoid"
    | "voidedExpense",
    string
  >;

  beforeEach(async () => {
    cash = await sampleCash(suite.store);
    const { store } = suite;
    const shift = await cash.open(100_000);
    await cash.payAtNode(cash.nodes[0], 20_000);
    const movement = done(await cash.move({ kind: "vault_to_bank", amountIdr: 50_000 })).id;
    const provider = done(
      await cash.move({ kind: "bank_to_provider", amountIdr: 10_000, provider: "flip-v3" }),
    ).id;
    await store.transaction((tx) =>
      decideMovement(tx, { movement: provider, decision: "approved", user: cash.other, nowMs: NOW_MS }),
    );
    const slip = done(await cash.move({ kind: "vault_to_bank", amountIdr: 700 })).id;
    const movementVoid = newEventId();
    await store.transaction((tx) =>
      voidMovement(tx, { id: movementVoid, of: slip, user: cash.other, reason: "a slip", nowMs: NOW_MS }),
    );
    const pay = async () =>
      done(
        await store.transaction((tx) =>
          spend(tx, {
            id: newEventId(),
            wasteBank: cash.wasteBank,
            category: "transport",
            amountIdr: 3_000,
            from: "drawer",
            note: "fuel",
            user: cash.cashier,
            occurredMs: null,
            nowMs: NOW_MS,
          }),
        ),
      ).id;
    const [expense, voidedExpense, expenseVoid] = [await pay(), await pay(), newEventId()];
    await store.transaction((tx) =>
      voidExpense(tx, {
        id: expenseVoid,
        of: voidedExpense,
        user: cash.staff,
        reason: "twice",
        nowMs: NOW_MS,
      }),
    );
    const close = newEventId();
    done(await cash.count(shift, 76_000, { id: close, nodes: [cash.nodes[0]] }));
    ids = { shift: shift.id, close, movement, movementVoid, provider, expense, expenseVoid, voidedExpense };
  });

  /** Runs statements with neither triggers nor foreign keys, verifies, and takes it all back. */
  async function violationsAfter(...statements: string[]): Promise<Violation[]> {
    let found: Violation[] = [];
    const undo = new Error("undo");
    const work = suite.store.transaction(async (tx) => {
      for (const statement of [...(await disarm()), ...statements]) await sql.raw(statement).execute(tx);
      found = await verifySample(tx, 0);
      throw undo;

      async function disarm(): Promise<string[]> {
        if (suite.engine === "postgres")
          return [
            "set constraints all immediate",
            ...TABLES.map((table) => `alter table ${table} disable trigger all`),
          ];
        const { rows } = await sql<{
          name: string;
        }>`select name from sqlite_master where type = 'trigger'`.execute(tx);
        return ["pragma defer_foreign_keys = on", ...rows.map(({ name }) => `drop trigger ${name}`)];
      }
    });
    await expect(work).rejects.toBe(undo);
    return found;
  }

  const cases: { name: string; statement: () => string; table: string; id: () => string; what: RegExp }[] = [
    {
      name: "a float that was not moved",
      statement: () => `update shifts set float_idr = 90000 where id = '${ids.shift}'`,
      table: "shifts",
      id: () => ids.shift,
      what: /float/,
    },
    {
      name: "a shift that was opened again",
      statement: () => `update shifts set closed_ms = null where id = '${ids.shift}'`,
      table: "shifts",
      id: () => ids.shift,
      what: /closed by its count/,
    },
    {
      name: "a count that was changed with its books",
      statement: () =>
        `update shift_closes set counted_idr = 75000, book_idr = 96000, difference_idr = -1000 where id = '${ids.close}'`,
      table: "shift_closes",
      id: () => ids.close,
      what: /counted into the vault/,
    },
    {
      name: "a difference that was booked away",
      statement: () =>
        `update shift_closes set difference_idr = 0, book_idr = 96000 where id = '${ids.close}'`,
      table: "accounts",
      id: () => `cash_drawer/IDR/${cash.wasteBank}//${cash.cashier}`,
      what: /came into the drawer/,
    },
    {
      name: "what terminals paid",
      statement: () => `update shift_close_nodes set amount_idr = 1 where close_id = '${ids.close}'`,
      table: "shift_close_nodes",
      id: () => ids.close,
      what: /terminals had paid/,
    },
    {
      name: "the amount of a movement",
      statement: () => `update cash_movements set amount_idr = 1 where id = '${ids.movement}'`,
      table: "cash_movements",
      id: () => ids.movement,
      what: /as its kind says/,
    },
    {
      name: "the kind of a movement",
      statement: () => `update cash_movements set kind = 'bank_to_vault' where id = '${ids.movement}'`,
      table: "cash_movements",
      id: () => ids.movement,
      what: /as its kind says/,
    },
    {
      name: "the provider of a movement",
      statement: () => `update cash_movements set provider = 'xendit-v2' where id = '${ids.provider}'`,
      table: "cash_movements",
      id: () => ids.provider,
      what: /as its kind says/,
    },
    {
      name: "the category of an expense",
      statement: () => `update expenses set category = 'wages' where id = '${ids.expense}'`,
      table: "expenses",
      id: () => ids.expense,
      what: /to its category/,
    },
    {
      name: "a void whose journal reverses nothing",
      statement: () =>
        `update cash_movement_voids set journal_id = (select journal_id from expenses where id = '${ids.expense}') where id = '${ids.movementVoid}'`,
      table: "cash_movement_voids",
      id: () => ids.movementVoid,
      what: /reverses/,
    },
    {
      name: "a void of an expense that was put on another",
      statement: () =>
        `update expense_voids set expense_id = '${ids.expense}' where id = '${ids.expenseVoid}'`,
      table: "expense_voids",
      id: () => ids.expenseVoid,
      what: /reverses/,
    },
    {
      name: "an expense that was taken out",
      statement: () => `delete from expenses where id = '${ids.expense}'`,
      table: "journals",
      id: () => "",
      what: /a journal expense belongs to a row of expenses/,
    },
  ];

  it.each(cases)("finds $name", async ({ statement, table, id, what }) => {
    const found = await violationsAfter(statement());
    const named = found.filter(
      (one) => one.table === (table === "shift_close_nodes" ? "shift_closes" : table) && what.test(one.what),
    );
    expect(named, JSON.stringify(found)).not.toHaveLength(0);
    if (id() !== "") expect(named.map((one) => one.id)).toContain(id());
  });

  it("finds cash that was left in the drawer of a closed shift", async () => {
    const drawer = `cash_drawer/IDR/${cash.wasteBank}//${cash.cashier}`;
    expect(drawerKey({ user: cash.cashier, wasteBank: cash.wasteBank })).toMatchObject({
      part: cash.cashier,
    });
    const found = await violationsAfter(
      `update accounts set debits_posted = debits_posted + 5 where id = '${drawer}'`,
    );
    expect(found).toContainEqual(
      expect.objectContaining({
        id: ids.shift,
        what: "the drawer of a closed shift is empty until the next one",
        found: 5,
      }),
    );
  });

  it("finds nothing where nothing is wrong", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
