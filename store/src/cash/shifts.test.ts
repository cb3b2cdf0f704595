import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeEach, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { postCash } from "./cash-books.ts";
import { CASH_DIFFERENCE_IDR_MAX, closeShift } from "./close-shift.ts";
import { confirmShift } from "./confirm-shift.ts";
import { explainShift } from "./explain-shift.ts";
import { beginShift } from "./open-shift.ts";
import { done, NOW_MS, type SampleCash, sampleCash } from "./sample-cash.ts";
import { listShiftLines } from "./shift-lines.ts";
import { findShift, listShifts } from "./shift-list.ts";
import { openShiftOf } from "./shifts.ts";

onEachEngine("shifts", (suite) => {
  let cash: SampleCash;
  beforeEach(async () => {
    cash = await sampleCash(suite.store);
  });

  const open = (id: string, more: Partial<Parameters<typeof beginShift>[1]> = {}) =>
    suite.store.transaction((tx) =>
      beginShift(tx, {
        id,
        user: cash.cashier,
        wasteBank: cash.wasteBank,
        floatIdr: 200_000,
        nowMs: NOW_MS,
        ...more,
      }),
    );
  const confirm = (shift: string, user: string, id = newEventId()) =>
    suite.store.transaction((tx) => confirmShift(tx, { id, shift, user, nowMs: NOW_MS }));
  const explain = (shift: string, reason: string, id = newEventId()) =>
    suite.store.transaction((tx) =>
      explainShift(tx, { id, shift, user: cash.cashier, reason, nowMs: NOW_MS }),
    );
  /** The cashier pays a member out of the drawer. */
  const pay = (amountIdr: number) =>
    suite.store.transaction(async (tx) => {
      const shift = await openShiftOf(tx, cash.cashier);
      if (shift === null) throw new Error("no open shift");
      return await postCash(
        tx,
        { key: newEventId(), kind: "test_payment", user: cash.cashier, occurredMs: NOW_MS },
        [
          {
            debit: { kind: "stock_value", ledger: "IDR", wasteBank: cash.wasteBank, part: "pet" },
            credit: { kind: "cash_drawer", ledger: "IDR", wasteBank: cash.wasteBank, part: cash.cashier },
            amountIdr,
          },
        ],
      );
    });

  it("opens with the float out of the vault, once", async () => {
    const id = newEventId();
    expect(await open(id)).toMatchObject({ kind: "done", result: { id, user: cash.cashier } });
    expect(await open(id)).toMatchObject({ kind: "again", result: { id } });
    expect([await cash.vault(), await cash.drawer()]).toEqual([800_000, 200_000]);
    expect(await open(id, { floatIdr: 1 })).toMatchObject({ kind: "refused", code: "id_taken" });
    expect(await open(newEventId())).toMatchObject({ kind: "refused", code: "shift_is_open" });
    expect(await suite.store.transaction((tx) => openShiftOf(tx, cash.cashier))).toMatchObject({ id });
    expect(await suite.store.transaction((tx) => openShiftOf(tx, cash.staff))).toBeNull();
  });

  it("does not open with more than the vault holds, and says what to do", async () => {
    const refused = await open(newEventId(), { floatIdr: 1_000_001 });
    expect(refused).toMatchObject({
      code: "too_little_cash",
      reason: expect.stringContaining("bank_to_vault"),
    });
    expect(await cash.vault()).toBe(1_000_000);
  });

  it("opens with an empty drawer where there is no change to give", async () => {
    const shift = await cash.open(0);
    expect(await cash.count(shift, 0)).toMatchObject({ result: { bookIdr: 0, differenceIdr: 0 } });
    expect(await cash.vault()).toBe(1_000_000);
  });

  it("closes by its count, and brings it all to the vault", async () => {
    const shift = await cash.open(200_000);
    await pay(35_000);
    const closed = await cash.count(shift, 165_000, { notes: { "50000": 3, "5000": 3 } });
    expect(closed).toMatchObject({ kind: "done", result: { bookIdr: 165_000, differenceIdr: 0 } });
    expect([await cash.drawer(), await cash.vault(), await cash.overShort()]).toEqual([0, 965_000, 0]);
    expect(await suite.store.transaction((tx) => openShiftOf(tx, cash.cashier))).toBeNull();
    expect(await findShift(suite.store.db, shift.id)).toMatchObject({
      drawerIdr: null,
      close: { countedIdr: 165_000, notes: { "50000": 3, "5000": 3 }, lacksReason: false },
    });
    await expect(pay(1)).rejects.toThrow("no open shift");
  });

  it("books what is short and what is over", async () => {
    const first = await cash.open(200_000);
    expect(await cash.count(first, 199_000)).toMatchObject({ result: { differenceIdr: -1_000 } });
    expect([await cash.overShort(), await cash.vault()]).toEqual([-1_000, 999_000]);
    const second = await cash.open(100_000, NOW_MS + 5_000);
    expect(await cash.count(second, 103_500)).toMatchObject({ result: { differenceIdr: 3_500 } });
    expect([await cash.overShort(), await cash.vault(), await cash.drawer()]).toEqual([2_500, 1_002_500, 0]);
  });

  it("is counted once: another count is refused, the same one again is the first", async () => {
    const shift = await cash.open(50_000);
    const id = newEventId();
    done(await cash.count(shift, 40_000, { id }));
    expect(await cash.count(shift, 40_000, { id })).toMatchObject({
      kind: "again",
      result: { differenceIdr: -10_000 },
    });
    expect(await cash.count(shift, 50_000, { id })).toMatchObject({ code: "id_taken" });
    expect(await cash.count(shift, 50_000)).toMatchObject({ code: "shift_is_closed" });
    const next = await cash.open(1_000, NOW_MS + 5_000);
    expect(await cash.count(next, 1_000, { id })).toMatchObject({ code: "id_taken" });
    expect(await cash.count({ ...shift, id: newEventId() }, 1)).toMatchObject({ code: "shift_unknown" });
  });

  it("takes over first what terminals paid out of the drawer", async () => {
    const shift = await cash.open(200_000);
    const [one, two] = cash.nodes;
    await cash.payAtNode(one, 30_000);
    await cash.payAtNode(two, 12_000);
    const closed = await cash.count(shift, 170_000, { nodes: [one] });
    expect(closed).toMatchObject({ result: { bookIdr: 200_000, nodeCashIdr: 30_000, differenceIdr: 0 } });
    expect([await cash.nodeCash(one), await cash.nodeCash(two)]).toEqual([0, 12_000]);
    expect([await cash.drawer(), await cash.vault()]).toEqual([0, 970_000]);
    expect(await findShift(suite.store.db, shift.id)).toMatchObject({
      close: { nodes: [{ node: one, amountIdr: 30_000 }] },
    });
  });

  it("books as over what terminals paid beyond what the books held in the drawer, and wants to know why", async () => {
    const shift = await cash.open(20_000);
    await cash.payAtNode(cash.nodes[0], 25_000);
    const closed = await cash.count(shift, 0, { nodes: [cash.nodes[0]] });
    expect(closed).toMatchObject({ result: { bookIdr: 20_000, nodeCashIdr: 25_000, differenceIdr: 5_000 } });
    expect([await cash.nodeCash(cash.nodes[0]), await cash.drawer(), await cash.overShort()]).toEqual([
      0, 0, 5_000,
    ]);
    // Small change, but money has come from where the books know of none.
    expect(await confirm(shift.id, cash.staff)).toMatchObject({ code: "reason_missing" });
    done(await explain(shift.id, "took 5,000 out of the vault without booking it"));
    done(await confirm(shift.id, cash.staff));
  });

  it("takes over from no terminal of another waste bank", async () => {
    const shift = await cash.open(20_000);
    const stranger = await sampleCash(suite.store, 0);
    const refused = await cash.count(shift, 20_000, { nodes: [stranger.nodes[0]] });
    expect(refused).toMatchObject({
      code: "node_unknown",
      reason: expect.stringContaining(stranger.nodes[0]),
    });
    expect(await cash.count(shift, 20_000, { nodes: ["nowhere"] })).toMatchObject({ code: "node_unknown" });
    done(await cash.count(shift, 20_000));
  });

  it("takes over from a terminal that was moved away what it had paid here", async () => {
    const shift = await cash.open(20_000);
    const [node] = cash.nodes;
    await cash.payAtNode(node, 4_000);
    const elsewhere = await sampleCash(suite.store, 0);
    await suite.store.db
      .updateTable("nodes")
      .set({ waste_bank_id: elsewhere.wasteBank })
      .where("id", "=", node)
      .execute();
    expect(await cash.count(shift, 16_000, { nodes: [node] })).toMatchObject({
      result: { differenceIdr: 0 },
    });
  });

  it("is confirmed by a second person, who neither had the drawer nor counted it", async () => {
    const shift = await cash.open(20_000);
    expect(await confirm(shift.id, cash.staff)).toMatchObject({ code: "shift_is_open" });
    done(await cash.count(shift, 20_000, { user: cash.staff }));
    expect(await confirm(shift.id, cash.cashier)).toMatchObject({ code: "same_person" });
    expect(await confirm(shift.id, cash.staff)).toMatchObject({ code: "same_person" });
    const id = newEventId();
    expect(await confirm(shift.id, cash.other, id)).toMatchObject({ kind: "done" });
    expect(await confirm(shift.id, cash.other, id)).toMatchObject({ kind: "again" });
    expect(await confirm(shift.id, cash.other)).toMatchObject({ code: "shift_is_closed" });
    expect(await confirm(newEventId(), cash.other)).toMatchObject({ code: "shift_unknown" });
    expect(await findShift(suite.store.db, shift.id)).toMatchObject({ confirmed: { by: cash.other } });
  });

  it("is confirmed by nobody who had the drawer, whatever the program says", async () => {
    const shift = await cash.open(20_000);
    done(await cash.count(shift, 20_000, { user: cash.staff }));
    for (const [confirmed_by, cashier_id] of [
      [cash.cashier, cash.cashier],
      [cash.staff, cash.cashier],
      [cash.other, cash.other],
    ] as const) {
      const row = {
        id: newEventId(),
        body_hash: "",
        shift_id: shift.id,
        cashier_id,
        closed_by: cash.staff,
        confirmed_by,
        confirmed_ms: NOW_MS,
      };
      await expect(suite.store.db.insertInto("shift_confirmations").values(row).execute()).rejects.toThrow();
    }
  });

  it("wants a reason beyond the limit, after the count, before it is confirmed", async () => {
    const within = await cash.open(100_000);
    done(await cash.count(within, 100_000 - CASH_DIFFERENCE_IDR_MAX));
    done(await confirm(within.id, cash.staff));
    const beyond = await cash.open(100_000, NOW_MS + 5_000);
    expect(await explain(beyond.id, "too early")).toMatchObject({ code: "shift_is_open" });
    done(await cash.count(beyond, 100_000 + CASH_DIFFERENCE_IDR_MAX + 1));
    expect(await findShift(suite.store.db, beyond.id)).toMatchObject({ close: { lacksReason: true } });
    expect(await confirm(beyond.id, cash.staff)).toMatchObject({ code: "reason_missing" });
    const id = newEventId();
    done(await explain(beyond.id, "a member left change behind", id));
    expect(await explain(beyond.id, "a member left change behind", id)).toMatchObject({ kind: "again" });
    expect(await explain(beyond.id, "another", id)).toMatchObject({ code: "id_taken" });
    expect(await explain(beyond.id, "another")).toMatchObject({ code: "shift_is_closed" });
    done(await confirm(beyond.id, cash.staff));
    expect(await findShift(suite.store.db, beyond.id)).toMatchObject({
      close: { lacksReason: false, reason: "a member left change behind" },
    });
  });

  it("shows each shift the lines of its own", async () => {
    const first = await cash.open(100_000);
    await pay(10_000);
    done(await cash.count(first, 90_000));
    const second = await cash.open(50_000, NOW_MS + 5_000);
    await pay(7_000);
    await pay(3_000);
    const amounts = async (id: string) =>
      (await listShiftLines(suite.store.db, id, { limit: 100, after: null }))?.items.map(
        ({ amountIdr }) => amountIdr,
      );
    expect(await amounts(first.id)).toEqual([100_000, -10_000]);
    expect(await amounts(second.id)).toEqual([50_000, -7_000, -3_000]);
    done(await cash.count(second, 40_000));
    expect(await amounts(second.id)).toEqual([50_000, -7_000, -3_000]);
    const page = await listShiftLines(suite.store.db, second.id, { limit: 2, after: null });
    expect(page?.next).not.toBeNull();
    const rest = await listShiftLines(suite.store.db, second.id, { limit: 2, after: page?.next ?? "" });
    expect(rest).toMatchObject({ items: [{ amountIdr: -3_000 }], next: null });
    expect(await listShiftLines(suite.store.db, newEventId(), { limit: 2, after: null })).toBeNull();
  });

  it("is listed by waste bank, cashier and state", async () => {
    const first = await cash.open(100_000);
    done(await cash.count(first, 100_000));
    done(await confirm(first.id, cash.staff));
    const second = await cash.open(1, NOW_MS + 5_000);
    done(await cash.count(second, 1));
    const third = await cash.open(1, NOW_MS + 9_000);
    const ids = async (
      state: "open" | "closed" | "confirmed" | null,
      limit = 10,
      after: string | null = null,
    ) => {
      const page = await listShifts(
        suite.store.db,
        { wasteBank: cash.wasteBank, user: cash.cashier, state },
        { limit, after },
      );
      return { ids: page.items.map(({ id }) => id), next: page.next };
    };
    expect((await ids(null)).ids).toEqual([third.id, second.id, first.id]);
    expect((await ids("open")).ids).toEqual([third.id]);
    expect((await ids("closed")).ids).toEqual([second.id]);
    expect((await ids("confirmed")).ids).toEqual([first.id]);
    const page = await ids(null, 2);
    expect((await ids(null, 2, page.next)).ids).toEqual([first.id]);
    done(await cash.count(third, 1));
  });

  it("never changes, whoever tries", async () => {
    const shift = await cash.open(20_000);
    const { db } = suite.store;
    const tries = [
      () => db.updateTable("shifts").set({ closed_ms: NOW_MS }).where("id", "=", shift.id).execute(),
      () => db.deleteFrom("shifts").where("id", "=", shift.id).execute(),
      () => db.deleteFrom("shift_closes").where("shift_id", "=", shift.id).execute(),
    ];
    for (const one of tries.slice(0, 2)) await expect(one()).rejects.toThrow(/LG001/);
    done(await cash.count(shift, 20_000));
    for (const one of tries) await expect(one()).rejects.toThrow(/LG001/);
  });

  it("of one cashier is opened once, and closed once, by however many ask at once", async () => {
    const opened = await Promise.all(Array.from({ length: 6 }, () => open(newEventId())));
    expect(opened.map(({ kind }) => kind).sort()).toEqual(["done", ...Array(5).fill("refused")]);
    const [shift] = opened.flatMap((one) => (one.kind === "refused" ? [] : [one.result]));
    if (shift === undefined) throw new Error("none was opened");
    const payments = [pay(1_000), pay(2_000), pay(3_000)].map((one) =>
      one.then(
        () => true,
        () => false,
      ),
    );
    const closes = await Promise.all(
      Array.from({ length: 5 }, () =>
        suite.store.transaction((tx) =>
          closeShift(tx, {
            id: newEventId(),
            shift: shift.id,
            user: cash.cashier,
            countedIdr: 194_000,
            notes: null,
            nodes: [],
            reason: null,
            nowMs: NOW_MS,
          }),
        ),
      ),
    );
    await Promise.all(payments);
    expect(closes.filter(({ kind }) => kind === "done")).toHaveLength(1);
    expect(closes.filter((one) => one.kind === "refused" && one.code === "shift_is_closed")).toHaveLength(4);
    expect(await cash.drawer()).toBe(0);
  });

  it("leaves books that verify", async () => {
    // At time 0 no row is old enough that it had to be sealed.
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
