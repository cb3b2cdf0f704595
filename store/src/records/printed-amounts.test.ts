/** What a terminal prints is honoured, by purpose and settlement; what differs from our own computation is shown to staff. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import {
  type Deposit,
  type DepositLine,
  type LedgerRecord,
  VOID_WINDOW_MS,
} from "@jumpa-madu/contracts/records";
import { beforeEach, expect, it } from "vitest";
import { verifyLedger } from "../ledger/verify-ledger.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { listDifferences, settleDifference } from "../trade/deposit-differences.ts";
import { PRINTED_DIFFERENCE_IDR_MAX } from "../trade/printed-differences.ts";
import { payAtSale, type SampleCounter, sampleCounter, standingAt } from "../trade/sample-counter.ts";
import { postRecord } from "./post-record.ts";
import { depositOf, lineOf, NOW_MS, voidOf } from "./sample-books.ts";

onEachEngine("a receipt of a terminal", (suite) => {
  let books: SampleCounter;
  beforeEach(async () => {
    books = await sampleCounter(suite.store);
  });

  const post = (record: LedgerRecord, honour = false) =>
    suite.store.transaction((tx) =>
      postRecord(
        tx,
        {
          node: books.node,
          receivedMs: NOW_MS,
          honoured: honour ? { by: books.staff, atMs: NOW_MS } : null,
        },
        record,
      ),
    );
  const printed = (change: Partial<DepositLine>, rest: Partial<Deposit> = {}) =>
    depositOf(books, [{ ...lineOf(books, "pet", 1_000), ...change }], rest);
  const differences = async () =>
    (
      await listDifferences(
        suite.store.db,
        { wasteBank: books.wasteBank, open: null },
        { limit: 100, after: null },
      )
    ).items;

  it("is posted as printed when amount or price differ, and flagged line by line", async () => {
    const deposit = depositOf(books, [
      lineOf(books, "pet", 1_000),
      { ...lineOf(books, "pet", 1_000), amount_idr: 4_600 },
      { ...lineOf(books, "paper", 1_000), price_idr_per_kg: 2_000, amount_idr: 2_000 },
      { ...lineOf(books, "pet", 1), price_idr_per_kg: 4_501, amount_idr: 6 },
    ]);
    expect(await post(deposit)).toEqual({ kind: "posted" });
    expect(await post(deposit)).toEqual({ kind: "duplicate" });
    expect(await standingAt(suite.store, books)).toMatchObject({ savings: 4_500 + 4_600 + 2_000 + 6 });
    expect((await differences()).sort((a, b) => a.line - b.line)).toMatchObject([
      {
        deposit: deposit.id,
        line: 1,
        printedIdr: 4_600,
        computedIdr: 4_500,
        reason: "the sum itself is wrong: 1000 g at Rp 4500 a kg is Rp 4500, the receipt says Rp 4600",
      },
      {
        line: 2,
        printedIdr: 2_000,
        computedIdr: 2_250,
        reason: "the price is Rp 2250 a kg, the receipt says Rp 2000",
      },
      {
        line: 3,
        printedIdr: 6,
        computedIdr: 5,
        reason:
          "the price is Rp 4500 a kg, the receipt says Rp 4501; the sum itself is wrong: 1 g at Rp 4501 a kg is Rp 5, the receipt says Rp 6",
      },
    ]);
  });

  it("is parked when its lines say more than the bound beyond what we compute, until a person honours it", async () => {
    const over = PRINTED_DIFFERENCE_IDR_MAX;
    const atBound = printed({ amount_idr: 4_500 + over });
    expect(await post(atBound)).toEqual({ kind: "posted" });
    const beyond = printed({ amount_idr: 4_501 + over });
    expect(await post(beyond)).toMatchObject({
      code: "printed_too_much",
      reason: expect.stringContaining("line 1"),
    });
    // What one line says too little does not make up for what another says too much.
    const lines = [
      { ...lineOf(books, "pet", 1_000), amount_idr: 4_501 + over },
      { ...lineOf(books, "pet", 100_000), amount_idr: 0 },
    ];
    expect(await post(depositOf(books, lines))).toMatchObject({ code: "printed_too_much" });
    const many = Array.from({ length: 5 }, () => ({ ...lineOf(books, "pet", 1_000), amount_idr: over }));
    const parked = await post(depositOf(books, many));
    expect("reason" in parked && parked.reason.match(/line \d/g)).toEqual(["line 1", "line 2", "line 3"]);
    expect(await post(beyond, true)).toEqual({ kind: "posted" });
    expect(await differences()).toHaveLength(2);
  });

  it("is parked when the open ones of its terminal say too much together on one day, until staff settle them", async () => {
    const half = () => printed({ amount_idr: 4_500 + PRINTED_DIFFERENCE_IDR_MAX / 2 });
    const first = half();
    expect(await post(first)).toEqual({ kind: "posted" });
    expect(await post(half())).toEqual({ kind: "posted" });
    const third = printed({ amount_idr: 4_501 });
    expect(await post(third)).toMatchObject({
      code: "printed_too_much",
      reason: expect.stringContaining(`say Rp ${PRINTED_DIFFERENCE_IDR_MAX} too much`),
    });
    // What says no more than we compute is posted all the same, and so is the next day's and another terminal's.
    expect(await post(printed({ amount_idr: 4_400 }))).toEqual({ kind: "posted" });
    const later = { node: books.node, receivedMs: NOW_MS + 86_400_000 };
    const next = await suite.store.transaction((tx) => postRecord(tx, later, half()));
    expect(next).toEqual({ kind: "posted" });
    const [open] = (await differences()).filter(({ deposit }) => deposit === first.id);
    const settling = { id: open?.id ?? "", note: "harga lama", by: books.staff };
    await suite.store.transaction((tx) => settleDifference(tx, settling, NOW_MS));
    expect(await post(third)).toEqual({ kind: "posted" });
  });

  it("counts nothing that was taken back", async () => {
    const much = printed({ amount_idr: 4_500 + PRINTED_DIFFERENCE_IDR_MAX });
    await post(much);
    expect(await post(printed({ amount_idr: 4_501 }))).toMatchObject({ code: "printed_too_much" });
    expect(await post(voidOf(much))).toEqual({ kind: "posted" });
    expect(await post(printed({ amount_idr: 4_501 }))).toEqual({ kind: "posted" });
  });

  it("pays cash out of what a cashier answers for later", async () => {
    const deposit = printed({}, { purpose: "cash" });
    expect(await post(deposit)).toEqual({ kind: "posted" });
    expect(await standingAt(suite.store, books)).toMatchObject({ savings: 0, nodeCash: 4_500, value: 4_500 });
    expect(await post(voidOf(deposit))).toEqual({ kind: "posted" });
    expect(await standingAt(suite.store, books)).toMatchObject({
      savings: 0,
      nodeCash: 0,
      value: 0,
      stock: 0,
    });
  });

  it("gives waste away, and takes that back", async () => {
    const deposit = printed({}, { purpose: "donate" });
    expect(await post(deposit)).toEqual({ kind: "posted" });
    expect(await standingAt(suite.store, books)).toMatchObject({
      savings: 0,
      donations: 4_500,
      stock: 1_000,
    });
    expect(await post(voidOf(deposit))).toEqual({ kind: "posted" });
    expect(await standingAt(suite.store, books)).toMatchObject({ donations: 0, value: 0, stock: 0 });
  });

  const share = (rest: Partial<Deposit> = {}) =>
    printed({ amount_idr: 0 }, { settlement: "share_of_sale", share_bps: 8_000, ...rest });

  it("consigns waste that is paid for when it is sold, and takes that back", async () => {
    await payAtSale(suite.store, books, 8_000);
    const deposit = share();
    expect(await post(deposit)).toEqual({ kind: "posted" });
    expect(await standingAt(suite.store, books)).toMatchObject({
      savings: 0,
      value: 0,
      stock: 0,
      consigned: 1_000,
    });
    expect(await post(share({ purpose: "donate" }))).toEqual({ kind: "posted" });
    expect(await standingAt(suite.store, books)).toMatchObject({
      donations: 0,
      stock: 1_000,
      consigned: 1_000,
    });
    expect(await post(voidOf(deposit))).toEqual({ kind: "posted" });
    expect(await standingAt(suite.store, books)).toMatchObject({ stock: 1_000, consigned: 0 });
    expect(await differences()).toEqual([]);
  });

  it.each<[string, () => Deposit, object]>([
    ["buys what should be paid when it is sold", () => printed({}), { printedIdr: 4_500, computedIdr: 0 }],
    ["names another share", () => share({ share_bps: 9_000 }), { printedIdr: 0, computedIdr: 0 }],
  ])("is honoured and flagged as a whole when it %s", async (_what, deposit, difference) => {
    await payAtSale(suite.store, books, 8_000);
    expect(await post(deposit())).toEqual({ kind: "posted" });
    expect(await differences()).toMatchObject([{ line: -1, ...difference }]);
  });

  it("is honoured and flagged when it is to be paid at the sale of what should be bought", async () => {
    expect(await post(share())).toEqual({ kind: "posted" });
    expect(await differences()).toMatchObject([{ line: -1, printedIdr: 0, computedIdr: 4_500 }]);
  });

  it("is voided within the window by the terminal's own times; later staff correct it", async () => {
    const [early, late] = [printed({}), printed({})];
    await post(early);
    await post(late);
    expect(await post(voidOf(early, { t: NOW_MS + VOID_WINDOW_MS }))).toEqual({ kind: "posted" });
    expect(await post(voidOf(late, { t: NOW_MS + VOID_WINDOW_MS + 1 }))).toMatchObject({
      code: "void_late",
      reason: expect.stringContaining(`/v1/deposits/${late.id}/correction`),
    });
    expect(await standingAt(suite.store, books)).toMatchObject({ savings: 4_500 });
  });

  it("is not credited to a book that was closed", async () => {
    await suite.store.db
      .insertInto("books")
      .values({
        id: newEventId(),
        member_id: books.member,
        waste_bank_id: books.wasteBank,
        product_id: "regular",
        is_default: 1,
        opened_ms: NOW_MS,
        closed_ms: NOW_MS,
      })
      .execute();
    expect(await post(printed({}))).toMatchObject({ code: "book_closed" });
  });

  it("has differences that staff settle once, with a note", async () => {
    await post(printed({ amount_idr: 4_600 }));
    const [difference] = await differences();
    const settling = { id: difference?.id ?? "", note: "harga lama", by: books.staff };
    const settle = (change = {}) =>
      suite.store.transaction((tx) => settleDifference(tx, { ...settling, ...change }, NOW_MS));
    expect(await settle({ id: newEventId() })).toEqual({ kind: "unknown" });
    const settled = { settledBy: books.staff, settledMs: NOW_MS, note: "harga lama" };
    expect(await settle()).toMatchObject({ kind: "done", difference: settled });
    expect(await settle()).toMatchObject({ kind: "done", difference: settled });
    expect(await settle({ note: "lain" })).toEqual({ kind: "settled" });
    const open = await listDifferences(
      suite.store.db,
      { wasteBank: books.wasteBank, open: true },
      { limit: 1, after: null },
    );
    expect(open.items).toEqual([]);
    const deeds = await suite.store.db
      .selectFrom("audit_events")
      .select(["action", "reason"])
      .where("subject", "=", `deposit_difference:${settling.id}`)
      .execute();
    expect(deeds).toEqual([{ action: "deposit_difference.settled", reason: "harga lama" }]);
    const change = { printed_idr: 1 } as never;
    await expect(
      suite.store.db.updateTable("deposit_differences").set(change).where("id", "=", settling.id).execute(),
    ).rejects.toThrow("LG001");
    await expect(
      suite.store.db
        .updateTable("deposit_differences")
        .set({ note: "x" })
        .where("id", "=", settling.id)
        .execute(),
    ).rejects.toThrow("LG001");
  });

  it("leaves books that verify", async () => {
    expect(await verifyLedger(suite.store.db, NOW_MS)).toEqual([]);
  });
});
