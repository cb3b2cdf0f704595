/** A mass withdrawal beside everything else that happens at a waste bank on that day. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import { expect, it } from "vitest";
import { accountId, openAccounts } from "../ledger/account.ts";
import { postJournal } from "../ledger/post-journal.ts";
import { NOW_MS } from "../ledger/sample-accounts.ts";
import { verifyLedger } from "../ledger/verify-ledger.ts";
import { approvePayout } from "../payouts/approve-payout.ts";
import { cancelPayout } from "../payouts/end-payout.ts";
import { cashOf, request, type SampleBank, sampleBank } from "../payouts/payout-fixture.ts";
import { onEngine, openQuietly } from "../relational/engine-suite.ts";
import { savingsKey } from "./books.ts";
import { requestMass } from "./mass-withdrawals.ts";

const MEMBERS = 60;
const CLIENTS = 6;

/** Members with Rp 1,000,000 each. */
async function membersOf(bank: SampleBank): Promise<string[]> {
  const { store, accounts } = bank;
  const { wasteBank } = accounts;
  const members: string[] = [];
  for (let each = 0; each < MEMBERS; each++) {
    const id = newEventId();
    const key = savingsKey({ member: id, wasteBank, product: "regular" });
    await store.db
      .insertInto("members")
      .values({ id, number: id, waste_bank_id: wasteBank, created_ms: NOW_MS })
      .execute();
    await store.db
      .insertInto("books")
      .values({
        id: newEventId(),
        member_id: id,
        waste_bank_id: wasteBank,
        product_id: "regular",
        is_default: 1,
        opened_ms: NOW_MS,
        closed_ms: null,
      })
      .execute();
    await openAccounts(store.db, [key], NOW_MS);
    await postJournal(store, {
      idempotencyKey: newEventId(),
      kind: "test",
      actor: "test",
      occurredMs: NOW_MS,
      transfers: [{ phase: "post", debit: accounts.value, credit: accountId(key), amount: 1_000_000 }],
    });
    members.push(id);
  }
  return members;
}

onEngine("postgres", "a mass withdrawal beside single requests", (suite) => {
  async function deadlocks(): Promise<number> {
    const { rows } = await sql<{ deadlocks: number }>`
      select deadlocks from pg_stat_database where datname = current_database()`.execute(suite.store.db);
    return Number(rows[0]?.deadlocks);
  }

  it("and cancellations never stands still against them", { timeout: 120_000 }, async () => {
    const bank = await sampleBank(suite.store, 0);
    const members = await membersOf(bank);
    const before = await deadlocks();
    // Stores of their own: a connection tells of its deadlocks at the latest when it is closed.
    const [one, others] = [openQuietly(suite.url), openQuietly(suite.url)];
    const beside = { ...bank, store: others };
    const mass = {
      id: newEventId(),
      wasteBank: bank.accounts.wasteBank,
      product: "regular",
      channel: "cash",
      amountIdr: 1_000,
      reason: "Lebaran",
      requestedBy: bank.chief,
      nowMs: bank.nowMs,
    };
    let isDone = false;
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      for (let each = 0; !isDone; each++) {
        const member = members[(client * 10 + each * 7) % MEMBERS] ?? "";
        const requestedBy = client % 2 === 0 ? bank.staff : bank.officer;
        const payout = cashOf(bank, { member, amountIdr: 1_000, requestedBy });
        await request(beside, payout);
        const { id, nowMs } = payout;
        if (each % 3 === 0)
          await others.transaction((tx) =>
            cancelPayout(tx, { payout: id, actor: requestedBy, reason: "uji", nowMs }),
          );
        if (each % 3 === 1)
          await others.transaction((tx) =>
            approvePayout(bank.desk, tx, { payout: id, approver: bank.chief, nowMs }),
          );
      }
    });
    const all = (async () => {
      try {
        for (;;) {
          const outcome = await requestMass(one, {}, mass);
          if (outcome.kind === "refused") throw new Error(outcome.reason);
          if (outcome.mass.preparedMs !== null) return outcome.mass;
        }
      } finally {
        isDone = true;
      }
    })();
    const outcomes = await Promise.allSettled([all, ...clients]);
    await Promise.all([one.close(), others.close()]);
    expect(outcomes.filter(({ status }) => status === "rejected")).toEqual([]);
    expect((await all).payouts).toBe(MEMBERS);
    expect((await deadlocks()) - before).toBe(0);
    const breaches = await verifyLedger(suite.store.db, 0);
    // The members' money is of a journal that only this test knows.
    expect(breaches.filter(({ table }) => table !== "journals")).toEqual([]);
  });
});
