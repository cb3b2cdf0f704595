/** Cash: out of the drawer of whoever hands it out, once, to whoever can prove to be the member. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { hashPin } from "@jumpa-madu/contracts/pin-hash";
import { afterEach, beforeEach, expect, it } from "vitest";
import { beginShift } from "../cash/open-shift.ts";
import { accountId, balanceOf, findAccount, openAccounts } from "../ledger/account.ts";
import { postJournalWithin } from "../ledger/post-journal.ts";
import { verifySample } from "../ledger/sample-journals.ts";
import { PIN_GIVER_WAIT_MS, replaceMemberPin } from "../people/member-pins.ts";
import { listStatement } from "../people/member-statement.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { readPassbook } from "../savings/passbook.ts";
import { type Confirmation, payOutCash } from "./pay-out-cash.ts";
import { approved, cashOf, moneyOf, request, type SampleBank, sampleBank } from "./payout-fixture.ts";

onEachEngine("cash", (suite) => {
  let bank: SampleBank;
  let cashier: string;
  beforeEach(async () => {
    bank = await sampleBank(suite.store, 100_000);
    cashier = bank.officer.slice("user:".length);
  });
  afterEach(() => bank.desk.vault.close());

  const pay = (payout: string, confirmation: Confirmation = { kind: "signature" }, nowMs = bank.nowMs) =>
    suite.store.transaction((tx) => payOutCash(tx, { payout, cashier, confirmation, nowMs }));

  async function openShift(floatIdr: number, wasteBank = bank.accounts.wasteBank): Promise<void> {
    await suite.store.transaction(async (tx) => {
      const vault = { kind: "cash_vault", ledger: "IDR", wasteBank } as const;
      const capital = { kind: "capital", ledger: "IDR", wasteBank } as const;
      await openAccounts(tx, [vault, capital], bank.nowMs);
      await postJournalWithin(tx, {
        idempotencyKey: newEventId(),
        kind: "test",
        actor: "user:test",
        occurredMs: bank.nowMs,
        transfers: [{ phase: "post", debit: accountId(vault), credit: accountId(capital), amount: floatIdr }],
      });
      const outcome = await beginShift(tx, {
        id: newEventId(),
        user: cashier,
        wasteBank,
        floatIdr,
        nowMs: bank.nowMs,
      });
      expect(outcome.kind).not.toBe("refused");
    });
  }

  async function drawer(): Promise<number> {
    const account = await findAccount(
      suite.store.db,
      `cash_drawer/IDR/${bank.accounts.wasteBank}//${cashier}`,
    );
    return account === null ? 0 : balanceOf(account);
  }

  it("is handed out once, however often and at once it is asked for, with a receipt number without gaps", async () => {
    await openShift(80_000);
    const { id } = await approved(bank, cashOf(bank, { amountIdr: 30_000 }));
    const outcomes = await Promise.all([pay(id), pay(id), pay(id)]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["paid", "repeated", "repeated"]);
    expect(await drawer()).toBe(50_000);
    expect(await moneyOf(bank)).toEqual({ savings: 70_000, held: 0, clearing: 0, out: 0 });
    const second = await approved(bank, cashOf(bank, { amountIdr: 1_000 }));
    expect(await pay(second.id)).toMatchObject({
      payment: { receiptNo: expect.stringMatching(/-P1-000002$/) },
    });
  });

  it("stands in passbook and statement with the number of its receipt", async () => {
    await openShift(80_000);
    const { id } = await approved(bank, cashOf(bank, { amountIdr: 30_000 }));
    await pay(id);
    const { wasteBank } = bank.accounts;
    const book = { member: bank.member, wasteBank, product: "regular" };
    const query = { fromMs: null, untilMs: null, limit: 10, after: null };
    const { lines } = await readPassbook(suite.store.db, book, query);
    const receiptNo = expect.stringMatching(/-P1-000001$/);
    expect(lines.map((line) => [line.kind, line.receiptNo])).toEqual([
      ["test", null],
      ["payout_settle", receiptNo],
    ]);
    const statement = await listStatement(
      suite.store.db,
      { member: bank.member, wasteBank },
      { limit: 10, after: null },
    );
    expect(statement.items.find(({ kind }) => kind === "payout_settle")).toMatchObject({ receiptNo });
  });

  it("is told as handed out to the same cashier in the same shift alone", async () => {
    await openShift(80_000);
    const { id } = await approved(bank, cashOf(bank, { amountIdr: 30_000 }));
    const first = await pay(id);
    expect(await pay(id)).toMatchObject({ kind: "repeated" });
    const mine = cashier;
    cashier = bank.chief.slice("user:".length);
    await openShift(80_000);
    const other = await pay(id);
    expect(other).toMatchObject({
      kind: "refused",
      code: "conflict",
      reason: expect.stringContaining(new Date(bank.nowMs).toISOString()),
    });
    expect(JSON.stringify(other)).not.toContain(mine);
    expect(first).toMatchObject({ kind: "paid" });
    expect(await drawer()).toBe(80_000);
  });

  it("is not handed out before it is approved, without a shift, at another waste bank, or beyond the drawer", async () => {
    const asked = cashOf(bank, { amountIdr: 30_000 });
    await request(bank, asked);
    expect(await pay(asked.id)).toMatchObject({ code: "wrong_state" });
    expect(await pay("nothing")).toMatchObject({ code: "unknown" });
    const { id } = await approved(bank, cashOf(bank, { amountIdr: 30_000 }));
    expect(await pay(id)).toMatchObject({ code: "no_shift" });
    await openShift(29_999);
    expect(await pay(id)).toMatchObject({ code: "drawer_short" });
    expect(await moneyOf(bank)).toMatchObject({ savings: 100_000, held: 60_000 });
  });

  it("is not handed out while a payout that it takes up again is under review", async () => {
    await openShift(80_000);
    const { id } = await approved(bank, cashOf(bank, { amountIdr: 30_000 }));
    const review = (change: { review: "earlier_payout" | null; review_ms: number | null }) =>
      suite.store.db.updateTable("payouts").set(change).where("id", "=", id).execute();
    await review({ review: "earlier_payout", review_ms: bank.nowMs });
    expect(await pay(id)).toMatchObject({ code: "under_review" });
    await review({ review: null, review_ms: null });
    expect(await pay(id)).toMatchObject({ kind: "paid" });
  });

  it("is handed out to the right PIN or card; wrong PINs count although they are refused", async () => {
    await openShift(80_000);
    const { id } = await approved(bank, cashOf(bank, { amountIdr: 10_000 }));
    expect(await pay(id, { kind: "pin", pin: "123456" })).toMatchObject({ code: "wrong_pin" });
    expect(await pay(id, { kind: "card", card: "other" })).toMatchObject({ code: "wrong_pin" });
    const pinHash = await hashPin("123456");
    await suite.store.transaction((tx) =>
      replaceMemberPin(tx, { member: bank.member, pinHash, actor: bank.staff, nowMs: bank.nowMs }),
    );
    for (let n = 0; n < 2; n++)
      expect(await pay(id, { kind: "pin", pin: "000000" })).toMatchObject({ code: "wrong_pin" });
    const { tries } = await suite.store.db
      .selectFrom("member_pins")
      .select("tries")
      .where("member_id", "=", bank.member)
      .executeTakeFirstOrThrow();
    expect(tries).toBe(2);
    expect(await pay(id, { kind: "pin", pin: "123456" })).toMatchObject({
      kind: "paid",
      payment: { confirmation: "pin" },
    });
  });

  it("is not handed out by whoever gave the member the PIN today, but by another or a day later", async () => {
    await openShift(80_000);
    const [one, other] = [cashOf(bank, { amountIdr: 10_000 }), cashOf(bank, { amountIdr: 10_000 })];
    await approved(bank, one);
    await approved(bank, other);
    const pinHash = await hashPin("123456");
    await suite.store.transaction((tx) =>
      replaceMemberPin(tx, { member: bank.member, pinHash, actor: `user:${cashier}`, nowMs: bank.nowMs }),
    );
    const withPin = { kind: "pin", pin: "123456" } as const;
    expect(await pay(one.id, withPin)).toMatchObject({
      kind: "refused",
      code: "conflict",
      reason: expect.stringContaining("another officer"),
    });
    expect(await moneyOf(bank)).toMatchObject({ savings: 100_000, held: 20_000 });
    const giver = cashier;
    cashier = bank.chief.slice("user:".length);
    await openShift(80_000);
    expect(await pay(one.id, withPin)).toMatchObject({ kind: "paid" });
    cashier = giver;
    bank.nowMs += PIN_GIVER_WAIT_MS;
    expect(await pay(other.id, withPin)).toMatchObject({ kind: "paid" });
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
