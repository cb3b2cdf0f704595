/** What came back for a person who has left: paid out in cash, once, by two people. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, it } from "vitest";
import { accountId, balanceOf, findAccount, openAccounts } from "../ledger/account.ts";
import { postJournalWithin } from "../ledger/post-journal.ts";
import { verifySample } from "../ledger/sample-journals.ts";
import {
  answer,
  feeIn,
  type SampleBank,
  sampleBank,
  sending,
  transferOf,
} from "../payouts/payout-fixture.ts";
import { owedKey } from "../payouts/payout-journals.ts";
import { REVERSAL_WINDOW_MS } from "../people/member-closing.ts";
import { eraseMember } from "../people/member-erasure.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { closeShift } from "./close-shift.ts";
import { beginShift } from "./open-shift.ts";
import { findOwedSettlement, listOwedSettlements } from "./owed-list.ts";
import { askOwedSettlement, decideOwedSettlement } from "./owed-settlements.ts";
import { drawerKey } from "./shifts.ts";
import { listSolvency } from "./solvency.ts";

onEachEngine("what is owed to a person who has left", (suite) => {
  let bank: SampleBank;
  let payout: string;
  let nowMs: number;
  let feeClock = 1;
  const idOf = (actor: string) => actor.slice("user:".length);

  beforeEach(async () => {
    bank = await sampleBank(suite.store, 52_500);
    await feeIn(bank, { feeIdr: 2_500, bearer: "member", isRefunded: true, validFromMs: feeClock++ });
    const wanted = transferOf(bank, { closes: true });
    payout = wanted.id;
    const attempt = await sending(bank, wanted);
    await answer(bank, attempt, { outcome: { kind: "succeeded" } });
    nowMs = bank.nowMs + REVERSAL_WINDOW_MS;
    const ending = { member: bank.member, reason: "pindah", actor: bank.staff, nowMs };
    await eraseMember({ store: suite.store, vault: bank.desk.vault }, ending);
    await answer(bank, attempt, { outcome: { kind: "reversed" }, nowMs });
  });
  afterEach(async () => {
    await feeIn(bank, { feeIdr: 0, bearer: "bank", validFromMs: feeClock++ });
    await bank.desk.vault.close();
  });

  const ask = (by = bank.officer, more: { id?: string; payout?: string } = {}) =>
    suite.store.transaction((tx) =>
      askOwedSettlement(tx, {
        id: newEventId(),
        payout,
        reason: "kartu keluarga dilihat",
        user: idOf(by),
        nowMs,
        ...more,
      }),
    );
  const decide = (settlement: string, by: string, decision: "approved" | "rejected" = "approved") =>
    suite.store.transaction((tx) =>
      decideOwedSettlement(tx, { settlement, decision, user: idOf(by), nowMs }),
    );
  const asked = async () => {
    const outcome = await ask();
    if (outcome.kind === "refused") throw new Error(outcome.reason);
    return outcome.result.id;
  };

  async function openShift(floatIdr: number, by = bank.officer, wasteBank = bank.accounts.wasteBank) {
    const id = newEventId();
    await suite.store.transaction(async (tx) => {
      const vault = { kind: "cash_vault", ledger: "IDR", wasteBank } as const;
      const capital = { kind: "capital", ledger: "IDR", wasteBank } as const;
      await openAccounts(tx, [vault, capital], nowMs);
      await postJournalWithin(tx, {
        idempotencyKey: newEventId(),
        kind: "test",
        actor: "user:test",
        occurredMs: nowMs,
        transfers: [{ phase: "post", debit: accountId(vault), credit: accountId(capital), amount: floatIdr }],
      });
      const outcome = await beginShift(tx, { id, user: idOf(by), wasteBank, floatIdr, nowMs });
      expect(outcome.kind).toBe("done");
    });
    return id;
  }

  const inDrawer = async () => {
    const key = drawerKey({ user: idOf(bank.officer), wasteBank: bank.accounts.wasteBank });
    const account = await findAccount(suite.store.db, accountId(key));
    return account === null ? 0 : balanceOf(account);
  };
  const owed = async () => {
    const key = owedKey({ wasteBank: bank.accounts.wasteBank, member: bank.member });
    const account = await findAccount(suite.store.db, accountId(key));
    return account === null ? 0 : balanceOf(account);
  };

  it("is paid out of the drawer when another person approves, with a receipt number, and once", async () => {
    await openShift(60_000);
    const id = await asked();
    expect([await owed(), await inDrawer()]).toEqual([52_500, 60_000]);
    const outcomes = await Promise.all([decide(id, bank.staff), decide(id, bank.staff)]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["again", "done"]);
    expect([await owed(), await inDrawer()]).toEqual([0, 7_500]);
    expect(await findOwedSettlement(suite.store.db, id)).toMatchObject({
      state: "paid",
      amountIdr: 52_500,
      member: bank.member,
      decidedBy: idOf(bank.staff),
      receiptNo: expect.stringMatching(/-P1-000001$/),
    });
    expect(await decide(id, bank.chief)).toMatchObject({ code: "settlement_is_decided" });
    expect(await ask()).toMatchObject({ code: "settlement_is_decided" });
    const deeds = await suite.store.db
      .selectFrom("audit_events")
      .select(["action", "actor"])
      .where("subject", "=", `owed_settlement:${id}`)
      .orderBy("action")
      .execute();
    expect(deeds).toEqual([
      { action: "owed_settlement.approved", actor: bank.staff },
      { action: "owed_settlement.requested", actor: bank.officer },
    ]);
  });

  it("is asked for once at a time: the same request again is the first one, another is refused", async () => {
    await openShift(60_000);
    const id = newEventId();
    expect(await ask(bank.officer, { id })).toMatchObject({ kind: "done" });
    expect(await ask(bank.officer, { id })).toMatchObject({ kind: "again" });
    expect(await ask(bank.staff, { id })).toMatchObject({ code: "id_taken" });
    expect(await ask()).toMatchObject({ code: "settlement_is_decided" });
    expect(await decide(id, bank.chief, "rejected")).toMatchObject({ kind: "done" });
    expect(await ask()).toMatchObject({ kind: "done" });
    expect(await owed()).toBe(52_500);
  });

  it("is approved neither by whoever asked nor by the person; the database refuses it too", async () => {
    await openShift(60_000);
    const id = await asked();
    expect(await decide(id, bank.officer)).toMatchObject({ code: "same_person" });
    const chief = idOf(bank.chief);
    await suite.store.db
      .updateTable("users")
      .set({ role: "member", member_id: bank.member })
      .where("id", "=", chief)
      .execute();
    expect(await decide(id, bank.chief)).toMatchObject({ code: "same_person" });
    const forge = suite.store.db
      .updateTable("owed_settlements")
      .set({ state: "rejected", decided_by: idOf(bank.officer), decided_ms: nowMs })
      .where("id", "=", id)
      .execute();
    await expect(forge).rejects.toThrow(/four_eyes/);
  });

  it("needs an open shift at the waste bank that owes it, with enough in its drawer, until it is approved", async () => {
    expect(await ask()).toMatchObject({ code: "shift_is_closed" });
    const shift = await openShift(52_499);
    const id = await asked();
    expect(await decide(id, bank.staff)).toMatchObject({ code: "too_little_cash" });
    expect(await owed()).toBe(52_500);
    await suite.store.transaction((tx) =>
      closeShift(tx, {
        id: newEventId(),
        shift,
        user: idOf(bank.officer),
        countedIdr: 52_499,
        notes: null,
        nodes: [],
        reason: null,
        nowMs,
      }),
    );
    expect(await decide(id, bank.staff)).toMatchObject({ code: "shift_is_closed" });
    expect(await decide(id, bank.staff, "rejected")).toMatchObject({ kind: "done" });
  });

  it("is not what came back to a book, or was never paid", async () => {
    const other = await sampleBank(suite.store, 100_000);
    await openShift(60_000, other.officer, other.accounts.wasteBank);
    const wanted = transferOf(other);
    const attempt = await sending(other, wanted);
    await answer(other, attempt, { outcome: { kind: "succeeded" } });
    await answer(other, attempt, { outcome: { kind: "reversed" } });
    expect(await ask(other.officer, { payout: wanted.id })).toMatchObject({ code: "nothing_owed" });
    expect(await ask(other.officer, { payout: newEventId() })).toMatchObject({ code: "payout_unknown" });
    expect(await ask(other.officer)).toMatchObject({ code: "other_waste_bank" });
    await other.desk.vault.close();
  });

  it("stands in solvency and in the list until it is paid", async () => {
    await openShift(60_000);
    const board = async () => {
      const viewer = { user: idOf(bank.chief), isAtCounter: false };
      const question = { wasteBank: bank.accounts.wasteBank, viewer, nowMs };
      const { items } = await listSolvency(suite.store.db, question, { limit: 1, after: null });
      return items[0];
    };
    expect(await board()).toMatchObject({ owedToFormerIdr: 52_500, clearingIdr: 0, owedIdr: 52_500 });
    const id = await asked();
    const filter = { wasteBank: bank.accounts.wasteBank, state: "requested" } as const;
    const { items } = await listOwedSettlements(suite.store.db, filter, { limit: 10, after: null });
    expect(items).toMatchObject([{ id, payout, amountIdr: 52_500 }]);
    await decide(id, bank.staff);
    expect(await board()).toMatchObject({ owedToFormerIdr: 0, owedIdr: 0 });
  });

  it("leaves books that verify, and books in which a settlement was changed do not", async () => {
    await openShift(60_000);
    const id = await asked();
    await decide(id, bank.staff);
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
    const undo = new Error("undo");
    const work = suite.store.transaction(async (tx) => {
      if (suite.engine === "postgres") await sql`set local session_replication_role = replica`.execute(tx);
      else await sql`drop trigger owed_settlements_frozen`.execute(tx);
      if (suite.engine === "sqlite") await sql`drop trigger owed_settlements_decided_once`.execute(tx);
      await sql`update owed_settlements set amount_idr = 52499, requested_by = ${idOf(bank.chief)} where id = ${id}`.execute(
        tx,
      );
      const found = await verifySample(tx, 0);
      expect(found.map(({ table, what }) => `${table} ${what}`)).toEqual([
        "owed_settlements is as its deed says",
        "owed_settlements its journal pays what is owed to the person out of the drawer",
        "owed_settlements requested_by is who did it by the audit log",
      ]);
      throw undo;
    });
    await expect(work).rejects.toBe(undo);
  });
});
