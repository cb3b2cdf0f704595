/** A close beside payments out of its drawer, on PostgreSQL: what was begun before the count is counted. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import { expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEngine } from "../relational/engine-suite.ts";
import { lockCashAccounts, nodeCashKey, postCash, vaultKey } from "./cash-books.ts";
import { closeShift } from "./close-shift.ts";
import { done, NOW_MS, sampleCash } from "./sample-cash.ts";
import { drawerKey, openShiftOf } from "./shifts.ts";

onEngine("postgres", "a close beside payments", (suite) => {
  it("waits for whoever has found the shift open, and then counts what they moved", async () => {
    const cash = await sampleCash(suite.store);
    const shift = await cash.open(100_000);
    const isFound = Promise.withResolvers<void>();
    const mayGoOn = Promise.withResolvers<void>();
    const payment = suite.store.transaction(async (tx) => {
      expect(await openShiftOf(tx, cash.cashier)).toMatchObject({ id: shift.id });
      isFound.resolve();
      await mayGoOn.promise;
      // Into the drawer: what comes after the count would be answered for by nobody.
      const transfer = { debit: drawerKey(shift), credit: vaultKey(cash.wasteBank), amountIdr: 5_000 };
      return await postCash(
        tx,
        { key: newEventId(), kind: "test_change", user: cash.cashier, occurredMs: NOW_MS },
        [transfer],
      );
    });
    await isFound.promise;
    const close = cash.count(shift, 105_000);
    await somebodyWaits();
    mayGoOn.resolve();
    expect(await payment).toMatchObject({ journalId: expect.any(String) });
    expect(done(await close)).toMatchObject({ bookIdr: 105_000, differenceIdr: 0 });
    expect(await cash.drawer()).toBe(0);
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });

  it("lets two closes name the same terminal, and takes its cash over once", async () => {
    const cash = await sampleCash(suite.store);
    // Opens every account: to open one would make the second wait, whether or not it locks.
    done(await cash.count(await cash.open(1), 1, { nodes: [cash.nodes[0]] }));
    const shift = await cash.open(100_000);
    const others = await cash.openFor(cash.staff, 100_000);
    await cash.payAtNode(cash.nodes[0], 7_000);
    const isCounted = Promise.withResolvers<void>();
    const mayGoOn = Promise.withResolvers<void>();
    const first = suite.store.transaction(async (tx) => {
      const closed = await closeShift(tx, {
        id: newEventId(),
        shift: shift.id,
        user: cash.cashier,
        countedIdr: 93_000,
        notes: null,
        nodes: [cash.nodes[0]],
        reason: null,
        nowMs: NOW_MS,
      });
      isCounted.resolve();
      await mayGoOn.promise;
      return closed;
    });
    await isCounted.promise;
    const second = cash.count(others, 100_000, { nodes: [cash.nodes[0]] });
    await somebodyWaits();
    mayGoOn.resolve();
    expect(done(await first)).toMatchObject({ nodeCashIdr: 7_000, differenceIdr: 0 });
    expect(done(await second)).toMatchObject({ nodeCashIdr: 0, differenceIdr: 0 });
    expect(await cash.nodeCash(cash.nodes[0])).toBe(0);
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });

  it("takes over all that a terminal has paid until the close has its accounts for itself", async () => {
    const cash = await sampleCash(suite.store);
    const shift = await cash.open(100_000);
    const [node] = cash.nodes;
    await cash.payAtNode(node, 7_000);
    const isHeld = Promise.withResolvers<void>();
    const mayGoOn = Promise.withResolvers<void>();
    const payment = suite.store.transaction(async (tx) => {
      const [paidBy, paidFor] = [
        nodeCashKey(cash.wasteBank, node),
        { kind: "stock_value", ledger: "IDR", wasteBank: cash.wasteBank, part: "pet" } as const,
      ];
      await lockCashAccounts(tx, [paidBy, paidFor], NOW_MS);
      isHeld.resolve();
      await mayGoOn.promise;
      return await postCash(
        tx,
        { key: newEventId(), kind: "test_payment", user: cash.cashier, occurredMs: NOW_MS },
        [{ debit: paidFor, credit: paidBy, amountIdr: 1_000 }],
      );
    });
    await isHeld.promise;
    const close = cash.count(shift, 92_000, { nodes: [node] });
    await somebodyWaits();
    mayGoOn.resolve();
    await payment;
    expect(done(await close)).toMatchObject({ nodeCashIdr: 8_000, differenceIdr: 0 });
    expect(await cash.nodeCash(node)).toBe(0);
  });

  /** Returns once a connection waits for another's lock. */
  async function somebodyWaits(): Promise<void> {
    const waiting = async () => {
      const { rows } = await sql<{ waiting: number }>`select count(*) as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(suite.store.db);
      return Number(rows[0]?.waiting);
    };
    await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
  }
});
