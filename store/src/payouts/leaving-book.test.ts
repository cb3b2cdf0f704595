/** A payout that takes everything: to the rupiah, and its book takes nothing any more. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { postJournal } from "../ledger/post-journal.ts";
import { give } from "../ledger/sample-accounts.ts";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { bookForDeposit } from "../savings/books.ts";
import {
  answer,
  feeIn,
  request,
  type SampleBank,
  sampleBank,
  sending,
  transferOf,
} from "./payout-fixture.ts";

onEachEngine("a payout that takes everything", (suite) => {
  let bank: SampleBank;
  let feeClock = 1;
  beforeEach(async () => {
    bank = await sampleBank(suite.store, 52_500);
    await feeIn(bank, { feeIdr: 2_500, bearer: "member", validFromMs: feeClock++ });
  });
  afterEach(async () => {
    await feeIn(bank, { feeIdr: 0, bearer: "bank", validFromMs: feeClock++ });
    await bank.desk.vault.close();
  });

  const leaving = (amountIdr = 50_000) => transferOf(bank, { amountIdr, closes: true });
  const deposit = () =>
    suite.store.transaction((tx) =>
      bookForDeposit(
        tx,
        { member: bank.member, wasteBank: bank.accounts.wasteBank, product: null },
        bank.nowMs,
      ),
    );
  const alarmsOf = (attempt: string) =>
    suite.store.db.selectFrom("payout_alarms").select("kind").where("attempt_id", "=", attempt).execute();

  it("is refused with another amount, and told the right one without the fee", async () => {
    const refused = await request(bank, leaving(49_999));
    expect(refused).toMatchObject({
      code: "not_everything",
      reason: expect.stringMatching(/ask for Rp 50000, not Rp 49999 .*Rp 2500 is the fee/),
    });
    expect(await request(bank, leaving(50_001))).toMatchObject({ code: "below_min_balance" });
    expect(await request(bank, leaving())).toMatchObject({ kind: "requested" });
  });

  it("closes its book when it is paid, which then takes no deposits, until the bank sends the money back", async () => {
    const attempt = await sending(bank, leaving());
    expect(await deposit()).toMatchObject({ kind: "open" });
    await answer(bank, attempt, { outcome: { kind: "succeeded" } });
    expect(await deposit()).toMatchObject({ kind: "refused", code: "book_closed" });
    expect(await alarmsOf(attempt)).toEqual([]);
    const book = await suite.store.db
      .selectFrom("books")
      .select("id")
      .where("member_id", "=", bank.member)
      .executeTakeFirstOrThrow();
    const deeds = await suite.store.db
      .selectFrom("audit_events")
      .select(["action", "actor"])
      .where("subject", "=", `book:${book.id}`)
      .where("action", "=", "book.closed")
      .execute();
    expect(deeds).toEqual([{ action: "book.closed", actor: "job:payouts" }]);
    await answer(bank, attempt, { outcome: { kind: "reversed" } });
    expect(await deposit()).toMatchObject({ kind: "open" });
  });

  it("leaves its book open and raises an alarm when money has come meanwhile", async () => {
    const attempt = await sending(bank, leaving());
    await postJournal(suite.store, give(bank.accounts, "member1", 700));
    await answer(bank, attempt, { outcome: { kind: "succeeded" } });
    expect(await deposit()).toMatchObject({ kind: "open" });
    expect(await alarmsOf(attempt)).toEqual([{ kind: "book_not_closed" }]);
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
