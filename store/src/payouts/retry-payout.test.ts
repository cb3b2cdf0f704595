/** Taking a failed payout up again: not while it, or what it takes up again, may have been paid after all. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Resolution } from "@jumpa-madu/contracts/payout/states";
import { afterEach, beforeEach, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { approvePayout } from "./approve-payout.ts";
import { attemptsOf } from "./attempts.ts";
import { cancelPayout } from "./end-payout.ts";
import { findPayout } from "./payout.ts";
import {
  answer,
  claim,
  HOUR_MS,
  moneyOf,
  type SampleBank,
  sampleBank,
  sending,
  standing,
  transferOf,
} from "./payout-fixture.ts";
import { resolvePayout } from "./resolve-payout.ts";
import { retryPayout } from "./retry-payout.ts";

onEachEngine("a payout that is taken up again", (suite) => {
  let bank: SampleBank;
  let first: string;
  let firstAttempt: string;
  beforeEach(async () => {
    bank = await sampleBank(suite.store, 60_000);
    const payout = transferOf(bank);
    first = payout.id;
    firstAttempt = await sending(bank, payout);
    await answer(bank, firstAttempt, { outcome: { kind: "failed", failure: "channel_rejected" } });
  });
  afterEach(() => bank.desk.vault.close());

  async function retry(of = first, actor = bank.chief) {
    const id = newEventId();
    const counter = { provider: bank.desk.provider };
    const outcome = await suite.store.transaction((tx) =>
      retryPayout(counter, tx, { id, payout: of, actor, nowMs: bank.nowMs }),
    );
    return { id, word: outcome.kind === "refused" ? outcome.code : outcome.kind };
  }
  const approve = (payout: string) =>
    suite.store.transaction((tx) =>
      approvePayout(bank.desk, tx, { payout, approver: bank.staff, nowMs: bank.nowMs }),
    );
  const lateSuccess = () => answer(bank, firstAttempt, { outcome: { kind: "succeeded" } });
  const decide = async (resolution: Resolution) => {
    const decision = { payout: first, resolution, reason: "dasbor dilihat", nowMs: bank.nowMs };
    let word = "";
    for (const actor of [bank.staff, bank.chief]) {
      const outcome = await suite.store.transaction((tx) => resolvePayout(tx, { ...decision, actor }));
      word = outcome.kind === "refused" ? outcome.code : outcome.kind;
    }
    return word;
  };
  const attemptOf = async (payout: string) => (await attemptsOf(suite.store.db, payout)).at(-1)?.id ?? "";
  const claimed = () => claim(bank, "submit", bank.nowMs + HOUR_MS);
  const stateOf = async (payout: string) => (await findPayout(suite.store.db, payout))?.state;

  it("waits, approved or not, when the first one turns out to have been paid", async () => {
    const { id } = await retry();
    await lateSuccess();
    expect(await approve(id)).toMatchObject({ code: "under_review" });
    expect(await decide("not_paid")).toBe("resolved");
    expect(await approve(id)).toMatchObject({ kind: "approved", payout: { review: null } });
  });

  it.each(["paid", "written_off"] as const)(
    "is not sent any more when the first one is resolved as %s",
    async (resolution) => {
      const { id } = await retry();
      await approve(id);
      await lateSuccess();
      expect(await claimed()).toBeNull();
      expect(await standing(bank, await attemptOf(id))).toEqual({
        attempt: "queued",
        payout: "paying",
        review: "earlier_payout",
        jobs: [],
      });
      const itself = { payout: id, resolution: "paid" as const, reason: "x", nowMs: bank.nowMs };
      expect(
        await suite.store.transaction((tx) => resolvePayout(tx, { ...itself, actor: bank.staff })),
      ).toMatchObject({ code: "wrong_state" });

      expect(await decide(resolution)).toBe("resolved");
      expect(await standing(bank, await attemptOf(id))).toEqual({
        attempt: "failed",
        payout: "failed",
        review: null,
        jobs: [],
      });
      expect(await claimed()).toBeNull();
      expect(await moneyOf(bank)).toEqual({
        savings: resolution === "paid" ? 10_000 : 60_000,
        held: 0,
        clearing: 0,
        out: 50_000,
      });
    },
  );

  it("goes on when the first one was not paid after all", async () => {
    const { id } = await retry();
    await approve(id);
    await lateSuccess();
    expect(await claimed()).toBeNull();
    expect(await decide("not_paid")).toBe("resolved");
    expect((await claimed())?.subject).toBe(await attemptOf(id));
  });

  it("is called off by the decision while nobody has approved it", async () => {
    const { id } = await retry();
    await lateSuccess();
    expect(await decide("paid")).toBe("resolved");
    expect(await stateOf(id)).toBe("cancelled");
    expect(await moneyOf(bank)).toMatchObject({ savings: 10_000, held: 0, out: 50_000 });
  });

  it("that was sent already is waited for, gets no further attempt, and the first one cannot be charged beside it", async () => {
    const { id } = await retry();
    await approve(id);
    const attempt = (await claimed())?.subject ?? "";
    await lateSuccess();
    expect(await decide("paid")).toBe("wrong_state");
    await answer(bank, attempt, {
      outcome: { kind: "failed", failure: "channel_temporary" },
      call: "submit",
    });
    expect(await claimed()).toBeNull();
    expect(await standing(bank, attempt)).toMatchObject({ payout: "failed", review: null });
    expect(await decide("paid")).toBe("resolved");
    expect(await moneyOf(bank)).toMatchObject({ savings: 10_000, held: 0, out: 50_000 });
  });

  it("is not asked for while any payout before it is under review", async () => {
    const second = await retry();
    await approve(second.id);
    await answer(bank, (await claimed())?.subject ?? "", { outcome: { kind: "failed" }, call: "submit" });
    await lateSuccess();
    expect((await retry()).word).toBe("under_review");
    expect((await retry(second.id, bank.staff)).word).toBe("under_review");
    await decide("not_paid");
    expect((await retry(second.id, bank.staff)).word).toBe("requested");
  });

  it("is held back in whichever order the two come at once", async () => {
    for (let round = 0; round < 4; round++) {
      const payout = transferOf(bank, { amountIdr: 1_000 });
      firstAttempt = await sending(bank, payout);
      await answer(bank, firstAttempt, { outcome: { kind: "failed", failure: "channel_rejected" } });
      const [asked] = await Promise.all([retry(payout.id), lateSuccess()]);
      if (asked.word !== "requested") {
        expect(asked.word).toBe("under_review");
        continue;
      }
      expect(await findPayout(suite.store.db, asked.id)).toMatchObject({ review: "earlier_payout" });
    }
  });

  it("may be called off while it waits", async () => {
    const { id } = await retry();
    await lateSuccess();
    const by = { payout: id, actor: bank.chief, reason: "tunggu", nowMs: bank.nowMs };
    expect(await suite.store.transaction((tx) => cancelPayout(tx, by))).toMatchObject({
      kind: "ended",
      payout: { state: "cancelled", review: null },
    });
  });

  it("is not offered after the first one was written off", async () => {
    await lateSuccess();
    expect(await decide("written_off")).toBe("resolved");
    expect((await retry()).word).toBe("wrong_state");
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
