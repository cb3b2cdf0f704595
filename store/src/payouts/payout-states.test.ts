/** The database itself refuses every step that the states do not allow, and every change of what was fixed. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { PAYOUT_STATES, type PayoutState } from "@jumpa-madu/contracts/payout/states";
import { beforeAll, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import {
  approved,
  cashOf,
  request,
  type SampleBank,
  sampleBank,
  sending,
  transferOf,
} from "./payout-fixture.ts";
import { ATTEMPT_STATES, type AttemptState, LIVE_STATES } from "./payout-states.ts";

/** Which state follows on which: the drawing of docs/BANK.md. */
const PAYOUT_STEPS: Record<PayoutState, PayoutState[]> = {
  requested: ["half_approved", "paying", "payable", "rejected", "cancelled"],
  half_approved: ["paying", "payable", "rejected", "cancelled"],
  paying: ["paid", "failed"],
  payable: ["paid", "cancelled"],
  failed: ["paid"],
  paid: ["reversed"],
  rejected: [],
  cancelled: [],
  reversed: [],
};
const ATTEMPT_STEPS: Record<AttemptState, AttemptState[]> = {
  queued: ["sending", "accepted", "unknown", "succeeded", "failed"],
  sending: ["queued", "accepted", "unknown", "refused", "succeeded", "failed"],
  accepted: ["succeeded", "failed"],
  unknown: ["sending", "accepted", "succeeded", "failed"],
  succeeded: ["reversed"],
  failed: ["succeeded"],
  refused: ["succeeded"],
  reversed: [],
};

class Undo extends Error {}

onEachEngine("the database", (suite) => {
  let bank: SampleBank;
  beforeAll(async () => {
    bank = await sampleBank(suite.store, 10_000_000);
    return () => bank.desk.vault.close();
  });

  /** Tries a way of states in a transaction that is undone; false when a step was refused. */
  async function tries(table: "payouts" | "payout_attempts", id: string, way: string[]): Promise<boolean> {
    let isRefused = false;
    const done = suite.store.db.transaction().execute(async (tx) => {
      for (const state of way) {
        await tx
          .updateTable(table)
          .set(table === "payouts" ? { state: state as PayoutState } : { state: state as AttemptState })
          .where("id", "=", id)
          .execute()
          .catch((error: Error) => {
            isRefused = error.message.startsWith("LG010");
            throw error;
          });
      }
      throw new Undo();
    });
    await done.catch((error) => {
      if (!(error instanceof Undo) && !isRefused) throw error;
    });
    return !isRefused;
  }

  /** A way of legal steps from the first state to this one. */
  function wayTo(steps: Record<string, string[]>, from: string, to: string): string[] {
    const ways: string[][] = [[from]];
    for (const way of ways) {
      const last = way.at(-1) ?? "";
      if (last === to) return way.slice(1);
      for (const next of steps[last] ?? []) if (!way.includes(next)) ways.push([...way, next]);
    }
    throw new Error(`no way to ${to}`);
  }

  it("takes exactly the drawn steps of a payout", async () => {
    const payout = transferOf(bank);
    await request(bank, payout);
    // Approvals are checked apart; here they are there from the beginning.
    await suite.store.db
      .updateTable("payouts")
      .set({ approved_by: bank.staff, approved_ms: 1 })
      .where("id", "=", payout.id)
      .execute();
    for (const from of PAYOUT_STATES) {
      for (const to of PAYOUT_STATES.filter((state) => state !== from)) {
        const way = [...wayTo(PAYOUT_STEPS, "requested", from), to];
        expect(await tries("payouts", payout.id, way), `${from} to ${to}`).toBe(
          PAYOUT_STEPS[from].includes(to),
        );
      }
    }
  });

  it("takes exactly the drawn steps of an attempt", async () => {
    const attempt = await sending(bank);
    for (const from of ATTEMPT_STATES) {
      for (const to of ATTEMPT_STATES.filter((state) => state !== from)) {
        const way = [...wayTo(ATTEMPT_STEPS, "sending", from), to];
        expect(await tries("payout_attempts", attempt, way), `${from} to ${to}`).toBe(
          ATTEMPT_STEPS[from].includes(to),
        );
      }
    }
  });

  it("has no second attempt beside one that may be paid", async () => {
    const attempt = await sending(bank);
    const row = await suite.store.db
      .selectFrom("payout_attempts")
      .selectAll()
      .where("id", "=", attempt)
      .executeTakeFirstOrThrow();
    const another = suite.store.db
      .insertInto("payout_attempts")
      .values({
        ...row,
        id: newEventId(),
        n: 2,
        idempotency_key: newEventId(),
        state: "queued",
        sends: 0,
        first_sent_ms: null,
        last_sent_ms: null,
        resend_until_ms: null,
      })
      .execute();
    await expect(another).rejects.toThrow(/unique/i);
    expect(LIVE_STATES).toContain(row.state);
  });

  it.each([
    ["payouts", "amount_idr", 1],
    ["payouts", "requested_by", "user:x"],
    ["payouts", "destination_id", null],
    ["payouts", "fee_idr", 9],
    ["payout_attempts", "idempotency_key", "x"],
    ["payout_attempts", "sealed_sha256", "0".repeat(64)],
    ["payout_attempts", "first_sent_ms", 5],
    ["payout_attempts", "sends", 0],
    ["payout_holds", "journal_id", "x"],
  ] as const)("never changes %s.%s", async (table, column, value) => {
    await sending(bank);
    const change = suite.store.db
      .updateTable(table)
      .set({ [column]: value } as never)
      .execute();
    await expect(change).rejects.toThrow(/^LG0(?:01|10)/);
  });

  it.each(["payouts", "payout_attempts", "payout_holds", "destinations"] as const)(
    "never deletes from %s",
    async (table) => {
      await expect(suite.store.db.deleteFrom(table).execute()).rejects.toThrow(/^LG001/);
    },
  );

  it("lets no payout begin as paid, and no approval be taken back", async () => {
    const { id } = await approved(bank, cashOf(bank));
    const row = await suite.store.db
      .selectFrom("payouts")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    const paid = suite.store.db
      .insertInto("payouts")
      .values({ ...row, id: newEventId(), state: "paid" })
      .execute();
    await expect(paid).rejects.toThrow(/^LG010/);
    const undone = suite.store.db
      .updateTable("payouts")
      .set({ approved_by: bank.chief })
      .where("id", "=", id)
      .execute();
    await expect(undone).rejects.toThrow(/^LG010/);
  });

  it("is verified: a hold, a total or a state that was changed behind its back is found", async () => {
    const bankOfOne = await sampleBank(suite.store, 100_000);
    const { id } = await approved(bankOfOne, cashOf(bankOfOne));
    expect(await whats()).toEqual([]);
    await suite.store.db.updateTable("payouts").set({ state: "cancelled" }).where("id", "=", id).execute();
    await suite.store.db
      .updateTable("payout_day_totals")
      .set({ amount_idr: 7 })
      .where("key", "=", bankOfOne.member)
      .execute();
    expect(await whats()).toEqual([
      "ended_by names who did it",
      "money is held while it is open, and never after",
      "the total of the day is the sum of its payouts",
      "the total of the day is the sum of its payouts",
    ]);

    async function whats(): Promise<string[]> {
      const found = await verifySample(suite.store.db, 0);
      const others = await suite.store.db.selectFrom("payouts").select("id").where("id", "<>", id).execute();
      return found
        .filter((one) => !others.some((other) => other.id === one.id))
        .filter(({ id: row }) => row === id || row.includes(bankOfOne.member))
        .map(({ what }) => what)
        .sort();
    }
  });
});
