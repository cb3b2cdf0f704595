/** Random histories of payouts, played to the database and to a plain model: money, holds and states must agree after every step. */

import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Lookup } from "@jumpa-madu/contracts/payout/outcome";
import type { PayoutState } from "@jumpa-madu/contracts/payout/states";
import fc from "fast-check";
import { expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { RelationalStore } from "../relational/relational-store.ts";
import { approvePayout } from "./approve-payout.ts";
import { attemptsOf } from "./attempts.ts";
import { cancelPayout, rejectPayout } from "./end-payout.ts";
import { findPayout } from "./payout.ts";
import {
  answer,
  claim,
  HOUR_MS,
  moneyOf,
  request,
  type SampleBank,
  sampleBank,
  transferOf,
} from "./payout-fixture.ts";

const SAVINGS = 100_000;

type Command =
  | { does: "request"; amountIdr: number; cash: boolean }
  | { does: "approve" | "reject" | "cancel" | "send" | "crash"; which: number }
  | { does: "answer"; which: number; old: boolean; outcome: Lookup; call: "submit" | "lookup" };

const which = fc.nat({ max: 5 });
const kinds = fc.constantFrom<Lookup["kind"]>(
  "pending",
  "succeeded",
  "failed",
  "cancelled",
  "reversed",
  "refused",
  "unknown",
  "throttled",
  "absent",
);
const outcome: fc.Arbitrary<Lookup> = fc.record({
  kind: kinds,
  failure: fc.constantFrom("channel_temporary", "other"),
}) as fc.Arbitrary<Lookup>;
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("request" as const),
      amountIdr: fc.integer({ min: 1, max: 60_000 }),
      cash: fc.constant(false),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constantFrom("approve" as const, "send" as const, "crash" as const),
      which,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom("reject" as const, "cancel" as const), which }) },
  {
    weight: 7,
    arbitrary: fc.record({
      does: fc.constant("answer" as const),
      which,
      old: fc.boolean(),
      outcome,
      call: fc.constantFrom("submit" as const, "lookup" as const),
    }),
  },
);

/** What may never happen, told by the plainest means: each payout's money is held, gone or back, and moves one way. */
class Model {
  readonly seen = new Map<string, PayoutState[]>();

  /** Notes a state; throws when a payout that was given back or reversed comes to life again. */
  note(id: string, state: PayoutState): void {
    const states = this.seen.get(id) ?? [];
    const last = states.at(-1);
    if (last === state) return;
    const final: PayoutState[] = ["failed", "rejected", "cancelled", "reversed"];
    if (last !== undefined && final.includes(last)) throw new Error(`${id} went from ${last} to ${state}`);
    if (last === "paid" && state !== "reversed") throw new Error(`${id} went from paid to ${state}`);
    this.seen.set(id, [...states, state]);
  }
}

async function play(store: RelationalStore, commands: Command[]): Promise<void> {
  const bank = await sampleBank(store, SAVINGS);
  const model = new Model();
  const amounts = new Map<string, number>();
  let nowMs = bank.nowMs;
  try {
    for (const each of commands) {
      nowMs += (2 * HOUR_MS) / 60;
      await step(bank, each, { nowMs, amounts });
      await compare(bank, model, amounts);
    }
  } finally {
    await bank.desk.vault.close();
  }
}

async function step(
  bank: SampleBank,
  each: Command,
  { nowMs, amounts }: { nowMs: number; amounts: Map<string, number> },
): Promise<void> {
  const { store } = bank;
  if (each.does === "request") {
    const payout = transferOf(bank, { id: newEventId(), amountIdr: each.amountIdr, nowMs });
    const free = SAVINGS - (await takenOf(bank, amounts));
    const outcome = await request(bank, payout);
    expect(outcome.kind).toBe(each.amountIdr <= free ? "requested" : "refused");
    if (outcome.kind !== "refused") amounts.set(payout.id, each.amountIdr);
    return;
  }
  const ids = [...amounts.keys()];
  const payout = ids[each.which % Math.max(1, ids.length)];
  if (payout === undefined) return;
  const by = { payout, nowMs, reason: "uji" };
  const attempts = await attemptsOf(store.db, payout);
  switch (each.does) {
    case "approve":
      await store.transaction((tx) => approvePayout(bank.desk, tx, { ...by, approver: bank.staff }));
      return;
    case "reject":
      await store.transaction((tx) => rejectPayout(tx, { ...by, actor: bank.chief }));
      return;
    case "cancel":
      await store.transaction((tx) => cancelPayout(tx, { ...by, actor: bank.officer }));
      return;
    case "send":
      await claim(bank, "submit", nowMs);
      return;
    case "crash":
      // Leases have run out: what was being sent is unknown.
      await claim(bank, "submit", nowMs + HOUR_MS);
      return;
    case "answer": {
      const attempt = each.old ? attempts[0] : attempts.at(-1);
      if (attempt === undefined) return;
      await answer(bank, attempt.id, { outcome: each.outcome, call: each.call, nowMs });
    }
  }
}

/** What the book has lost or may lose, by the states alone. */
async function takenOf({ store }: SampleBank, amounts: Map<string, number>): Promise<number> {
  let taken = 0;
  for (const [id, amount] of amounts) {
    const payout = await findPayout(store.db, id);
    if (payout !== null && ["requested", "paying", "payable", "paid"].includes(payout.state)) taken += amount;
  }
  return taken;
}

async function compare(bank: SampleBank, model: Model, amounts: Map<string, number>): Promise<void> {
  let [held, gone] = [0, 0];
  for (const [id, amount] of amounts) {
    const payout = await findPayout(bank.store.db, id);
    if (payout === null) throw new Error("a payout was lost");
    model.note(id, payout.state);
    if (["requested", "paying", "payable"].includes(payout.state)) held += amount;
    if (payout.state === "paid") gone += amount;
  }
  expect(await moneyOf(bank)).toEqual({ savings: SAVINGS - gone, held, clearing: 0, out: gone });
}

onEachEngine("a random history of payouts", (suite) => {
  it("pays or gives back each at most once, and verifies", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 40 }), (commands) =>
        play(suite.store, commands),
      ),
      { numRuns: suite.engine === "sqlite" ? 40 : 10 },
    );
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
