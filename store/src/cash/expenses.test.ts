import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeEach, expect, it } from "vitest";
import { verifyLedger } from "../ledger/verify-ledger.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { findExpense, listExpenses } from "./expense-list.ts";
import {
  decideExpense,
  EXPENSE_AGE_MS_MAX,
  EXPENSE_AHEAD_MS_MAX,
  EXPENSE_ALONE_IDR_MAX,
  type ExpenseDecision,
  type NewExpense,
  spend,
  voidExpense,
} from "./expenses.ts";
import { done, NOW_MS, type SampleCash, sampleCash } from "./sample-cash.ts";

onEachEngine("expenses", (suite) => {
  let cash: SampleCash;
  beforeEach(async () => {
    cash = await sampleCash(suite.store);
  });

  const pay = (more: Partial<NewExpense> = {}) =>
    suite.store.transaction((tx) =>
      spend(tx, {
        id: newEventId(),
        wasteBank: cash.wasteBank,
        category: "transport",
        amountIdr: 40_000,
        from: "cash_vault",
        note: "fuel of the betor",
        user: cash.staff,
        occurredMs: null,
        nowMs: NOW_MS,
        ...more,
      }),
    );
  const revoke = (of: string, id = newEventId()) =>
    suite.store.transaction((tx) =>
      voidExpense(tx, { id, of, user: cash.other, reason: "entered twice", nowMs: NOW_MS }),
    );
  const spent = (category: string) =>
    cash.balance({ kind: "expense", ledger: "IDR", wasteBank: cash.wasteBank, part: category });

  it("are paid out of vault, bank account, or the own drawer", async () => {
    done(await cash.move({ kind: "vault_to_bank", amountIdr: 500_000 }));
    done(await pay());
    done(await pay({ from: "bank_account", category: "rent", amountIdr: 300_000 }));
    const shift = await cash.open(100_000);
    const { id } = done(
      await pay({ from: "drawer", category: "karung-besar", amountIdr: 15_000, user: cash.cashier }),
    );
    expect([await spent("transport"), await spent("rent"), await spent("karung-besar")]).toEqual([
      40_000, 300_000, 15_000,
    ]);
    expect([await cash.vault(), await cash.drawer()]).toEqual([360_000, 85_000]);
    expect(await findExpense(suite.store.db, id)).toMatchObject({
      shift: shift.id,
      from: "drawer",
      voided: null,
    });
  });

  it.each([
    { name: "of more than there is", more: { from: "bank_account" }, code: "too_little_cash" },
    { name: "out of a drawer without a shift", more: { from: "drawer" }, code: "shift_is_closed" },
    { name: "of the future", more: { occurredMs: NOW_MS + EXPENSE_AHEAD_MS_MAX + 1 }, code: "out_of_time" },
    { name: "of long ago", more: { occurredMs: NOW_MS - EXPENSE_AGE_MS_MAX - 1 }, code: "out_of_time" },
  ] as const)("refuses one $name", async ({ more, code }) => {
    expect(await pay(more)).toMatchObject({ kind: "refused", code });
    expect(await cash.vault()).toBe(1_000_000);
  });

  it("takes one at the edges of its time", async () => {
    done(await pay({ occurredMs: NOW_MS + EXPENSE_AHEAD_MS_MAX }));
    done(await pay({ occurredMs: NOW_MS - EXPENSE_AGE_MS_MAX }));
  });

  it("refuses the drawer of another waste bank", async () => {
    await cash.open(100_000);
    const elsewhere = await sampleCash(suite.store);
    expect(await pay({ from: "drawer", user: cash.cashier, wasteBank: elsewhere.wasteBank })).toMatchObject({
      code: "other_waste_bank",
    });
  });

  it("are entered once under one id", async () => {
    const id = newEventId();
    done(await pay({ id }));
    expect(await pay({ id, nowMs: NOW_MS + 60_000 })).toMatchObject({ kind: "again" });
    expect(await pay({ id, amountIdr: 1 })).toMatchObject({ code: "id_taken" });
    expect(await spent("transport")).toBe(40_000);
  });

  it("are taken back once, and out of a drawer only before its count", async () => {
    const { id } = done(await pay());
    const voidId = newEventId();
    expect(await revoke(id, voidId)).toMatchObject({ kind: "done" });
    expect(await revoke(id, voidId)).toMatchObject({ kind: "again" });
    expect(await revoke(id)).toMatchObject({ code: "already_voided" });
    expect(await revoke(newEventId())).toMatchObject({ code: "expense_unknown" });
    expect([await spent("transport"), await cash.vault()]).toEqual([0, 1_000_000]);
    expect(await findExpense(suite.store.db, id)).toMatchObject({ voided: { reason: "entered twice" } });
    const shift = await cash.open(100_000);
    const first = done(await pay({ from: "drawer", user: cash.cashier }));
    const second = done(await pay({ from: "drawer", user: cash.cashier }));
    done(await revoke(first.id));
    expect(await cash.drawer()).toBe(60_000);
    done(await cash.count(shift, 60_000));
    await cash.open(500_000, NOW_MS + 5_000);
    expect(await revoke(second.id)).toMatchObject({ code: "shift_is_closed" });
    expect(await cash.drawer()).toBe(500_000);
    expect(await revoke(second.id, voidId)).toMatchObject({ code: "id_taken" });
  });

  const decide = (expense: string, more: Partial<ExpenseDecision> = {}) =>
    suite.store.transaction((tx) =>
      decideExpense(tx, { expense, decision: "approved", user: cash.other, nowMs: NOW_MS, ...more }),
    );

  it("wait for another person beyond what one person spends alone on one day, also in parts", async () => {
    done(await pay({ amountIdr: EXPENSE_ALONE_IDR_MAX - 50_000 }));
    done(await pay({ amountIdr: 50_000 }));
    const { id } = done(await pay({ amountIdr: 1 }));
    expect(await findExpense(suite.store.db, id)).toMatchObject({ state: "requested", decided: null });
    expect(await cash.vault()).toBe(500_000);
    expect(await decide(id, { user: cash.staff })).toMatchObject({ code: "same_person" });
    expect(await revoke(id)).toMatchObject({ code: "expense_is_decided" });
    expect(await decide(id)).toMatchObject({ kind: "done" });
    expect(await decide(id)).toMatchObject({ kind: "again" });
    expect(await decide(id, { decision: "rejected" })).toMatchObject({ code: "expense_is_decided" });
    expect(await findExpense(suite.store.db, id)).toMatchObject({
      state: "posted",
      decided: { by: cash.other },
    });
    expect(await spent("transport")).toBe(EXPENSE_ALONE_IDR_MAX + 1);
    done(await pay({ amountIdr: 1, user: cash.other }));
    const tomorrow = done(await pay({ amountIdr: 1, nowMs: NOW_MS + 86_400_000 }));
    expect(await findExpense(suite.store.db, tomorrow.id)).toMatchObject({ state: "posted" });
  });

  it("of parts that are entered at once are spent alone no further than the sum", async () => {
    const amountIdr = EXPENSE_ALONE_IDR_MAX / 2;
    const all = await Promise.all(Array.from({ length: 6 }, () => pay({ amountIdr })));
    const states = await Promise.all(
      all.map(async (one) => (await findExpense(suite.store.db, done(one).id))?.state),
    );
    expect(states.filter((state) => state === "posted")).toHaveLength(2);
  });

  it("that were rejected have moved nothing, and those of a drawer are approved before its count", async () => {
    const amountIdr = EXPENSE_ALONE_IDR_MAX + 1;
    const rejected = done(await pay({ amountIdr }));
    expect(await decide(rejected.id, { decision: "rejected" })).toMatchObject({ kind: "done" });
    expect(await decide(newEventId())).toMatchObject({ code: "expense_unknown" });
    const shift = await cash.open(900_000);
    const early = done(await pay({ from: "drawer", user: cash.cashier, amountIdr }));
    const late = done(await pay({ from: "drawer", user: cash.cashier, amountIdr }));
    expect(await decide(early.id)).toMatchObject({ kind: "done" });
    expect(await cash.drawer()).toBe(900_000 - amountIdr);
    expect(await decide(late.id)).toMatchObject({ code: "too_little_cash" });
    done(await cash.count(shift, 900_000 - amountIdr));
    expect(await decide(late.id)).toMatchObject({ code: "shift_is_closed" });
  });

  it("are not voided by whoever has spent them, past the program either", async () => {
    const { id } = done(await pay());
    const own = { id: newEventId(), of: id, user: cash.staff, reason: "x", nowMs: NOW_MS };
    expect(await suite.store.transaction((tx) => voidExpense(tx, own))).toMatchObject({
      code: "same_person",
    });
    const { journal_id } = await suite.store.db
      .selectFrom("expenses")
      .select("journal_id")
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    const row = { id: newEventId(), body_hash: "", expense_id: id, spent_by: cash.staff, reason: "x" };
    const values = { ...row, voided_by: cash.staff, journal_id: journal_id ?? "", voided_ms: NOW_MS };
    await expect(suite.store.db.insertInto("expense_voids").values(values).execute()).rejects.toThrow(
      /four_eyes/,
    );
    const waiting = done(await pay({ amountIdr: EXPENSE_ALONE_IDR_MAX + 1 }));
    const change = (set: object) =>
      suite.store.db.updateTable("expenses").set(set).where("id", "=", waiting.id).execute();
    const posted = { state: "posted", journal_id, decided_ms: 1 };
    await expect(change(posted)).rejects.toThrow(/LG001|constraint/);
    await expect(change({ ...posted, decided_by: cash.staff })).rejects.toThrow(/four_eyes/);
    await expect(change({ amount_idr: 1 })).rejects.toThrow(/LG001/);
  });

  it("are listed by category and time, the newest first", async () => {
    const day = 86_400_000;
    const ids: string[] = [];
    for (const age of [3, 2, 1, 0]) {
      const category = age === 1 ? "tax" : "transport";
      ids.unshift(done(await pay({ amountIdr: 1, category, occurredMs: NOW_MS - age * day })).id);
    }
    const filter = { wasteBank: cash.wasteBank, category: null, state: null, fromMs: null, toMs: null };
    const page = await listExpenses(suite.store.db, filter, { limit: 3, after: null });
    const rest = await listExpenses(suite.store.db, filter, { limit: 3, after: page.next });
    expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual(ids);
    const narrowed = { ...filter, category: "transport", fromMs: NOW_MS - 2 * day, toMs: NOW_MS };
    expect(
      (await listExpenses(suite.store.db, narrowed, { limit: 9, after: null })).items.map(({ id }) => id),
    ).toEqual([ids[2]]);
  });

  it("never change, whoever tries", async () => {
    done(await pay());
    await expect(suite.store.db.deleteFrom("expenses").execute()).rejects.toThrow(/LG001/);
  });

  it("leave books that verify", async () => {
    expect(await verifyLedger(suite.store.db, 0)).toEqual([]);
  });
});
