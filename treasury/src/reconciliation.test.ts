import { DAY_MS, dayOf } from "@jumpa-madu/contracts/local-day";
import { attemptsOf } from "@jumpa-madu/store/attempts";
import { reconciliationsOf } from "@jumpa-madu/store/reconciliation";
import { claimReconciliation, RECONCILIATION_LEASE_MS } from "@jumpa-madu/store/reconciliation-claims";
import { beforeEach, expect, it, test } from "vitest";
import {
  ACCOUNT_NUMBER,
  approved,
  moneyOf,
  type SampleBank,
  sampleBank,
  standing,
} from "../../store/src/payouts/payout-fixture.ts";
import { onEachEngine } from "../../store/src/relational/engine-suite.ts";
import { dayToReconcile, RECONCILIATION_TRIES_MAX, reconcile, reconcileIfDue } from "./reconciliation.ts";
import { jobPartsOf, type Script, scriptedProvider } from "./testing/scripted-provider.ts";
import { Worker } from "./worker.ts";

const NEVER = new AbortController().signal;

test("the day before is compared from one o'clock in the night on (WIB)", () => {
  expect(dayToReconcile(Date.parse("2026-11-24T00:59:59+07:00"))).toBe("2026-11-22");
  expect(dayToReconcile(Date.parse("2026-11-24T01:00:00+07:00"))).toBe("2026-11-23");
});

