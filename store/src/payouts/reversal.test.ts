/** A payout that comes back although its member wants to leave, or has left. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { listSolvency } from "../cash/solvency.ts";
import { findAccount } from "../ledger/account.ts";
import { verifySample } from "../ledger/sample-journals.ts";
import { closeMember, REVERSAL_WINDOW_MS } from "../people/member-closing.ts";
import { eraseMember } from "../people/member-erasure.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import {
  answer,
  feeIn,
  moneyOf,
  type SampleBank,
  sampleBank,
  sending,
  transferOf,
} from "./payout-fixture.ts";

onEachEngine("a payout of a member who leaves", (suite) => {
  let bank: SampleBank;
  let attempt: string;
  beforeEach(async () => {
    bank = await sampleBank(suite.store, 52_500);
    await feeIn(bank, { feeIdr: 2_500, bearer: "member", isRefunded: true, validFromMs: feeClock++ });
    attempt = await sending(bank, transferOf(bank, { closes: true }));
    await answer(bank, attempt, { outcome: { kind: "succeeded" } });
  });
  afterEach(async () => {
    await feeIn(bank, { feeIdr: 0, bearer: "bank", validFromMs: feeClock++ });
    await bank.desk.vault.close();
  });
  let feeClock = 1;

  const ending = (nowMs: number) => ({ member: bank.member, reason: "pindah", actor: bank.staff, nowMs });
  const close = (nowMs: number) => suite.store.transaction((tx) => closeMember(tx, ending(nowMs)));
  const erase = (nowMs: number) => eraseMember({ store: suite.store, vault: bank.desk.vault }, ending(nowMs));
  const owed = async () => {
    const account = await findAccount(
      suite.store.db,
      `owed_to_former/IDR/${bank.accounts.wasteBank}/${bank.member}`,
    );
    return account === null ? 0 : account.creditsPosted - account.debitsPosted;
  };

  it("keeps its member until a bank sends nothing back any more, and says until when", async () => {
    const early = bank.nowMs + REVERSAL_WINDOW_MS - 1;
    expect(await close(early)).toMatchObject({
      code: "member_owes",
      reason: expect.stringMatching(/until 20/),
    });
    expect(await erase(early)).toMatchObject({ code: "member_owes" });
    expect(await close(early + 1)).toMatchObject({ kind: "done" });
  });

  it("that comes back later is owed to the person, on no book, and an alarm tells of it", async () => {
    const lateMs = bank.nowMs + REVERSAL_WINDOW_MS;
    expect(await erase(lateMs)).toMatchObject({ kind: "done" });
    await answer(bank, attempt, { outcome: { kind: "reversed" }, nowMs: lateMs + 1 });
    expect(await owed()).toBe(52_500);
    expect(await moneyOf(bank)).toMatchObject({ savings: 0, held: 0, clearing: 0 });
    const alarms = await suite.store.db
      .selectFrom("payout_alarms")
      .select("kind")
      .where("attempt_id", "=", attempt)
      .execute();
    expect(alarms).toEqual([{ kind: "owed_to_former" }]);
    const open = await suite.store.db
      .selectFrom("books")
      .select("id")
      .where("member_id", "=", bank.member)
      .where("closed_ms", "is", null)
      .execute();
    expect(open).toEqual([]);
    const viewer = { user: bank.chief.slice("user:".length), isAtCounter: false };
    const question = { wasteBank: bank.accounts.wasteBank, viewer, nowMs: lateMs + 1 };
    const { items } = await listSolvency(suite.store.db, question, { limit: 1, after: null });
    expect(items[0]).toMatchObject({ savingsIdr: 0, clearingIdr: 0, owedToFormerIdr: 52_500 });
  });

  it("that comes back in time is in the book again", async () => {
    await answer(bank, attempt, { outcome: { kind: "reversed" } });
    expect(await owed()).toBe(0);
    expect(await moneyOf(bank)).toMatchObject({ savings: 52_500 });
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
