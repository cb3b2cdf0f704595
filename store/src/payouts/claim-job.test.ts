/** Jobs: claimed for a lease, finished or put off by whoever holds them, and found again after a crash at any step. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { afterEach, beforeEach, expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import { attemptsOf } from "./attempts.ts";
import { CLAIM_JOBS_MAX, claimJob } from "./claim-job.ts";
import { BACKOFF_MS, backoffMs, deferJob, finishJob, type Job, openJob } from "./jobs.ts";
import {
  answer,
  approved,
  claim,
  moneyOf,
  type SampleBank,
  sampleBank,
  sending,
  standing,
  transferOf,
} from "./payout-fixture.ts";

onEachEngine("a job", (suite) => {
  let bank: SampleBank;
  beforeEach(async () => {
    bank = await sampleBank(suite.store, 1_000_000);
  });
  afterEach(() => bank.desk.vault.close());

  const open = (dueMs = bank.nowMs) =>
    suite.store.transaction((tx) =>
      openJob(tx, { kind: "inquire", subject: bank.destination, dueMs, nowMs: bank.nowMs }),
    );
  const held = async (nowMs = bank.nowMs): Promise<Job> => {
    const job = await claim(bank, "inquire", nowMs);
    if (job === null) throw new Error("nothing to claim");
    return job;
  };

  it("is claimed when it is due, by one, and again when the lease has run out", async () => {
    await open(bank.nowMs + 10);
    expect(await claim(bank, "inquire", bank.nowMs + 9)).toBeNull();
    expect(await claim(bank, "lookup", bank.nowMs + 10)).toBeNull();
    expect(
      await claimJob(suite.store, { worker: "w", kinds: [], nowMs: bank.nowMs + 10, leaseMs: 1 }),
    ).toBeNull();
    expect(await held(bank.nowMs + 10)).toMatchObject({ tries: 1, subject: bank.destination });
    expect(await claim(bank, "inquire", bank.nowMs + 60_009)).toBeNull();
    expect(await held(bank.nowMs + 60_010)).toMatchObject({ tries: 2 });
  });

  it("is there once for each kind and subject, and due as early as anybody wants", async () => {
    await open(bank.nowMs + 10);
    await open(bank.nowMs + 5);
    await open(bank.nowMs + 7);
    await held(bank.nowMs + 5);
    expect(await claim(bank, "inquire", bank.nowMs + 20)).toBeNull();
  });

  it("is finished or put off by whoever holds the lease, and by nobody else", async () => {
    await open();
    const lost = await held();
    const mine = await held(bank.nowMs + 60_000);
    for (const act of [finishJob, (tx: never, job: Job) => deferJob(tx, job, { nowMs: bank.nowMs })])
      expect(await suite.store.transaction((tx) => act(tx as never, lost))).toBe(false);
    expect(await suite.store.transaction((tx) => deferJob(tx, mine, { nowMs: bank.nowMs }))).toBe(true);
    expect(await claim(bank, "inquire", bank.nowMs + backoffMs(2) - 1)).toBeNull();
    const again = await held(bank.nowMs + backoffMs(2));
    expect(await suite.store.transaction((tx) => finishJob(tx, again))).toBe(true);
    expect(await claim(bank, "inquire", Number.MAX_SAFE_INTEGER - 1_000_000)).toBeNull();
  });

  it("waits longer with each try, and an hour at most", () => {
    expect([0, 1, 2, 3, 4].map(backoffMs)).toEqual([30_000, 30_000, 60_000, 120_000, 300_000]);
    expect(backoffMs(1_000)).toBe(3_600_000);
    expect(BACKOFF_MS.at(-1)).toBe(3_600_000);
  });

  it("to send marks the attempt before anything leaves: a worker that dies leaves it unknown, and it is looked up first", async () => {
    const attempt = await sending(bank);
    expect(await standing(bank, attempt)).toMatchObject({ attempt: "sending", jobs: ["submit"] });
    expect(await claim(bank, "submit", bank.nowMs + 59_999)).toBeNull();
    expect(await claim(bank, "submit", bank.nowMs + 60_000)).toBeNull();
    expect(await standing(bank, attempt)).toMatchObject({ attempt: "unknown", jobs: ["lookup"] });
    expect((await claim(bank, "lookup", bank.nowMs + 60_000))?.subject).toBe(attempt);
    // The worker was only slow, and its answer comes late: a refusal is no proof any more.
    await answer(bank, attempt, { outcome: { kind: "refused" }, call: "submit" });
    expect(await standing(bank, attempt)).toMatchObject({ attempt: "unknown", payout: "paying" });
    expect((await moneyOf(bank)).held).toBe(50_000);
  });

  it("that was answered meanwhile is not ended by the one who held it", async () => {
    const attempt = await sending(bank, transferOf(bank));
    const job = await suite.store.db
      .selectFrom("payout_jobs")
      .selectAll()
      .where("subject", "=", attempt)
      .executeTakeFirstOrThrow();
    await answer(bank, attempt, { outcome: { kind: "throttled", retryAfterMs: 1_000 }, call: "submit" });
    const stale = {
      ...job,
      kind: "submit" as const,
      worker: job.worker ?? "",
      leaseUntilMs: job.lease_until_ms ?? 0,
    };
    expect(await suite.store.transaction((tx) => finishJob(tx, stale))).toBe(false);
    expect(await standing(bank, attempt)).toMatchObject({ attempt: "queued", jobs: ["submit"] });
  });

  it("that cannot be begun makes way for the next, up to so many in one claim", async () => {
    const ids: string[] = [];
    for (let n = 0; n <= CLAIM_JOBS_MAX; n++)
      ids.push((await approved(bank, transferOf(bank, { amountIdr: 1_000, nowMs: bank.nowMs + n }))).id);
    // All but the last are under review: nothing more of them leaves the house.
    for (const payout of ids.slice(0, -1)) {
      const [attempt] = await attemptsOf(suite.store.db, payout);
      await answer(bank, attempt?.id ?? newEventId(), { outcome: { kind: "succeeded" } });
    }
    const laterMs = bank.nowMs + 1_000;
    expect(await claim(bank, "submit", laterMs)).toBeNull();
    const job = await claim(bank, "submit", laterMs);
    expect((await attemptsOf(suite.store.db, ids.at(-1) ?? ""))[0]?.id).toBe(job?.subject);
  });
});
