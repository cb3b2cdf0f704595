/** Cash that is handed out at deposits keeps to limits, as payouts do, and counts together with them. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { LimitScope } from "@jumpa-madu/contracts/payout/states";
import { beforeEach, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { TYPED_CASH_IDR_MAX } from "../payouts/cash-given.ts";
import { insertLimit } from "../payouts/limits.ts";
import { decideRule } from "../payouts/payout-rules.ts";
import { requestPayout } from "../payouts/request-payout.ts";
import { postRecord } from "../records/post-record.ts";
import { depositOf, lineOf, NOW_MS } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { listDifferences } from "./deposit-differences.ts";
import { handedIn, openDrawer, type SampleCounter, sampleCounter, weighed } from "./sample-counter.ts";
import { type NewDeposit, takeDeposit } from "./take-deposit.ts";
import { voidDeposit } from "./void-deposit.ts";

const DAY_MS = 86_400_000;

onEachEngine("cash at a deposit", (suite) => {
  let counter: SampleCounter;
  beforeEach(async () => {
    counter = await sampleCounter(suite.store);
    await openDrawer(suite.store, counter, 500_000);
  });

  const limit = (scope: LimitScope, amountIdr: number) =>
    suite.store.transaction(async (tx) => {
      const { id } = await insertLimit(tx, {
        id: newEventId(),
        scope,
        channelKind: null,
        wasteBank: counter.wasteBank,
        amountIdr,
        validFromMs: 0,
        createdMs: 0,
        createdBy: `user:${counter.staff}`,
      });
      await decideRule(tx, {
        rule: "limit",
        id,
        decision: "approved",
        actor: `user:${counter.colleague}`,
        nowMs: 0,
      });
    });
  const take = (deposit: NewDeposit, nowMs = NOW_MS) =>
    suite.store.transaction((tx) => takeDeposit(tx, deposit, nowMs));
  /** PET at Rp 4,500 a kg. */
  const pet = (netG: number, rest: Partial<NewDeposit> = {}) =>
    handedIn(counter, [weighed(counter, "pet", netG)], { purpose: "cash", confirmsDuplicate: true, ...rest });
  const payout = (amountIdr: number) =>
    suite.store.transaction((tx) =>
      requestPayout({}, tx, {
        id: newEventId(),
        member: counter.member,
        wasteBank: counter.wasteBank,
        product: "regular",
        amountIdr,
        channel: "cash",
        destination: null,
        closes: false,
        requestedBy: `user:${counter.taker}`,
        nowMs: NOW_MS,
      }),
    );

  it("beyond the limit of one deposit is refused, and saved instead", async () => {
    await limit("cash_deposit_max", 9_000);
    expect(await take(pet(2_001))).toMatchObject({
      code: "over_limit",
      reason: expect.stringContaining("let the member save instead"),
    });
    expect(await take(pet(2_001, { purpose: "save" }))).toMatchObject({ kind: "posted" });
    expect(await take(pet(2_000))).toMatchObject({ kind: "posted" });
  });

  it.each(["cashier_day", "unit_day"] as const)(
    "counts into %s together with payouts, both ways",
    async (scope) => {
      await limit(scope, 20_000);
      expect(await take(pet(10_000, { purpose: "save" }))).toMatchObject({ kind: "posted" });
      expect(await payout(8_000)).toMatchObject({ kind: "requested" });
      const first = pet(2_000);
      expect(await take(first)).toMatchObject({ kind: "posted" });
      expect(await take(pet(1_000))).toMatchObject({
        code: "over_limit",
        reason: expect.stringContaining("Rp 3000 is left"),
      });
      expect(await payout(3_001)).toMatchObject({ code: "over_limit" });
      expect(await payout(3_000)).toMatchObject({ kind: "requested" });
      const by = { id: counter.taker, role: "operator", wasteBank: counter.wasteBank } as const;
      const back = { id: newEventId(), deposit: first.id, reason: "salah", by };
      expect(await suite.store.transaction((tx) => voidDeposit(tx, back, NOW_MS))).toMatchObject({
        kind: "posted",
      });
      expect(await take(pet(2_000))).toMatchObject({ kind: "posted" });
      expect(await take(pet(1_000), NOW_MS + DAY_MS)).toMatchObject({ kind: "posted" });
      expect(await verifySample(suite.store.db, 0)).toEqual([]);
    },
  );

  it("that comes at once from many counters is no more than the day's limit", async () => {
    await limit("unit_day", 20_000);
    const takings = await Promise.all([1, 2, 3, 4, 5, 6].map((device) => take(pet(2_000, { device }))));
    expect(takings.filter(({ kind }) => kind === "posted")).toHaveLength(2);
  });

  it("for weights that were typed is little, also in parts: the rest is saved", async () => {
    const typed = (netG: number, rest: Partial<NewDeposit> = {}) =>
      pet(netG, {
        lines: [
          {
            ...weighed(counter, "pet", netG),
            evidence: { kind: "typed", reason: "listrik padam", scale: null },
          },
        ],
        ...rest,
      });
    const halfG = Math.floor((TYPED_CASH_IDR_MAX / 2 / 4_500) * 1_000);
    expect(await take(typed(halfG))).toMatchObject({ kind: "posted" });
    expect(await take(typed(halfG))).toMatchObject({ kind: "posted" });
    expect(await take(typed(100))).toMatchObject({ code: "over_limit" });
    expect(await take(typed(100, { purpose: "save" }))).toMatchObject({ kind: "posted" });
    expect(await take(pet(100))).toMatchObject({ kind: "posted" });
  });

  it("for weights that were typed, which a receipt at a door has handed out beyond the bound, is posted and flagged", async () => {
    const typedAtDoor = (netG: number, amountIdr: number) =>
      pet(netG, {
        source: "door",
        lines: [
          {
            ...weighed(counter, "pet", netG),
            evidence: { kind: "typed", reason: "listrik padam", scale: null },
            printed: { priceIdrPerKg: 4_500, amountIdr },
          },
        ],
      });
    const flags = async () =>
      (
        await listDifferences(
          suite.store.db,
          { wasteBank: counter.wasteBank, open: true },
          { limit: 10, after: null },
        )
      ).items;
    expect(await take(typedAtDoor(20_000, 90_000))).toMatchObject({ kind: "posted" });
    expect(await flags()).toEqual([]);
    const beyond = typedAtDoor(4_000, 18_000);
    expect(await take(beyond)).toMatchObject({ kind: "posted" });
    expect(await flags()).toMatchObject([
      { deposit: beyond.id, line: -1, reason: expect.stringContaining("Rp 10000 is left of today") },
    ]);
  });

  it("that a terminal or a receipt at a door has handed out already is posted, and flagged", async () => {
    await limit("cash_deposit_max", 4_499);
    const record = depositOf(counter, [lineOf(counter, "pet", 1_000)], { purpose: "cash" });
    const origin = { node: counter.node, receivedMs: NOW_MS };
    expect(await suite.store.transaction((tx) => postRecord(tx, origin, record))).toEqual({ kind: "posted" });
    const printed = pet(1_000, {
      source: "door",
      lines: [{ ...weighed(counter, "pet", 1_000), printed: { priceIdrPerKg: 4_500, amountIdr: 4_500 } }],
    });
    expect(await take(printed)).toMatchObject({ kind: "posted" });
    const { items } = await listDifferences(
      suite.store.db,
      { wasteBank: counter.wasteBank, open: true },
      { limit: 10, after: null },
    );
    const flag = { line: -1, printedIdr: 4_500, reason: "the cash at one deposit may be Rp 4499 at most" };
    expect(items).toMatchObject([flag, flag]);
    expect(new Set(items.map(({ deposit }) => deposit))).toEqual(new Set([record.id, printed.id]));
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
