import { newEventId } from "@jumpa-madu/contracts/ids";
import { VOID_WINDOW_MS } from "@jumpa-madu/contracts/records";
import { beforeEach, describe, expect, it } from "vitest";
import { closeShift } from "../cash/close-shift.ts";
import { beginShift } from "../cash/open-shift.ts";
import { accountId } from "../ledger/account.ts";
import { postJournal } from "../ledger/post-journal.ts";
import { verifySample } from "../ledger/sample-journals.ts";
import { postRecord } from "../records/post-record.ts";
import { depositOf, lineOf, NOW_MS } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { insertOffTaker } from "../stock/off-takers.ts";
import { sellStock } from "../stock/sell.ts";
import { correctDeposit, type NewCorrection } from "./correct-deposit.ts";
import { findDeposit } from "./deposits.ts";
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
import { type NewVoid, voidDeposit } from "./void-deposit.ts";

const DAY_MS = 86_400_000;

onEachEngine("taking a deposit back", (suite) => {
  let counter: SampleCounter;
  beforeEach(async () => {
    counter = await sampleCounter(suite.store);
  });

  async function taken(rest: Partial<NewDeposit> = {}, nowMs = NOW_MS): Promise<string> {
    const deposit = handedIn(counter, [weighed(counter, "pet", 1_000)], rest);
    const taking = await suite.store.transaction((tx) => takeDeposit(tx, deposit, nowMs));
    expect(taking).toEqual({ kind: "posted", id: deposit.id });
    return deposit.id;
  }

  async function fromTerminal(rest = {}): Promise<string> {
    const record = depositOf(counter, [lineOf(counter, "pet", 1_000)], rest);
    const origin = { node: counter.node, receivedMs: NOW_MS };
    expect(await suite.store.transaction((tx) => postRecord(tx, origin, record))).toEqual({ kind: "posted" });
    return record.id;
  }

  /** Moves the member's money away as a payout would. */
  async function spend(amount: number): Promise<void> {
    const { wasteBank, member } = counter;
    const savings = accountId({ kind: "member_savings", ledger: "IDR", wasteBank, member, part: "regular" });
    const value = accountId({ kind: "stock_value", ledger: "IDR", wasteBank, part: "pet" });
    const outcome = await postJournal(suite.store, {
      idempotencyKey: newEventId(),
      kind: "test",
      actor: "user:test",
      occurredMs: NOW_MS,
      transfers: [{ phase: "pend", debit: savings, credit: value, amount }],
    });
    expect(outcome.kind).toBe("posted");
  }

  describe("within minutes", () => {
    const by = (
      id: string,
      role: NewVoid["by"]["role"] = "operator",
      wasteBank: string | null = counter.wasteBank,
    ) => ({
      id,
      role,
      wasteBank,
    });
    const voided = (deposit: string, rest: Partial<NewVoid> = {}, nowMs = NOW_MS) => {
      const asked = { id: newEventId(), deposit, reason: "salah timbang", by: by(counter.taker), ...rest };
      return suite.store.transaction((tx) => voidDeposit(tx, asked, nowMs));
    };

    it("is done once, with a reason and a deed", async () => {
      const deposit = await taken();
      const id = newEventId();
      expect(await voided(deposit, { id })).toEqual({ kind: "posted" });
      expect(await voided(deposit, { id }, NOW_MS + DAY_MS)).toEqual({ kind: "replayed" });
      expect(await voided(deposit, { id, reason: "lain" })).toMatchObject({ code: "conflict" });
      expect(await voided(deposit)).toMatchObject({ code: "already_voided" });
      expect(await standingAt(suite.store, counter)).toMatchObject({ savings: 0, value: 0, stock: 0 });
      expect(await findDeposit(suite.store.db, deposit)).toMatchObject({
        voided: { id, kind: "void", by: counter.taker, reason: "salah timbang" },
      });
      const deeds = await suite.store.db
        .selectFrom("audit_events")
        .select(["action", "reason"])
        .where("subject", "=", `deposit:${deposit}`)
        .orderBy("id")
        .execute();
      expect(deeds).toContainEqual({ action: "deposit.voided", reason: "salah timbang" });
    });

    it("is for whoever took it and the operators of the waste bank alone", async () => {
      const other = await sampleCounter(suite.store);
      const deposit = await taken();
      for (const stranger of [
        by(other.taker, "operator", other.wasteBank),
        by(counter.staff, "collector", null),
      ]) {
        expect(await voided(deposit, { by: stranger })).toMatchObject({ code: "unknown_deposit" });
      }
      // Staff see it, and are told what they may do instead.
      expect(await voided(deposit, { by: by(counter.staff, "staff", null) })).toMatchObject({
        code: "not_theirs",
        reason: expect.stringContaining("/correction"),
      });
      expect(await voided(newEventId())).toMatchObject({ code: "unknown_deposit" });
      expect(await voided(deposit, { by: by(counter.colleague) })).toEqual({ kind: "posted" });
      const own = await taken({ takenBy: counter.staff });
      expect(await voided(own, { by: by(counter.staff, "staff", null) })).toEqual({ kind: "posted" });
    });

    it("ends after the window, which begins when a door's deposit has come", async () => {
      const atCounter = await taken();
      const atTerminal = await fromTerminal();
      const atDoor = await taken(
        { source: "door", occurredMs: NOW_MS, confirmsDuplicate: true },
        NOW_MS + DAY_MS,
      );
      for (const [deposit, fromMs] of [
        [atCounter, NOW_MS],
        [atTerminal, NOW_MS],
        [atDoor, NOW_MS + DAY_MS],
      ] as const) {
        expect(await voided(deposit, {}, fromMs + VOID_WINDOW_MS + 1)).toMatchObject({
          code: "void_late",
          reason: expect.stringContaining("staff"),
        });
        expect(await voided(deposit, {}, fromMs + VOID_WINDOW_MS)).toEqual({ kind: "posted" });
      }
    });

    it("says how much the member has spent of it", async () => {
      const deposit = await taken();
      await spend(1_500);
      expect(await voided(deposit)).toMatchObject({
        code: "spent",
        reason: expect.stringContaining("Rp 1500 are missing"),
      });
      expect(await standingAt(suite.store, counter)).toMatchObject({ savings: 4_500, stock: 1_000 });
    });

    it("puts cash back into the drawer while its shift is open, and not into a later one", async () => {
      const shift = await openDrawer(suite.store, counter, 10_000);
      const [first, second] = [
        await taken({ purpose: "cash" }),
        await taken({ purpose: "cash", confirmsDuplicate: true }),
      ];
      expect(await voided(first)).toEqual({ kind: "posted" });
      expect(await standingAt(suite.store, counter)).toMatchObject({
        drawer: 5_500,
        savings: 0,
        stock: 1_000,
      });
      await countAndClose(shift, 5_500);
      expect(await voided(second)).toMatchObject({
        code: "shift_closed",
        reason: expect.stringContaining("safe"),
      });
      const { taker: user, wasteBank } = counter;
      const next = { id: newEventId(), user, wasteBank, floatIdr: 5_000, nowMs: NOW_MS + 1 };
      expect((await suite.store.transaction((tx) => beginShift(tx, next))).kind).toBe("done");
      expect(await voided(second)).toMatchObject({ code: "shift_closed" });
    });

    it("wins once when several ask at the same time", async () => {
      const deposit = await taken();
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => voided(deposit)));
      expect(outcomes.filter(({ kind }) => kind === "posted")).toHaveLength(1);
      expect(
        outcomes.filter((outcome) => "code" in outcome && outcome.code === "already_voided"),
      ).toHaveLength(7);
      expect(await standingAt(suite.store, counter)).toMatchObject({ savings: 0, stock: 0 });
    });
  });

  async function countAndClose(shift: string, countedIdr: number): Promise<void> {
    const count = {
      id: newEventId(),
      shift,
      user: counter.taker,
      countedIdr,
      notes: null,
      nodes: [],
      reason: null,
    };
    const closed = await suite.store.transaction((tx) => closeShift(tx, { ...count, nowMs: NOW_MS + 1 }));
    expect(closed.kind).toBe("done");
  }

  describe("later, by staff,", () => {
    const corrected = (deposit: string, rest: Partial<NewCorrection> = {}) => {
      const asked = {
        id: newEventId(),
        deposit,
        reason: "salah jenis",
        lines: null,
        by: counter.staff,
        ...rest,
      };
      return suite.store.transaction((tx) => correctDeposit(tx, asked, NOW_MS + DAY_MS));
    };

    it("leaves nothing of it without lines", async () => {
      const deposit = await taken();
      const id = newEventId();
      expect(await corrected(deposit, { id })).toEqual({ kind: "posted", replacement: null });
      expect(await corrected(deposit, { id })).toEqual({ kind: "replayed", replacement: null });
      expect(await corrected(deposit, { id, reason: "lain" })).toMatchObject({ code: "conflict" });
      expect(await corrected(deposit)).toMatchObject({ code: "already_voided" });
      expect(await corrected(newEventId())).toMatchObject({ code: "unknown_deposit" });
      expect(await standingAt(suite.store, counter)).toMatchObject({ savings: 0, value: 0, stock: 0 });
    });

    it("puts another in its place, at the prices of its own day and with the evidence of its lines", async () => {
      await suite.store.db
        .insertInto("prices")
        .values({
          id: newEventId(),
          material_id: "pet",
          waste_bank_id: counter.wasteBank,
          price_idr_per_kg: 9_999,
          valid_from_ms: NOW_MS + 1,
          created_ms: NOW_MS,
          created_by: "x",
        })
        .execute();
      const deposit = await fromTerminal();
      const lines = [
        { material: "paper", weight: null, evidence: { kind: "of_line", line: 0 } as const, printed: null },
        {
          ...weighed(counter, "pet", 500),
          evidence: { kind: "typed", reason: "nota kertas", scale: null } as const,
        },
      ];
      const id = newEventId();
      const outcome = await corrected(deposit, { id, lines });
      if (outcome.kind === "refused" || outcome.replacement === null)
        throw new Error(JSON.stringify(outcome));
      expect(await corrected(deposit, { id, lines })).toEqual({ ...outcome, kind: "replayed" });
      expect(await findDeposit(suite.store.db, deposit)).toMatchObject({
        correctedBy: outcome.replacement,
        voided: { kind: "correction", by: counter.staff },
      });
      expect(await findDeposit(suite.store.db, outcome.replacement)).toMatchObject({
        source: "counter",
        takenBy: counter.staff,
        corrects: deposit,
        receiptNo: expect.stringMatching(/-K1-000001$/),
        occurredMs: NOW_MS,
        totalIdr: 2_250 + 2_250,
        lines: [
          {
            material: "paper",
            netG: 1_000,
            grossG: 1_100,
            raw: "0d0a",
            scale: counter.scale,
            priceIdrPerKg: 2_250,
          },
          { material: "pet", netG: 500, typed: { supervisor: counter.staff }, priceIdrPerKg: 4_500 },
        ],
      });
      expect(await standingAt(suite.store, counter)).toMatchObject({
        savings: 4_500,
        stock: 500,
        value: 2_250,
      });
      // Another person must look at it if it was wrong again.
      expect(await corrected(outcome.replacement)).toMatchObject({ code: "taker_corrects" });
    });

    it("is never done by whoever took it, not even behind our back", async () => {
      const deposit = await taken({ takenBy: counter.staff });
      expect(await corrected(deposit)).toMatchObject({ code: "taker_corrects" });
      const row = await suite.store.db
        .selectFrom("deposits")
        .select("journal_id")
        .where("id", "=", deposit)
        .executeTakeFirstOrThrow();
      await expect(
        suite.store.db
          .insertInto("deposit_voids")
          .values({
            id: newEventId(),
            body_hash: "",
            deposit_id: deposit,
            kind: "correction",
            voided_by: counter.staff,
            reason: "x",
            journal_id: row.journal_id,
            occurred_ms: NOW_MS,
            received_ms: NOW_MS,
          })
          .execute(),
      ).rejects.toThrow("LG008");
    });

    it("undoes nothing when the replacement is refused", async () => {
      const deposit = await taken();
      expect(await corrected(deposit, { lines: [weighed(counter, "gold", 5)] })).toMatchObject({
        code: "no_price",
      });
      expect(await findDeposit(suite.store.db, deposit)).toMatchObject({ voided: null });
      expect(await standingAt(suite.store, counter)).toMatchObject({ savings: 4_500, stock: 1_000 });
    });

    it("says how much the member has spent of it, also when the replacement would cover it", async () => {
      const deposit = await taken();
      await spend(4_000);
      expect(await corrected(deposit, { lines: [weighed(counter, "pet", 999)] })).toMatchObject({
        code: "spent",
        reason: expect.stringContaining("Rp 4000 are missing"),
      });
    });

    it("pays from the drawer that it has put the cash back into", async () => {
      await openDrawer(suite.store, counter, 10_000);
      const deposit = await taken({ purpose: "cash" });
      const outcome = await corrected(deposit, { lines: [weighed(counter, "pet", 500)] });
      expect(outcome).toMatchObject({ kind: "posted" });
      expect(await standingAt(suite.store, counter)).toMatchObject({
        drawer: 10_000 - 2_250,
        savings: 0,
        stock: 500,
      });
      const atTerminal = await fromTerminal({ purpose: "cash" });
      expect(await corrected(atTerminal, { lines: [weighed(counter, "pet", 500)] })).toMatchObject({
        kind: "posted",
      });
      expect(await standingAt(suite.store, counter)).toMatchObject({
        nodeCash: 2_250,
        savings: 0,
        stock: 1_000,
      });
    });

    it("pays nothing from nowhere when the first deposit was worth nothing", async () => {
      await openDrawer(suite.store, counter, 10_000);
      const deposit = await taken({ purpose: "cash", lines: [weighed(counter, "residue", 800)] });
      expect(await corrected(deposit, { lines: [weighed(counter, "pet", 800)] })).toMatchObject({
        code: "no_shift",
      });
      expect(await corrected(deposit)).toMatchObject({ kind: "posted" });
    });

    it("corrects gifts and what waits to be sold, unless some of that was sold", async () => {
      const gift = await taken({ purpose: "donate" });
      expect(await corrected(gift, { lines: [weighed(counter, "pet", 400)] })).toMatchObject({
        kind: "posted",
      });
      expect(await standingAt(suite.store, counter)).toMatchObject({ donations: 1_800, stock: 400 });
      await payAtSale(suite.store, counter, 8_000);
      const [first, second] = [await taken(), await taken({ confirmsDuplicate: true })];
      expect(await corrected(first, { lines: [weighed(counter, "pet", 600)] })).toMatchObject({
        kind: "posted",
      });
      expect(await standingAt(suite.store, counter)).toMatchObject({ consigned: 1_600, savings: 0 });
      const offTaker = `buyer-${newEventId()}`;
      const sale = await suite.store.transaction(async (tx) => {
        await insertOffTaker(tx, { id: offTaker, name: "Lapak", createdMs: NOW_MS, createdBy: "user:test" });
        return await sellStock(
          tx,
          {
            id: newEventId(),
            wasteBank: counter.wasteBank,
            buyer: { offTaker },
            occurredMs: NOW_MS,
            lines: [
              {
                material: "pet",
                outG: 700,
                acceptedG: 700,
                rejectedG: 0,
                rejects: "returned",
                priceIdrPerKg: 2_000,
              },
            ],
            paid: null,
            soldBy: "user:test",
          },
          NOW_MS,
        );
      });
      expect(sale).toEqual({ kind: "posted" });
      expect(await corrected(second)).toMatchObject({
        code: "sold",
        reason: expect.stringContaining("100 g of pet have left the store"),
      });
      // Other waste in the store does not make up for what was sold of this.
      await taken({ confirmsDuplicate: true });
      expect(await corrected(second)).toMatchObject({
        code: "sold",
        reason: expect.stringContaining("100 g"),
      });
      expect(await findDeposit(suite.store.db, second)).toMatchObject({ voided: null });
    });
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db, NOW_MS)).toEqual([]);
  });
});
