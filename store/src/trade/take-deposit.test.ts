import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeEach, describe, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { recordDeed } from "../proof/audit.ts";
import { NOW_MS, sampleBooks } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { settleDifference } from "./deposit-differences.ts";
import { findDeposit, listDeposits } from "./deposits.ts";
import { PRINTED_DIFFERENCE_IDR_MAX } from "./printed-differences.ts";
import {
  handedIn,
  openDrawer,
  payAtSale,
  type SampleCounter,
  sampleCounter,
  standingAt,
  weighed,
} from "./sample-counter.ts";
import { type NewDeposit, takeDeposit } from "./take-deposit.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

onEachEngine("taking a deposit", (suite) => {
  let counter: SampleCounter;
  beforeEach(async () => {
    counter = await sampleCounter(suite.store);
  });

  const take = (deposit: NewDeposit, nowMs = NOW_MS) =>
    suite.store.transaction((tx) => takeDeposit(tx, deposit, nowMs));
  const taken = async (deposit: NewDeposit, nowMs = NOW_MS) => {
    const taking = await take(deposit, nowMs);
    expect(taking).toEqual({ kind: "posted", id: deposit.id });
    const found = await findDeposit(suite.store.db, deposit.id);
    if (found === null) throw new Error("not there");
    return found;
  };
  const pet = (netG = 1_000, rest: Partial<NewDeposit> = {}) =>
    handedIn(counter, [weighed(counter, "pet", netG)], rest);
  const door = (rest: Partial<NewDeposit> = {}) => pet(1_000, { source: "door", ...rest });
  const printed = (amountIdr: number, priceIdrPerKg = 4_500) => ({
    lines: [{ ...weighed(counter, "pet", 1_000), printed: { priceIdrPerKg, amountIdr } }],
  });

  it("posts it once by the price in force, with the evidence and the next receipt number", async () => {
    const deposit = pet(1_250);
    expect(await taken(deposit)).toMatchObject({
      source: "counter",
      node: null,
      takenBy: counter.taker,
      purpose: "save",
      settlement: "purchase",
      shareBps: null,
      product: "regular",
      device: "C1",
      receiptNo: `${counter.wasteBank.slice(0, 24).toUpperCase()}-C1-000001`,
      totalIdr: 5_625,
      occurredMs: NOW_MS,
      lines: [
        {
          price: counter.prices.pet,
          priceIdrPerKg: 4_500,
          grossG: 1_350,
          tareG: 100,
          netG: 1_250,
          scale: counter.scale,
          raw: "0d0a",
          stable: true,
          typed: null,
          amountIdr: 5_625,
        },
      ],
    });
    expect(await take(deposit, NOW_MS + 1)).toEqual({ kind: "replayed", id: deposit.id });
    expect(await take({ ...deposit, purpose: "donate" })).toMatchObject({
      kind: "refused",
      code: "conflict",
    });
    expect(await take({ ...deposit, takenBy: counter.colleague })).toMatchObject({ code: "conflict" });
    expect(await standingAt(suite.store, counter)).toMatchObject({ savings: 5_625, stock: 1_250 });
    const deeds = await suite.store.db
      .selectFrom("audit_events")
      .select(["actor", "action"])
      .where("subject", "=", `deposit:${deposit.id}`)
      .execute();
    expect(deeds).toEqual([{ actor: `user:${counter.taker}`, action: "deposit.taken" }]);
  });

  it("pays cash from the drawer of whoever takes the waste, and from no other", async () => {
    expect(await take(pet(1_000, { purpose: "cash" }))).toMatchObject({
      code: "no_shift",
      reason: expect.stringContaining("open a shift first"),
    });
    await openDrawer(suite.store, counter, 10_000);
    await taken(pet(1_000, { purpose: "cash" }));
    expect(await standingAt(suite.store, counter)).toMatchObject({
      savings: 0,
      value: 4_500,
      drawer: 5_500,
      stock: 1_000,
    });
    expect(await take(pet(5_000, { purpose: "cash" }))).toMatchObject({ code: "drawer_short" });
    const elsewhere = await sampleBooks(suite.store);
    const { wasteBank, scale } = elsewhere;
    const away = {
      ...pet(1_000, { purpose: "cash", wasteBank }),
      lines: [weighed({ ...counter, scale }, "pet", 9)],
    };
    expect(await take(away)).toMatchObject({ code: "no_shift", reason: expect.stringContaining("close it") });
  });

  it("counts a gift as donated, and keeps whose it was", async () => {
    expect(await taken(pet(1_000, { purpose: "donate" }))).toMatchObject({
      product: null,
      member: counter.member,
      totalIdr: 4_500,
    });
    expect(await standingAt(suite.store, counter)).toMatchObject({
      savings: 0,
      donations: 4_500,
      value: 4_500,
    });
  });

  it("owes nothing yet where members are paid when the waste is sold", async () => {
    await payAtSale(suite.store, counter, 8_000);
    const deposit = await taken(pet());
    expect(deposit).toMatchObject({ settlement: "share_of_sale", shareBps: 8_000, totalIdr: 0 });
    expect(deposit.lines).toMatchObject([{ priceIdrPerKg: 4_500, amountIdr: 0 }]);
    expect(await standingAt(suite.store, counter)).toMatchObject({
      savings: 0,
      value: 0,
      stock: 0,
      consigned: 1_000,
    });
    const rows = await suite.store.db
      .selectFrom("consignments")
      .selectAll()
      .where("deposit_id", "=", deposit.id)
      .execute();
    expect(rows).toEqual([
      {
        deposit_id: deposit.id,
        line: 0,
        member_id: counter.member,
        waste_bank_id: counter.wasteBank,
        material_id: "pet",
        share_bps: 8_000,
        net_g: 1_000,
        product_id: "regular",
        occurred_ms: NOW_MS,
      },
    ]);
    expect(await take(pet(2_000, { purpose: "cash" }))).toMatchObject({ code: "nothing_to_pay" });
    await taken(pet(3_000, { purpose: "donate" }));
    expect(await standingAt(suite.store, counter)).toMatchObject({
      donations: 0,
      stock: 3_000,
      consigned: 1_000,
    });
  });

  it("takes a weight that was typed, with or without a scale, and lists it", async () => {
    const typed = { kind: "typed", reason: "listrik padam", scale: null } as const;
    const deposit = await taken(
      pet(1_000, { lines: [{ ...weighed(counter, "pet", 700), evidence: typed }] }),
    );
    expect(deposit.lines).toMatchObject([
      { scale: null, raw: null, stable: null, typed: { supervisor: counter.taker, reason: "listrik padam" } },
    ]);
    await taken(pet(5_000));
    const filter = { wasteBank: counter.wasteBank, member: null, node: null, fromMs: null, toMs: null };
    const list = (typedOnly: boolean) =>
      listDeposits(suite.store.db, { ...filter, typed: typedOnly }, { limit: 10, after: null });
    expect((await list(true)).items.map(({ id }) => id)).toEqual([deposit.id]);
    expect((await list(false)).items).toHaveLength(2);
  });

  it("keeps until when the scale was verified, as the page or else the books know it", async () => {
    const { scale } = counter;
    await suite.store.db
      .updateTable("scales")
      .set({ verified_until_ms: NOW_MS + 7 })
      .where("id", "=", scale)
      .execute();
    const known = { kind: "scale", scale, raw: "aa", stable: null, verifiedUntilMs: NOW_MS + 9 } as const;
    const lines = [weighed(counter, "pet", 10), { ...weighed(counter, "pet", 20), evidence: known }];
    const deposit = await taken(handedIn(counter, lines));
    expect(deposit.lines.map(({ verifiedUntilMs }) => verifiedUntilMs)).toEqual([NOW_MS + 7, NOW_MS + 9]);
  });

  it("tells what the page should have shown, line by line, when it has shown something else", async () => {
    const lines = [weighed(counter, "pet", 1_000), weighed(counter, "paper", 1_000)];
    expect(await take(handedIn(counter, lines, { expectedTotalIdr: 6_749 }))).toMatchObject({
      code: "amounts_differ",
      reason: expect.stringContaining("Rp 6750"),
      lines: [4_500, 2_250],
    });
    await taken(handedIn(counter, lines, { expectedTotalIdr: 6_750 }));
  });

  it("asks about a load that looks like one of the last ten minutes, and takes it when it is another", async () => {
    await taken(pet(1_000));
    const { receiptNo } = (await findDeposit(suite.store.db, await lastId())) ?? { receiptNo: "" };
    expect(await take(pet(1_050))).toMatchObject({
      code: "duplicate_visit",
      reason: expect.stringContaining(receiptNo),
    });
    expect(await take(pet(950), NOW_MS + 10 * MINUTE_MS)).toMatchObject({ code: "duplicate_visit" });
    await taken(pet(1_051));
    await taken(pet(900), NOW_MS + 10 * MINUTE_MS + 1);
    const confirmed = await taken(pet(1_000, { confirmsDuplicate: true }));
    const deed = await suite.store.db
      .selectFrom("audit_events")
      .select("action")
      .where("subject", "=", `deposit:${confirmed.id}`)
      .executeTakeFirst();
    expect(deed?.action).toBe("deposit.taken_as_another");
  });

  async function lastId(): Promise<string> {
    const row = await suite.store.db
      .selectFrom("deposits")
      .select("id")
      .where("waste_bank_id", "=", counter.wasteBank)
      .executeTakeFirstOrThrow();
    return row.id;
  }

  it("takes a deposit of a door that was offline by the price of its own time", async () => {
    const later = { material_id: "pet", waste_bank_id: counter.wasteBank, price_idr_per_kg: 9_000 };
    await suite.store.db
      .insertInto("prices")
      .values({
        ...later,
        id: newEventId(),
        valid_from_ms: NOW_MS + DAY_MS,
        created_ms: NOW_MS,
        created_by: "x",
      })
      .execute();
    const deposit = await taken(door({ occurredMs: NOW_MS + 1, visit: "v-7" }), NOW_MS + 7 * DAY_MS);
    expect(deposit).toMatchObject({ source: "door", device: "D1", visit: "v-7", totalIdr: 4_500 });
    expect(await taken(door(), NOW_MS + 7 * DAY_MS)).toMatchObject({ totalIdr: 9_000 });
  });

  const priceFrom = (validFromMs: number, priceIdrPerKg: number) =>
    suite.store.db
      .insertInto("prices")
      .values({
        id: newEventId(),
        material_id: "pet",
        waste_bank_id: counter.wasteBank,
        price_idr_per_kg: priceIdrPerKg,
        valid_from_ms: validFromMs,
        created_ms: NOW_MS,
        created_by: "x",
      })
      .execute();

  it("takes what a clock ahead of ours says for what has happened by now", async () => {
    await priceFrom(NOW_MS + MINUTE_MS, 9_000);
    expect(await taken(door({ occurredMs: NOW_MS + 5 * MINUTE_MS }))).toMatchObject({
      occurredMs: NOW_MS,
      totalIdr: 4_500,
    });
  });

  it("honours what a door has printed, and shows the difference", async () => {
    await priceFrom(NOW_MS - DAY_MS, 4_000);
    const deposit = await taken(door({ ...printed(4_000, 4_000), occurredMs: NOW_MS }));
    expect(deposit).toMatchObject({ totalIdr: 4_000, lines: [{ priceIdrPerKg: 4_000, amountIdr: 4_000 }] });
    expect(await standingAt(suite.store, counter)).toMatchObject({ savings: 4_000, value: 4_000 });
    const rows = await suite.store.db
      .selectFrom("deposit_differences")
      .select(["line", "printed_idr", "computed_idr", "reason"])
      .where("deposit_id", "=", deposit.id)
      .execute();
    expect(rows).toMatchObject([{ line: 0, printed_idr: 4_000, computed_idr: 4_500 }]);
  });

  it("honours a receipt that has promised to buy, although the waste was to be paid when it is sold", async () => {
    await payAtSale(suite.store, counter, 8_000);
    const deposit = await taken(door(printed(4_500)));
    expect(deposit).toMatchObject({ settlement: "purchase", totalIdr: 4_500 });
    const rows = await suite.store.db
      .selectFrom("deposit_differences")
      .select(["line", "printed_idr", "computed_idr"])
      .where("deposit_id", "=", deposit.id)
      .execute();
    expect(rows).toEqual([{ line: -1, printed_idr: 4_500, computed_idr: 0 }]);
  });

  it("leaves a receipt that says very much more to a person", async () => {
    await priceFrom(NOW_MS - DAY_MS, 4_500 + PRINTED_DIFFERENCE_IDR_MAX);
    await priceFrom(NOW_MS - DAY_MS + 1, 4_501 + PRINTED_DIFFERENCE_IDR_MAX);
    const atBound = printed(4_500 + PRINTED_DIFFERENCE_IDR_MAX, 4_500 + PRINTED_DIFFERENCE_IDR_MAX);
    const beyond = printed(4_501 + PRINTED_DIFFERENCE_IDR_MAX, 4_501 + PRINTED_DIFFERENCE_IDR_MAX);
    expect(await take(door(beyond))).toMatchObject({ code: "printed_too_much" });
    await taken(door(atBound));
    await taken(
      door({
        ...beyond,
        takenBy: counter.collector,
        honouredBy: counter.staff,
        confirmsDuplicate: true,
      }),
    );
  });

  it("leaves the next receipt to a person when those that one person took on one day say too much together", async () => {
    await priceFrom(NOW_MS - DAY_MS, 4_500 + PRINTED_DIFFERENCE_IDR_MAX / 2);
    const half = (takenBy = counter.taker) =>
      door({
        ...printed(4_500 + PRINTED_DIFFERENCE_IDR_MAX / 2, 4_500 + PRINTED_DIFFERENCE_IDR_MAX / 2),
        confirmsDuplicate: true,
        takenBy,
      });
    await taken(half());
    // From two phones at once only one passes.
    const both = await Promise.all([take({ ...half(), device: 2 }), take({ ...half(), device: 3 })]);
    expect(both.map((taking) => ("code" in taking ? taking.code : taking.kind)).sort()).toEqual([
      "posted",
      "printed_too_much",
    ]);
    await taken(half(counter.colleague));
    await taken(half(), NOW_MS + DAY_MS);
  });

  it.each([
    ["adds up to another sum", 99_999, 3_400, "1000 g at Rp 3400 a kg is Rp 3400, the receipt says Rp 99999"],
    ["names a price that never was", 9_000, 9_000, "the price is Rp 4500 a kg, which makes Rp 4500"],
    ["names a price that was followed 8 days before", 3_000, 3_000, "has not held in the 7 days before"],
  ])("does not honour a receipt that %s, but for staff", async (_what, amountIdr, price, words) => {
    await priceFrom(NOW_MS - 20 * DAY_MS, 3_000);
    await priceFrom(NOW_MS - 8 * DAY_MS, 3_400);
    const deposit = door(printed(amountIdr, price));
    expect(await take(deposit)).toMatchObject({
      code: "printed_wrong",
      reason: expect.stringContaining(words),
      lines: [4_500],
    });
    await taken({ ...deposit, takenBy: counter.collector, honouredBy: counter.staff });
  });

  const invented = (rest: Partial<NewDeposit>) => door({ ...printed(900_000_000, 900_000_000), ...rest });
  const differencesOf = async (deposit: string) =>
    await suite.store.db
      .selectFrom("deposit_differences")
      .select(["id", "line", "reason"])
      .where("deposit_id", "=", deposit)
      .orderBy("line")
      .execute();

  it("lets nobody honour the own receipt, at the database as well", async () => {
    const own = { takenBy: counter.staff, honouredBy: counter.staff };
    expect(await take(invented(own))).toMatchObject({ code: "taker_honours" });
    expect(await standingAt(suite.store, counter)).toMatchObject({ savings: 0 });
    const { id } = await taken(door({ takenBy: counter.staff }));
    const { honoured_by: _, ...row } = await suite.store.db
      .selectFrom("deposits")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    const twin = { ...row, id: newEventId(), receipt_no: "x", journal_id: newEventId() };
    await expect(
      suite.store.db
        .insertInto("deposits")
        .values({ ...twin, honoured_by: counter.staff })
        .execute(),
    ).rejects.toThrow(/check/i);
  });

  it.each([
    ["of somebody whom nobody knows", () => ({ takenBy: newEventId() }), "unknown_user"],
    ["of an operator, who goes to no doors", () => ({ takenBy: counter.colleague }), "bad_line"],
    ["that says no amounts", () => ({ lines: [weighed(counter, "pet", 1_000)] }), "bad_line"],
    ["of a counter", () => ({ source: "counter" as const, occurredMs: null }), "bad_line"],
  ])("honours no receipt %s", async (_what, rest, code) => {
    const deposit = { takenBy: counter.collector, honouredBy: counter.staff, ...rest() };
    expect(await take(invented(deposit))).toMatchObject({ code });
  });

  it("records who honoured a receipt, flags it as unusual, and lets neither of the two settle that", async () => {
    const deposit = invented({ takenBy: counter.collector, honouredBy: counter.staff });
    expect(await taken(deposit)).toMatchObject({ takenBy: counter.collector, honouredBy: counter.staff });
    expect(await take(deposit)).toMatchObject({ kind: "replayed" });
    const deeds = await suite.store.db
      .selectFrom("audit_events")
      .select(["actor", "action"])
      .where("subject", "=", `deposit:${deposit.id}`)
      .execute();
    expect(deeds).toEqual([{ actor: `user:${counter.staff}`, action: "deposit.honoured" }]);
    const flags = await differencesOf(deposit.id);
    expect(flags).toMatchObject([{ line: -1, reason: expect.stringContaining("unusual") }, { line: 0 }]);
    for (const { id } of flags) {
      const settle = (by: string) =>
        suite.store.transaction((tx) => settleDifference(tx, { id, note: "dilihat", by }, NOW_MS));
      for (const by of [counter.collector, counter.staff]) {
        expect(await settle(by)).toEqual({ kind: "own" });
        const write = suite.store.db
          .updateTable("deposit_differences")
          .set({ settled_by: by, settled_ms: NOW_MS, note: "dilihat" })
          .where("id", "=", id)
          .execute();
        await expect(write).rejects.toThrow(/LG008/);
      }
      expect(await settle(counter.colleague)).toMatchObject({ kind: "done" });
    }
  });

  it("pays the cash of an honoured receipt from the drawer of who took it, and flags it", async () => {
    const taker = counter.collector;
    const deposit = door({
      ...printed(4_600, 4_600),
      purpose: "cash",
      takenBy: taker,
      honouredBy: counter.staff,
    });
    expect(await take(deposit)).toMatchObject({ code: "no_shift" });
    await openDrawer(suite.store, { ...counter, taker }, 10_000);
    await taken(deposit);
    expect(await standingAt(suite.store, { ...counter, taker })).toMatchObject({ drawer: 5_400 });
    expect(await differencesOf(deposit.id)).toMatchObject([
      { line: -1, reason: expect.stringContaining(`user ${counter.staff} has honoured`) },
      { line: 0 },
    ]);
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });

  it("honours an own price that was ended within the week for the parent's", async () => {
    const { wasteBank } = counter;
    const parent = (await sampleBooks(suite.store)).wasteBank;
    await suite.store.db
      .updateTable("waste_banks")
      .set({ parent_id: parent })
      .where("id", "=", wasteBank)
      .execute();
    const ended = { material_id: "pet", waste_bank_id: wasteBank, price_idr_per_kg: null, created_by: "x" };
    await suite.store.db
      .insertInto("prices")
      .values({ ...ended, id: newEventId(), valid_from_ms: NOW_MS + MINUTE_MS, created_ms: NOW_MS })
      .execute();
    await suite.store.db
      .insertInto("prices")
      .values({
        ...ended,
        id: newEventId(),
        waste_bank_id: parent,
        price_idr_per_kg: 5_000,
        valid_from_ms: NOW_MS + 1,
        created_ms: NOW_MS,
      })
      .execute();
    const lateMs = NOW_MS + 7 * DAY_MS + MINUTE_MS - 1;
    expect(await taken(door(printed(4_500)), lateMs)).toMatchObject({ totalIdr: 4_500 });
    const afterMs = NOW_MS + 7 * DAY_MS + 11 * MINUTE_MS;
    expect(await take(door(printed(4_500)), afterMs)).toMatchObject({ code: "printed_wrong" });
  });

  describe("refuses, and leaves no trace of,", () => {
    const closed = () =>
      suite.store.transaction(async (tx) => {
        await tx.updateTable("members").set({ closed_ms: 1 }).where("id", "=", counter.member).execute();
        const subject = `member:${counter.member}`;
        await recordDeed(tx, { actor: "user:test", action: "member.closed", subject, atMs: NOW_MS });
      });
    const evidence = (change: object) => {
      const line = weighed(counter, "pet", 1_000);
      return { lines: [{ ...line, evidence: { ...line.evidence, ...change } as typeof line.evidence }] };
    };
    const rows: [string, string, () => NewDeposit | Promise<NewDeposit>][] = [
      ["an unknown waste bank", "unknown_waste_bank", () => pet(1, { wasteBank: "wb-none" })],
      ["an unknown member", "unknown_member", () => pet(1, { member: newEventId() })],
      ["a member who has left", "member_closed", () => closed().then(() => pet())],
      ["a material without a price", "no_price", () => pet(1, { lines: [weighed(counter, "gold", 1)] })],
      ["an unknown scale", "unknown_scale", () => pet(1, evidence({ scale: "scale-none" }))],
      [
        "a scale of another waste bank",
        "unknown_scale",
        async () => pet(1, evidence({ scale: (await sampleBooks(suite.store)).scale })),
      ],
      ["a load that the scale cannot weigh", "weight_out_of_range", () => pet(149_901)],
      ["a weight that was not at rest", "unstable_weight", () => pet(1, evidence({ stable: false }))],
      [
        "a line without a weight",
        "bad_line",
        () => pet(1, { lines: [{ ...weighed(counter, "pet", 1), weight: null }] }),
      ],
      [
        "evidence of a line that nothing has",
        "unknown_line",
        () => pet(1, { lines: [{ ...weighed(counter, "pet", 1), evidence: { kind: "of_line", line: 0 } }] }),
      ],
      ["an unknown product", "unknown_product", () => pet(1, { product: "none" })],
      ["a product for cash", "bad_line", () => pet(1, { product: "regular", purpose: "cash" })],
      ["a time at the counter", "out_of_time", () => pet(1, { occurredMs: NOW_MS })],
      ["a door eight days late", "out_of_time", () => door({ occurredMs: NOW_MS - 7 * DAY_MS - 1 })],
      [
        "a door more than five minutes ahead",
        "out_of_time",
        () => door({ occurredMs: NOW_MS + 5 * MINUTE_MS + 1 }),
      ],
      ["printed amounts at the counter", "bad_line", () => pet(1, printed(4_500))],
      [
        "a receipt of which only one line was printed",
        "bad_line",
        () => door({ lines: [...printed(4_500).lines, weighed(counter, "pet", 5)] }),
      ],
      [
        "an expected sum beside a printed one",
        "bad_line",
        () => door({ ...printed(1), expectedTotalIdr: 1 }),
      ],
    ];
    it.each(rows)("%s: %s", async (_name, code, deposit) => {
      const before = await standingAt(suite.store, counter);
      expect(await take(await deposit())).toMatchObject({
        kind: "refused",
        code,
        reason: expect.any(String),
      });
      expect(await standingAt(suite.store, counter)).toEqual(before);
      const series = await suite.store.db
        .selectFrom("receipt_series")
        .selectAll()
        .where("waste_bank_id", "=", counter.wasteBank)
        .execute();
      expect(series).toEqual([]);
    });
  });

  it("takes a deposit once that ten clients hand in at once", async () => {
    const deposit = pet();
    const takings = await Promise.all(Array.from({ length: 10 }, () => take(deposit)));
    expect(takings.map(({ kind }) => kind).sort()).toEqual(["posted", ...Array(9).fill("replayed")]);
    expect(await standingAt(suite.store, counter)).toMatchObject({ savings: 4_500, stock: 1_000 });
  });

  it("numbers receipts without gaps, also those of 20 that come at once and of which some are refused", async () => {
    const takings = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        take(pet(1_000 * (at + 1), at % 5 === 4 ? { product: "none" } : {})),
      ),
    );
    expect(takings.filter(({ kind }) => kind === "posted")).toHaveLength(16);
    const rows = await suite.store.db
      .selectFrom("deposits")
      .select("receipt_no")
      .where("waste_bank_id", "=", counter.wasteBank)
      .orderBy("receipt_no")
      .execute();
    expect(rows.map(({ receipt_no }) => Number(receipt_no.slice(-6)))).toEqual(
      Array.from({ length: 16 }, (_, at) => at + 1),
    );
    expect(new Set(rows.map(({ receipt_no }) => receipt_no.length))).toEqual(new Set([34]));
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db, NOW_MS)).toEqual([]);
  });
});
