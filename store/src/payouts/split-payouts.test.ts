/** What is refused, or needs two people, in one payout is not to be had in several. */
import { beforeEach, expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import { rejectPayout } from "./end-payout.ts";
import { findPayout } from "./payout.ts";
import {
  answer,
  approved,
  cashOf,
  limitIn,
  request,
  type SampleBank,
  sampleBank,
  sending,
  transferOf,
} from "./payout-fixture.ts";

const DAY_MS = 86_400_000;

onEachEngine("a payout in parts", (suite) => {
  let bank: SampleBank;
  beforeEach(async () => {
    bank = await sampleBank(suite.store, 1_000_000);
  });

  it("to a new destination is no more than the first one may be, until one has arrived", async () => {
    await limitIn(bank, { scope: "first_to_destination", amountIdr: 100_000 });
    const attempt = await sending(bank, transferOf(bank, { amountIdr: 60_000 }));
    expect(await request(bank, transferOf(bank, { amountIdr: 40_001 }))).toMatchObject({
      code: "over_limit",
      reason: expect.stringContaining("Rp 40000 is left"),
    });
    const rest = transferOf(bank, { amountIdr: 40_000, nowMs: bank.nowMs + DAY_MS });
    expect((await request(bank, rest)).kind).toBe("requested");
    expect(await request(bank, transferOf(bank, { amountIdr: 10_000 }))).toMatchObject({
      code: "over_limit",
    });
    const by = { payout: rest.id, actor: bank.staff, reason: "uji", nowMs: bank.nowMs };
    expect((await suite.store.transaction((tx) => rejectPayout(tx, by))).kind).toBe("ended");
    expect((await request(bank, transferOf(bank, { amountIdr: 40_000 }))).kind).toBe("requested");
    await answer(bank, attempt, { outcome: { kind: "succeeded", amountIdr: 60_000, providerId: attempt } });
    expect((await request(bank, transferOf(bank, { amountIdr: 300_000 }))).kind).toBe("requested");
  });

  it("to a new destination, asked for at once about midnight, is no more either", async () => {
    await limitIn(bank, { scope: "first_to_destination", amountIdr: 100_000 });
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        request(bank, transferOf(bank, { amountIdr: 30_000, nowMs: bank.nowMs + index * DAY_MS })),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === "requested")).toHaveLength(3);
  });

  it("of one day needs two people as soon as all of it is above their limit", async () => {
    await limitIn(bank, { scope: "second_approval", amountIdr: 100_000 });
    const states: (string | undefined)[] = [];
    for (const amountIdr of [60_000, 40_000, 10_000]) {
      const { id } = await approved(bank, cashOf(bank, { amountIdr }));
      states.push((await findPayout(suite.store.db, id))?.state);
    }
    expect(states).toEqual(["payable", "payable", "half_approved"]);
    const tomorrow = cashOf(bank, { amountIdr: 10_000, nowMs: bank.nowMs + DAY_MS });
    expect((await approved(bank, tomorrow)).state).toBe("payable");
  });
});