onEachEngine("reconciliation", (suite) => {
  let bank: SampleBank;
  let clock: { nowMs: number };
  let day: string;
  // Each test is of another month, so that none looks back at the payouts of another.
  let month = 0;

  beforeEach(async () => {
    await suite.store.db.deleteFrom("payout_jobs").execute();
    // What another test has left on its way is asked for however old it is.
    await suite.store.db
      .updateTable("payout_attempts")
      .set({ state: "failed" })
      .where("state", "in", ["sending", "accepted", "unknown"])
      .execute();
    bank = await sampleBank(suite.store, 1_000_000);
    clock = { nowMs: bank.nowMs + ++month * 30 * DAY_MS };
    bank.nowMs = clock.nowMs;
    day = dayOf(clock.nowMs);
  });

  const partsOf = (script: Partial<Script>) => {
    const { provider, calls } = scriptedProvider(script);
    return { parts: jobPartsOf(bank, { provider, clock }), provider, calls };
  };
  const run = async (script: Partial<Script>) => {
    const { parts, provider, calls } = partsOf(script);
    const result = await reconcile(parts, { provider, day, signal: NEVER, wait: async () => undefined });
    return { kinds: result?.findings.map(({ kind }) => kind), calls };
  };
  const paid = { amountIdr: 50_000, providerChannel: "ID_BCA", accountNumber: ACCOUNT_NUMBER };

  /** A payout of which the provider has said this. */
  async function sent(kind: "succeeded" | "pending") {
    const { id } = await approved(bank);
    const { parts } = partsOf({ submit: () => ({ kind, ...paid, providerId: id }) });
    await new Worker(parts, { id: "worker", jobsAtOnceMax: 1 }).step();
    const attempt = (await attemptsOf(bank.store.db, id)).at(-1)?.id ?? "";
    return { payout: id, attempt };
  }
  const floatIdr = async () => {
    const rows = await suite.store.db
      .selectFrom("accounts")
      .select(["debits_posted", "credits_posted"])
      .where("kind", "=", "provider_float")
      .execute();
    return rows.reduce((sum, row) => sum + row.debits_posted - row.credits_posted, 0);
  };
  const balance = async (changeIdr = 0) => {
    const availableIdr = (await floatIdr()) + changeIdr;
    return () => ({ kind: "balance" as const, availableIdr });
  };

  it("finds nothing where both say the same, and keeps that", async () => {
    const { payout } = await sent("succeeded");
    const { kinds } = await run({
      lookup: () => ({ kind: "succeeded", ...paid, providerId: payout }),
      balance: await balance(),
    });
    expect(kinds).toEqual([]);
    const [kept] = await reconciliationsOf(suite.store.db, "xendit-v2", 1);
    expect(kept).toMatchObject({ day, differenceIdr: 0, findings: [] });
  });

  it("finds money that came back, and the books follow", async () => {
    const { payout, attempt } = await sent("succeeded");
    const { kinds } = await run({
      lookup: () => ({ kind: "reversed", ...paid, providerId: payout }),
      balance: await balance(50_000),
    });
    expect(kinds).toEqual(["status_differs"]);
    expect(await standing(bank, attempt)).toMatchObject({ payout: "reversed" });
    expect(await moneyOf(bank)).toMatchObject({ savings: 1_000_000, out: 0 });
    const alarms = await suite.store.db
      .selectFrom("payout_alarms")
      .select("kind")
      .where("kind", "=", "reconciliation")
      .execute();
    expect(alarms.length).toBeGreaterThan(0);
  });

  it("finds an attempt that the provider does not know", async () => {
    await sent("succeeded");
    expect((await run({ lookup: () => ({ kind: "absent" }), balance: await balance() })).kinds).toEqual([
      "unknown_to_provider",
    ]);
  });

  it("finds a success of which nobody had told for a day", async () => {
    const { payout } = await sent("pending");
    clock.nowMs += 2 * DAY_MS;
    const { kinds } = await run({
      lookup: () => ({ kind: "succeeded", ...paid, providerId: payout }),
      balance: await balance(-50_000),
    });
    expect(kinds).toEqual(["told_late"]);
  });

  it("asks for an attempt on its way however old it is, and for one that ended a while ago", async () => {
    const { payout, attempt } = await sent("pending");
    month += 3;
    clock.nowMs += 60 * DAY_MS;
    day = dayOf(clock.nowMs);
    const { kinds } = await run({
      lookup: () => ({ kind: "succeeded", ...paid, providerId: payout }),
      balance: await balance(-50_000),
    });
    expect(kinds).toEqual(["told_late"]);
    clock.nowMs += 3 * DAY_MS;
    day = dayOf(clock.nowMs);
    await run({ lookup: () => ({ kind: "reversed", ...paid, providerId: payout }) });
    expect(await standing(bank, attempt)).toMatchObject({ payout: "reversed" });
  });

  it("allows the balance what is on its way, and no more", async () => {
    const { payout } = await sent("pending");
    const lookup = () => ({ kind: "pending" as const, ...paid, providerId: payout });
    expect((await run({ lookup, balance: await balance(-50_000) })).kinds).toEqual([]);
    expect((await run({ lookup, balance: await balance(0) })).kinds).toEqual([]);
    expect((await run({ lookup, balance: await balance(-50_001) })).kinds).toEqual(["balance_differs"]);
    expect((await run({ lookup, balance: await balance(1) })).kinds).toEqual(["balance_differs"]);
    expect((await run({ lookup, balance: () => ({ kind: "unknown" }) })).kinds).toEqual(["no_balance"]);
  });

  it(`asks ${RECONCILIATION_TRIES_MAX} times a provider that has no time, and says so`, async () => {
    await sent("succeeded");
    const { kinds, calls } = await run({
      lookup: () => ({ kind: "throttled", retryAfterMs: 1 }),
      balance: await balance(),
    });
    expect(kinds).toEqual(["no_answer"]);
    expect(calls.filter((call) => call === "lookup")).toHaveLength(RECONCILIATION_TRIES_MAX);
  });

  it("comes once a day, and keeps nothing when the service ends meanwhile", async () => {
    await sent("succeeded");
    const { parts, calls } = partsOf({ lookup: () => ({ kind: "absent" }) });
    clock.nowMs += DAY_MS;
    await reconcileIfDue(parts, { worker: "one", signal: AbortSignal.abort() });
    const before = calls.length;
    await reconcileIfDue(parts, { worker: "one", signal: NEVER });
    expect(calls.length).toBeGreaterThan(before);
    const after = calls.length;
    await reconcileIfDue(parts, { worker: "one", signal: NEVER });
    expect(calls).toHaveLength(after);
  });

  it("is done by one of two treasuries that run at once, which raises one alarm; by the other when the first has died", async () => {
    await sent("succeeded");
    clock.nowMs += DAY_MS;
    const alarms = async () =>
      (
        await suite.store.db
          .selectFrom("payout_alarms")
          .select("id")
          .where("kind", "=", "reconciliation")
          .execute()
      ).length;
    const before = await alarms();
    const treasuries = ["one", "two", "three"].map((worker) => ({
      worker,
      ...partsOf({ lookup: () => ({ kind: "absent" }) }),
    }));
    await Promise.all(
      treasuries.map(({ parts, worker }) => reconcileIfDue(parts, { worker, signal: NEVER })),
    );
    expect(treasuries.filter(({ calls }) => calls.includes("balance"))).toHaveLength(1);
    expect(await alarms()).toBe(before + 1);
    clock.nowMs += DAY_MS;
    const { parts } = partsOf({ lookup: () => ({ kind: "absent" }) });
    const dead = { day: dayToReconcile(clock.nowMs), worker: "dead", nowMs: clock.nowMs };
    expect(await claimReconciliation(suite.store, { provider: "xendit-v2", ...dead })).not.toBeNull();
    await reconcileIfDue(parts, { worker: "alive", signal: NEVER });
    expect(await alarms()).toBe(before + 1);
    clock.nowMs += RECONCILIATION_LEASE_MS;
    await reconcileIfDue(parts, { worker: "alive", signal: NEVER });
    expect(await alarms()).toBe(before + 2);
  });

  it("keeps nothing of a comparison whose claim was taken over meanwhile", async () => {
    await sent("succeeded");
    const { parts, provider } = partsOf({
      lookup: async () => {
        await suite.store.db.updateTable("reconciliation_claims").set({ worker: "another" }).execute();
        return { kind: "absent" };
      },
    });
    clock.nowMs += DAY_MS;
    const due = dayToReconcile(clock.nowMs);
    const of = { provider: provider.id, day: due, worker: "one", nowMs: clock.nowMs };
    const claim = await claimReconciliation(suite.store, of);
    expect(claim).not.toBeNull();
    expect(await reconcile(parts, { provider, day: due, signal: NEVER, claim })).toBeNull();
    const [last] = await reconciliationsOf(suite.store.db, "xendit-v2", 1);
    expect(last?.day).not.toBe(due);
    await suite.store.db.deleteFrom("reconciliation_claims").execute();
  });
});
