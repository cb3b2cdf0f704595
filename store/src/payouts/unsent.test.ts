/** Attempts on which the provider's door stays shut: a person is told, and two may call them off. */

import type { Resolution } from "@jumpa-madu/contracts/payout/states";
import { EPOCH_MS_MAX } from "@jumpa-madu/contracts/units";
import { afterEach, beforeEach, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { attemptsOf } from "./attempts.ts";
import { findPayout } from "./payout.ts";
import {
  answer,
  approved,
  claim,
  moneyOf,
  type SampleBank,
  sampleBank,
  sending,
  standing,
} from "./payout-fixture.ts";
import { resolvePayout } from "./resolve-payout.ts";
import { seeAlarm } from "./reviews.ts";
import { CANNOT_SEND_ALARMS_MAX, CANNOT_SEND_MS, tellUnsent } from "./unsent.ts";

onEachEngine("an attempt that cannot be sent", (suite) => {
  let bank: SampleBank;
  beforeEach(async () => {
    const open = await suite.store.db
      .selectFrom("payout_alarms")
      .select("id")
      .where("seen_ms", "is", null)
      .execute();
    const seen = { actor: "user:test", nowMs: EPOCH_MS_MAX };
    await suite.store.transaction(async (tx) => {
      for (const { id } of open) await seeAlarm(tx, id, seen);
    });
    bank = await sampleBank(suite.store, 100_000);
  });
  afterEach(() => bank.desk.vault.close());

  const decide = (payout: string, actor: string, resolution: Resolution = "not_paid") =>
    suite.store.transaction((tx) =>
      resolvePayout(tx, { payout, resolution, reason: "penyedia tutup", actor, nowMs: bank.nowMs }),
    );
  /** Sent once, and turned away at the door. */
  async function turnedAway(): Promise<{ attempt: string; payout: string }> {
    const attempt = await sending(bank);
    await answer(bank, attempt, { outcome: { kind: "throttled" }, call: "submit" });
    return { attempt, payout: await payoutOf(attempt) };
  }
  async function payoutOf(attempt: string): Promise<string> {
    const row = suite.store.db.selectFrom("payout_attempts").select("payout_id").where("id", "=", attempt);
    return (await row.executeTakeFirstOrThrow()).payout_id;
  }
  const alarmsOf = (attempt: string) =>
    suite.store.db
      .selectFrom("payout_alarms")
      .select(["id", "kind"])
      .where("attempt_id", "=", attempt)
      .orderBy("raised_ms")
      .execute();

  it("raises an alarm after six hours, once until it is seen, and again six hours later", async () => {
    const { attempt } = await turnedAway();
    const dueMs = bank.nowMs + CANNOT_SEND_MS;
    await tellUnsent(suite.store, dueMs - 1);
    expect(await alarmsOf(attempt)).toEqual([]);
    await tellUnsent(suite.store, dueMs);
    await tellUnsent(suite.store, dueMs + 1);
    const [alarm, ...more] = await alarmsOf(attempt);
    expect([alarm?.kind, more]).toEqual(["cannot_send", []]);
    await suite.store.transaction((tx) =>
      seeAlarm(tx, alarm?.id ?? "", { actor: bank.staff, nowMs: dueMs + 2 }),
    );
    await tellUnsent(suite.store, dueMs + 1 + CANNOT_SEND_MS);
    expect(await alarmsOf(attempt)).toHaveLength(1);
    await tellUnsent(suite.store, dueMs + 2 + CANNOT_SEND_MS);
    expect(await alarmsOf(attempt)).toHaveLength(2);
  });

  it("raises it also when nobody has ever tried, and at most a hundred at a time", async () => {
    const { id } = await approved(bank);
    const [attempt] = await attemptsOf(suite.store.db, id);
    const told = await tellUnsent(suite.store, bank.nowMs + CANNOT_SEND_MS);
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThanOrEqual(CANNOT_SEND_ALARMS_MAX);
    expect(await alarmsOf(attempt?.id ?? "")).toHaveLength(1);
  });

  it("is called off by two people, who give the money back; nothing is sent then", async () => {
    const { attempt, payout } = await turnedAway();
    expect(await decide(payout, bank.officer)).toMatchObject({ code: "own_request" });
    expect(await decide(payout, bank.staff, "paid")).toMatchObject({ code: "wrong_state" });
    expect(await decide(payout, bank.staff, "written_off")).toMatchObject({ code: "wrong_state" });
    expect(await decide(payout, bank.staff)).toMatchObject({ kind: "proposed" });
    expect(await decide(payout, bank.staff)).toMatchObject({ kind: "proposed" });
    expect(await moneyOf(bank)).toMatchObject({ savings: 100_000, held: 50_000 });
    expect(await decide(payout, bank.chief)).toMatchObject({ kind: "resolved" });
    expect(await standing(bank, attempt)).toEqual({
      attempt: "failed",
      payout: "failed",
      review: null,
      jobs: [],
    });
    expect(await moneyOf(bank)).toEqual({ savings: 100_000, held: 0, clearing: 0, out: 0 });
    expect(await claim(bank, "submit", bank.nowMs + CANNOT_SEND_MS)).toBeNull();
  });

  it("is not called off any more once it is being sent, and the first one's wish lapses with the sending", async () => {
    const { attempt, payout } = await turnedAway();
    await decide(payout, bank.staff);
    const job = await claim(bank, "submit", bank.nowMs + CANNOT_SEND_MS);
    expect(job?.subject).toBe(attempt);
    expect(await decide(payout, bank.chief)).toMatchObject({ code: "wrong_state" });
    expect(await findPayout(suite.store.db, payout)).toMatchObject({ resolution: null, resolutionBy: null });
    await answer(bank, attempt, { outcome: { kind: "unknown" }, call: "submit" });
    expect(await decide(payout, bank.chief)).toMatchObject({ code: "wrong_state" });
  });

  it("is either sent or called off, however both come at once", async () => {
    for (let round = 0; round < 10; round++) {
      const { attempt, payout } = await turnedAway();
      await decide(payout, bank.staff);
      const [resolved, job] = await Promise.all([
        decide(payout, bank.chief),
        claim(bank, "submit", bank.nowMs + CANNOT_SEND_MS),
      ]);
      const { attempt: state } = await standing(bank, attempt);
      if (resolved.kind === "resolved") expect([job, state]).toEqual([null, "failed"]);
      else {
        expect([job?.subject, state]).toEqual([attempt, "sending"]);
        await answer(bank, attempt, { outcome: { kind: "refused" }, call: "submit" });
      }
      expect(await moneyOf(bank)).toEqual({ savings: 100_000, held: 0, clearing: 0, out: 0 });
    }
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});
