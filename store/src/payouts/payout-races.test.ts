/** Many at once: what fits is held to the rupiah, nobody holds another's job, and nothing stands still. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine, onEngine, openQuietly } from "../relational/engine-suite.ts";
import { approvePayout } from "./approve-payout.ts";
import { claimJob } from "./claim-job.ts";
import { cancelPayout, rejectPayout } from "./end-payout.ts";
import {
  answer,
  approved,
  cashOf,
  limitIn,
  moneyOf,
  request,
  type SampleBank,
  sampleBank,
  transferOf,
} from "./payout-fixture.ts";
import { type PayoutOutcome, requestPayout } from "./request-payout.ts";

const CLIENTS = 20;

function counted(outcomes: string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(outcomes, (outcome) => outcome)].map(([outcome, all]) => [outcome, all.length]),
  );
}

function wordOf(outcome: PayoutOutcome): string {
  return outcome.kind === "refused" ? outcome.code : outcome.kind;
}

onEachEngine("payouts that are asked for at once", (suite) => {
  it("600 of 300 on a book of 100,000 by 20 clients: exactly 333 are held", {
    timeout: 120_000,
  }, async () => {
    const bank = await sampleBank(suite.store, 100_000);
    const stores = [0, 1, 2].map(() => openQuietly(suite.url));
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      const store = stores[client % stores.length] ?? suite.store;
      const outcomes: string[] = [];
      for (let each = 0; each < 30; each++) {
        const payout = cashOf(bank, { amountIdr: 300 });
        outcomes.push(wordOf(await store.transaction((tx) => requestPayout({}, tx, payout))));
      }
      return outcomes;
    });
    const outcomes = (await Promise.all(clients)).flat();
    await Promise.all(stores.map((store) => store.close()));
    expect(counted(outcomes)).toEqual({ requested: 333, below_min_balance: 267 });
    expect(await moneyOf(bank)).toEqual({ savings: 100_000, held: 99_900, clearing: 0, out: 0 });
  });

  it("several processes hold no more than there is", { timeout: 120_000 }, async () => {
    const bank = await sampleBank(suite.store, 10_000);
    const outcomes = await Promise.all(
      [1, 2, 3, 4].map(() => processOf(suite.url, cashOf(bank, { amountIdr: 300 }), 20)),
    );
    expect(counted(outcomes.flat())).toEqual({ requested: 33, below_min_balance: 47 });
    expect((await moneyOf(bank)).held).toBe(9_900);
  });

  it("of two tabs that withdraw everything one wins", async () => {
    const bank = await sampleBank(suite.store, 80_000);
    for (let round = 0; round < 5; round++) {
      const both = [0, 1].map(() => cashOf(bank, { amountIdr: 80_000, closes: true }));
      const outcomes = await Promise.all(both.map((payout) => request(bank, payout)));
      expect(outcomes.map(wordOf).sort()).toEqual(["below_min_balance", "requested"]);
      const won = both[outcomes.findIndex(({ kind }) => kind === "requested")];
      await suite.store.transaction((tx) =>
        cancelPayout(tx, { payout: won?.id ?? "", actor: bank.officer, reason: "uji", nowMs: bank.nowMs }),
      );
    }
    expect(await moneyOf(bank)).toMatchObject({ savings: 80_000, held: 0 });
  });

  it("the same request sent ten times at once is held once, also where it takes all", async () => {
    const bank = await sampleBank(suite.store, 50_000);
    const payout = transferOf(bank, { amountIdr: 50_000 });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => request(bank, payout)));
    expect(counted(outcomes.map(wordOf))).toEqual({ requested: 1, repeated: 9 });
    expect((await moneyOf(bank)).held).toBe(50_000);
  });

  it("a day's limit holds against many at once", async () => {
    const bank = await sampleBank(suite.store, 1_000_000);
    await limitOf(bank, 100_000);
    const outcomes = await Promise.all(
      Array.from({ length: CLIENTS }, () => request(bank, cashOf(bank, { amountIdr: 15_000 }))),
    );
    expect(counted(outcomes.map(wordOf))).toEqual({ requested: 6, over_limit: CLIENTS - 6 });
  });

  it("approval, rejection and cancellation at once end in one of them", async () => {
    for (let round = 0; round < 5; round++) {
      const bank = await sampleBank(suite.store, 50_000);
      const { id: payout, nowMs } = transferOf(bank);
      const asked = await request(bank, transferOf(bank, { id: payout }));
      expect(asked.kind).toBe("requested");
      const by = { payout, nowMs, reason: "uji" };
      const outcomes = await Promise.all([
        suite.store.transaction((tx) => approvePayout(bank.desk, tx, { ...by, approver: bank.staff })),
        suite.store.transaction((tx) => rejectPayout(tx, { ...by, actor: bank.chief })),
        suite.store.transaction((tx) => cancelPayout(tx, { ...by, actor: bank.officer })),
      ]);
      expect(outcomes.filter(({ kind }) => kind !== "refused")).toHaveLength(1);
    }
  });

  it("several workers never hold one job, and each is held by somebody", { timeout: 60_000 }, async () => {
    const bank = await sampleBank(suite.store, 1_000_000);
    const ids: string[] = [];
    for (let each = 0; each < 30; each++)
      ids.push((await approved(bank, transferOf(bank, { amountIdr: 10_000 }))).id);
    const stores = [0, 1, 2].map(() => openQuietly(suite.url));
    const held = await Promise.all(
      Array.from({ length: 6 }, async (_, worker) => {
        const store = stores[worker % stores.length] ?? suite.store;
        const mine: string[] = [];
        for (;;) {
          const job = await claimJob(store, {
            worker: `w${worker}`,
            kinds: ["submit"],
            nowMs: bank.nowMs,
            leaseMs: 60_000,
          });
          if (job === null) return mine;
          mine.push(job.subject);
        }
      }),
    );
    await Promise.all(stores.map((store) => store.close()));
    expect(held.flat()).toHaveLength(30);
    expect(new Set(held.flat()).size).toBe(30);
    const sends = await suite.store.db
      .selectFrom("payout_attempts")
      .select(["sends", "state"])
      .where("payout_id", "in", ids)
      .execute();
    expect(sends.every((row) => row.sends === 1 && row.state === "sending")).toBe(true);
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });

  async function limitOf(bank: SampleBank, amountIdr: number): Promise<void> {
    await limitIn(bank, { scope: "member_day", amountIdr });
  }
});

onEngine("postgres", "answers that come at once", (suite) => {
  it("the same success by poll and webhook settles once, whatever else goes on at the waste bank", async () => {
    const bank = await sampleBank(suite.store, 1_000_000);
    const attempts: string[] = [];
    for (let each = 0; each < 8; each++) {
      await approved(bank, transferOf(bank, { amountIdr: 10_000 }));
      const job = await claimJob(suite.store, {
        worker: "w",
        kinds: ["submit"],
        nowMs: bank.nowMs,
        leaseMs: 60_000,
      });
      attempts.push(job?.subject ?? "");
    }
    await Promise.all(
      attempts.flatMap((attempt, index) => [
        answer(bank, attempt, { outcome: { kind: index % 2 ? "succeeded" : "failed" } }),
        answer(bank, attempt, { outcome: { kind: index % 2 ? "succeeded" : "failed" } }),
        request(bank, cashOf(bank, { amountIdr: 1_000 })),
      ]),
    );
    expect(await moneyOf(bank)).toEqual({ savings: 960_000, held: 8_000, clearing: 0, out: 40_000 });
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });
});

/** Runs a process that asks, and answers what became of each request. */
async function processOf(url: string, payout: object, count: number): Promise<string[]> {
  const script = fileURLToPath(new URL("./request-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, url, JSON.stringify(payout), `${count}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  return text.trim().split("\n");
}
