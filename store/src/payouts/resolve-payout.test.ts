/** Payouts under review: what two people decide, the books follow. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Lookup } from "@jumpa-madu/contracts/payout/outcome";
import type { Resolution } from "@jumpa-madu/contracts/payout/states";
import { afterEach, beforeEach, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { findPayout } from "./payout.ts";
import {
  answer,
  cashOf,
  claim,
  feeIn,
  HOUR_MS,
  moneyOf,
  request,
  type SampleBank,
  sampleBank,
  sending,
  standing,
} from "./payout-fixture.ts";
import { resolvePayout } from "./resolve-payout.ts";

const LATE: Lookup[] = [{ kind: "failed" }, { kind: "succeeded" }];
const MISMATCH: Lookup[] = [{ kind: "pending" }, { kind: "succeeded", amountIdr: 1 }];
const CONTRADICTION: Lookup[] = [{ kind: "succeeded" }, { kind: "failed" }];
/** A further attempt waits that was not sent yet. */
const HELD_BACK: Lookup[] = [{ kind: "failed", failure: "channel_temporary" }, { kind: "succeeded" }];

onEachEngine("a payout under review", (suite) => {
  let bank: SampleBank;
  let feeClock = 1;
  beforeEach(async () => {
    bank = await sampleBank(suite.store, 100_000);
  });
  afterEach(() => bank.desk.vault.close());

  async function underReview(seen: Lookup[]): Promise<{ attempt: string; payout: string }> {
    const attempt = await sending(bank);
    for (const outcome of seen) await answer(bank, attempt, { outcome });
    const { payout_id: payout } = await suite.store.db
      .selectFrom("payout_attempts")
      .select("payout_id")
      .where("id", "=", attempt)
      .executeTakeFirstOrThrow();
    return { attempt, payout };
  }
  const decide = (payout: string, resolution: Resolution, actor: string) =>
    suite.store.transaction((tx) =>
      resolvePayout(tx, { payout, resolution, reason: "dasbor dilihat", actor, nowMs: bank.nowMs }),
    );

  it.each<{
    name: string;
    seen: Lookup[];
    resolution: Resolution;
    payout: string;
    attempt: string;
    savings: number;
    out: number;
  }>([
    {
      name: "mismatch, paid",
      seen: MISMATCH,
      resolution: "paid",
      payout: "paid",
      attempt: "succeeded",
      savings: 50_000,
      out: 50_000,
    },
    {
      name: "mismatch, not paid",
      seen: MISMATCH,
      resolution: "not_paid",
      payout: "failed",
      attempt: "failed",
      savings: 100_000,
      out: 0,
    },
    {
      name: "late success, paid",
      seen: LATE,
      resolution: "paid",
      payout: "paid",
      attempt: "succeeded",
      savings: 50_000,
      out: 50_000,
    },
    {
      name: "late success, not paid",
      seen: LATE,
      resolution: "not_paid",
      payout: "failed",
      attempt: "failed",
      savings: 100_000,
      out: 0,
    },
    {
      name: "late success, written off",
      seen: LATE,
      resolution: "written_off",
      payout: "failed",
      attempt: "failed",
      savings: 100_000,
      out: 50_000,
    },
    {
      name: "contradiction, paid",
      seen: CONTRADICTION,
      resolution: "paid",
      payout: "paid",
      attempt: "succeeded",
      savings: 50_000,
      out: 50_000,
    },
    {
      name: "contradiction, not paid",
      seen: CONTRADICTION,
      resolution: "not_paid",
      payout: "reversed",
      attempt: "reversed",
      savings: 100_000,
      out: 0,
    },
    {
      name: "late success with a further attempt, paid",
      seen: HELD_BACK,
      resolution: "paid",
      payout: "paid",
      attempt: "succeeded",
      savings: 50_000,
      out: 50_000,
    },
  ])("$name: nothing moves before the second person", async (row) => {
    const { attempt, payout } = await underReview(row.seen);
    const before = await moneyOf(bank);
    expect(await decide(payout, row.resolution, bank.staff)).toMatchObject({ kind: "proposed" });
    expect(await decide(payout, row.resolution, bank.staff)).toMatchObject({ kind: "proposed" });
    expect(await moneyOf(bank)).toEqual(before);
    expect(await decide(payout, row.resolution, bank.chief)).toMatchObject({
      kind: "resolved",
      payout: { review: null },
    });
    expect(await decide(payout, row.resolution, bank.chief)).toMatchObject({ kind: "repeated" });
    const other = row.resolution === "paid" ? "not_paid" : "paid";
    expect(await decide(payout, other, bank.chief)).toMatchObject({ code: "wrong_state" });
    expect(await standing(bank, attempt)).toEqual({
      attempt: row.attempt,
      payout: row.payout,
      review: null,
      jobs: [],
    });
    expect(await moneyOf(bank)).toEqual({ savings: row.savings, held: 0, clearing: 0, out: row.out });
  });

  it.each([
    {
      name: "resolved as paid",
      seen: [{ kind: "pending" }, { kind: "succeeded", amountIdr: 1 }] as Lookup[],
    },
    {
      name: "paid and come back, of which the first part was not told",
      seen: [{ kind: "reversed" }] as Lookup[],
    },
  ])("takes the fee of its request from the provider's money: $name", async ({ seen }) => {
    await feeIn(bank, { feeIdr: 2_500, bearer: "bank", validFromMs: feeClock++ });
    const { payout } = await underReview(seen);
    await feeIn(bank, { feeIdr: 0, bearer: "bank", validFromMs: feeClock++ });
    await decide(payout, "paid", bank.staff);
    await decide(payout, "paid", bank.chief);
    const { state } = (await findPayout(suite.store.db, payout)) ?? {};
    expect(await moneyOf(bank)).toMatchObject({ held: 0, out: state === "paid" ? 52_500 : 2_500 });
  });

  it("goes on with the attempt that was held back when the late success was none", async () => {
    const { payout } = await underReview(HELD_BACK);
    expect(await claim(bank, "submit", bank.nowMs + HOUR_MS)).toBeNull();
    await decide(payout, "not_paid", bank.staff);
    await decide(payout, "not_paid", bank.chief);
    expect(await claim(bank, "submit", bank.nowMs + HOUR_MS)).not.toBeNull();
  });

  it("waits while a further attempt is with the provider", async () => {
    const attempt = await sending(bank);
    await answer(bank, attempt, { outcome: { kind: "failed", failure: "channel_temporary" } });
    const job = await claim(bank, "submit", bank.nowMs + HOUR_MS);
    await answer(bank, job?.subject ?? "", { outcome: { kind: "pending" }, call: "submit" });
    await answer(bank, attempt, { outcome: { kind: "succeeded" } });
    const { payout_id: payout } = await suite.store.db
      .selectFrom("payout_attempts")
      .select("payout_id")
      .where("id", "=", attempt)
      .executeTakeFirstOrThrow();
    expect(await decide(payout, "paid", bank.staff)).toMatchObject({ code: "wrong_state" });
    await answer(bank, job?.subject ?? "", { outcome: { kind: "succeeded" } });
    expect(await decide(payout, "paid", bank.staff)).toMatchObject({ code: "wrong_state" });
    await decide(payout, "written_off", bank.staff);
    await decide(payout, "written_off", bank.chief);
    expect(await moneyOf(bank)).toEqual({ savings: 50_000, held: 0, clearing: 0, out: 100_000 });
  });

  it("cannot charge a member who has spent what was given back", async () => {
    const { payout } = await underReview(LATE);
    await request(bank, cashOf(bank, { id: newEventId(), amountIdr: 90_000 }));
    await decide(payout, "paid", bank.staff);
    expect(await decide(payout, "paid", bank.chief)).toMatchObject({ kind: "refused", code: "overdraft" });
    await decide(payout, "written_off", bank.staff);
    expect(await decide(payout, "written_off", bank.chief)).toMatchObject({ kind: "resolved" });
  });

  it("is not decided by whoever asked for it, nor by the member; the database refuses it too", async () => {
    const { payout } = await underReview(MISMATCH);
    expect(await decide(payout, "not_paid", bank.officer)).toMatchObject({ code: "own_request" });
    await suite.store.db
      .updateTable("users")
      .set({ role: "member", member_id: bank.member })
      .where("id", "=", bank.chief.slice("user:".length))
      .execute();
    expect(await decide(payout, "not_paid", bank.chief)).toMatchObject({ code: "own_request" });
    const write = (change: object) =>
      suite.store.db.updateTable("payouts").set(change).where("id", "=", payout).execute();
    await expect(write({ resolution_by: bank.officer })).rejects.toThrow(/resolved_by_another/);
    await expect(write({ resolution_agreed_by: bank.officer })).rejects.toThrow(/resolved_by_another/);
    await expect(write({ resolution_by: bank.chief })).rejects.toThrow(/LG010/);
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
