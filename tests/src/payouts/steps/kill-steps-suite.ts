/**
 * A treasury process is killed by SIGKILL at every named step of its work, another worker takes over, and each payout is paid
 * exactly once or given back exactly once: by our books, and by the simulator's.
 *
 * SQLite has Xendit and PostgreSQL has Flip: a step is one of the books and the worker, whichever provider is asked.
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DAY_MS, dayOf, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import { type ProviderSim, startProviderSim } from "@jumpa-madu/provider-sim/provider-sim";
import { closeDay } from "@jumpa-madu/store/close-day";
import { newMasterKey } from "@jumpa-madu/store/master-key";
import { floatOf } from "@jumpa-madu/store/reconciliation";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { sealAll } from "@jumpa-madu/store/seals";
import { openVault, type Vault } from "@jumpa-madu/store/vault";
import { keepWebhook } from "@jumpa-madu/store/webhook-inbox";
import { loadConfig } from "@jumpa-madu/treasury/config";
import { buildHttp } from "@jumpa-madu/treasury/http";
import type { JobParts } from "@jumpa-madu/treasury/job-parts";
import { createMetrics } from "@jumpa-madu/treasury/metrics";
import { dayToClose, sealAndClose } from "@jumpa-madu/treasury/nightly";
import { providersOf } from "@jumpa-madu/treasury/providers";
import { reconcileIfDue } from "@jumpa-madu/treasury/reconciliation";
import { webhookRoutes } from "@jumpa-madu/treasury/webhook-routes";
import { Worker } from "@jumpa-madu/treasury/worker";
import pino from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { verifySample } from "../../../../store/src/ledger/sample-journals.ts";
import { onEngine } from "../../../../store/src/relational/engine-suite.ts";
import { makeTempDir } from "../../servers/temp-dir.ts";
import {
  approvedPayout,
  bothBooks,
  makeWorld,
  type PayoutWorld,
  SAVINGS_IDR,
  SIM_NAMES,
} from "../payout-world.ts";
import { KILLS, type Kill, type SceneName } from "./kill-steps.ts";
import { MortalProcess } from "./mortal-process.ts";
import type { Step } from "./stepping.ts";
import { deliver, type Relayed, startRelay, type WebhookRelay } from "./webhook-relay.ts";

const PROVIDERS = { sqlite: "xendit-v2", postgres: "flip-v3" } as const;

const AMOUNT_IDR = 50_000;

/** Longer than a payout takes at the provider, in milliseconds of its time. */
const ENDED_MS = 100_000;

/** Rounds of work in which a payout must have ended. */
const ROUNDS_MAX = 20;

/** Longest wait for a call to hang, in milliseconds. */
const HANG_MS_MAX = 20_000;

/** Longest that one test may take, in milliseconds, on a machine that has much else to do: up to three processes begin and die in it. */
const TEST_MS_MAX = 90_000;

const ACCOUNTS: Partial<Record<SceneName, string>> = { failed: "9000121212", disturbed: "9000123456" };

/** Defines the tests of one engine. */
export function defineKillSteps(engine: RelationalStore["engine"]): void {
  onEngine(engine, "a payout, whose treasury is killed", (suite) => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(suite.store, { url: suite.url, provider: PROVIDERS[engine] });
    });
    afterAll(() => stage.close());

    it(
      "finds the day closed once at every waste bank, killed at any step of its close",
      () => stage.closeDay(),
      TEST_MS_MAX,
    );

    it("finds its journals sealed once, killed at any step of the seal", () => stage.seal(), TEST_MS_MAX);

    it.each(KILLS.map((kill) => ({ ...kill, name: nameOf(kill) })))(
      "$name is paid once or given back once",
      (kill) => stage.run(kill),
      TEST_MS_MAX,
    );

    it("leaves books that verify, a provider that says the same, and nothing to do", async () => {
      expect(await stage.leftovers()).toEqual({
        open: 0,
        unread: 0,
        parkedAlarms: 1,
        claims: 0,
        differenceIdr: 0,
      });
      await sealAll(suite.store, { since: "ever", nowMs: Date.now() });
      expect(await verifySample(suite.store.db)).toEqual([]);
    });
  });
}

function nameOf({ scene, step, time = 1, hang }: Kill): string {
  const where = hang === undefined ? step : `${hang.method} that hangs ${hang.when} it was taken`;
  return `${scene}, killed at: ${where}${time === 1 ? "" : `, time ${time}`},`;
}

/** One database, one provider, one vault; a waste bank of its own for each kill. */
class Stage {
  readonly #store: RelationalStore;
  readonly #sim: ProviderSim;
  readonly #vault: Vault;
  readonly #relay: WebhookRelay;
  readonly #parts: JobParts;
  readonly #recovery: Worker;
  readonly #newProcess: () => MortalProcess;
  readonly #closing: (() => Promise<unknown>)[];
  readonly #recoveryUrl: string;
  #next: MortalProcess;

  private constructor(parts: {
    sim: ProviderSim;
    relay: WebhookRelay;
    jobParts: JobParts;
    newProcess: () => MortalProcess;
    recoveryUrl: string;
    closing: (() => Promise<unknown>)[];
  }) {
    this.#store = parts.jobParts.store;
    this.#vault = parts.jobParts.vault;
    this.#sim = parts.sim;
    this.#relay = parts.relay;
    this.#parts = parts.jobParts;
    this.#recovery = new Worker(parts.jobParts, { id: "recovery", jobsAtOnceMax: 1 });
    this.#newProcess = parts.newProcess;
    this.#recoveryUrl = parts.recoveryUrl;
    this.#closing = parts.closing;
    this.#next = parts.newProcess();
  }

  static async open(
    store: RelationalStore,
    { url, provider }: { url: string; provider: PayoutProviderId },
  ): Promise<Stage> {
    const temporary = makeTempDir("kill-steps");
    const folder = temporary.path;
    const [vaultUrl, masterKey] = [`sqlite:${join(folder, "vault.sqlite")}`, newMasterKey()];
    const vault = await openVault({ url: vaultUrl, masterKey, onConnectionError: () => undefined });
    const relay = await startRelay();
    // Its clock is ours, and moves on besides when it is told to.
    const sim = await startProviderSim({ seed: 51, speed: 1, limits: { requestsPerMinuteMax: 1_000_000 } });
    const env = {
      DATABASE_URL: url,
      VAULT_URL: vaultUrl,
      VAULT_KEY: masterKey,
      TREASURY_HTTP_PORT: "0",
      TREASURY_JOBS_AT_ONCE: "1",
      PAYOUT_PROVIDER: provider,
      ...(provider === "xendit-v2"
        ? {
            XENDIT_URL: sim.url,
            XENDIT_SECRET_KEY: sim.secrets.xenditSecretKey,
            XENDIT_CALLBACK_TOKEN: sim.secrets.xenditCallbackToken,
            XENDIT_REQUESTS_PER_MINUTE: "100000",
          }
        : {
            FLIP_URL: `${sim.url}/api`,
            FLIP_SECRET_KEY: sim.secrets.flipSecretKey,
            FLIP_CALLBACK_TOKEN: sim.secrets.flipToken,
            FLIP_REQUESTS_PER_MINUTE: "100000",
          }),
    };
    const config = loadConfig(env);
    if (!config.ok) throw new Error(config.faults.join("\n"));
    const metrics = createMetrics();
    const log = pino({ level: "silent" });
    const providers = providersOf(config.value, {
      metrics,
      signal: new AbortController().signal,
      timing: { timeoutMs: 1_000 },
    });
    const jobParts: JobParts = {
      store,
      vault,
      providers,
      desk: { vault, provider },
      log,
      metrics,
      nowMs: Date.now,
    };
    const app = buildHttp({ registry: metrics.registry, faults: async () => [] });
    await app.register(webhookRoutes, {
      providers,
      metrics,
      log,
      keep: ({ provider: from, dedupe, raw }) =>
        store.transaction((tx) =>
          keepWebhook(vault, tx, { provider: from, dedupe, body: raw, nowMs: Date.now() }),
        ),
    });
    const recoveryUrl = await app.listen({ host: "127.0.0.1", port: 0 });
    const stage = new Stage({
      sim,
      relay,
      jobParts,
      recoveryUrl,
      newProcess: () => new MortalProcess(env, join(folder, "treasury.log")),
      closing: [
        () => app.close(),
        () => sim.stop(),
        () => relay.close(),
        () => vault.close(),
        async () => temporary.remove(),
      ],
    });
    // Yesterday is to be closed, and no comparison is due but where a test makes it so.
    for (let bank = 0; bank < 2; bank++) await stage.#world();
    const yesterday = startOfDayMs(dayToClose(Date.now()));
    await closeDay(store, {
      day: dayOf(yesterday - DAY_MS),
      wasteBank: null,
      by: "job:close",
      nowMs: Date.now(),
    });
    await reconcileIfDue(jobParts, { worker: "recovery", signal: new AbortController().signal });
    return stage;
  }

  async close(): Promise<void> {
    await this.#next[Symbol.asyncDispose]();
    for (const close of this.#closing) await close();
  }

  /** Kills a process at a step of a payout's life, recovers, and compares. */
  async run(kill: Kill): Promise<void> {
    const world = await this.#world();
    const webhooks = await this.#set(world, kill.scene);
    const died = await this.#die(kill, webhooks);
    const { payouts } = await bothBooks(world, this.#sim);
    const attempt = payouts[0]?.attempts.find(({ idempotency_key }) => idempotency_key.endsWith(":1"));
    expect([attempt?.state, attempt?.theirs.length], died).toEqual([kill.left, kill.theirs]);
    this.#sim.disarm();
    await this.#recover(world, webhooks);
    await this.#judge(world, kill.scene);
  }

  /** Brings one payout to where the scene begins; answers the webhooks that tell of it. */
  async #set(world: PayoutWorld, scene: SceneName): Promise<Relayed[]> {
    const { provider } = world.desk;
    const accountNumber = ACCOUNTS[scene] ?? "1000000001";
    await approvedPayout(world, { accountNumber, amountIdr: AMOUNT_IDR, nowMs: Date.now() });
    if (scene === "approved") return [];
    if (scene === "lost") this.#sim.arm({ fault: "reset", when: "before", method: "POST" });
    const isHeard = scene === "told" || scene === "strange";
    this.#sim.setWebhook(
      SIM_NAMES[provider],
      isHeard ? `${this.#relay.url}/webhooks/payouts/${provider}` : null,
    );
    if (scene === "strange") this.#sim.armWebhook({ fault: "unknown-payout" });
    this.#relay.take();
    await this.#recovery.step();
    if (scene !== "lost") await this.#sim.advance(ENDED_MS);
    const isTold = isHeard || scene === "untold";
    if (!isTold) await this.#hurry();
    if (scene === "untold") await this.#store.db.deleteFrom("reconciliations").execute();
    const taken = this.#relay.take();
    // The strange one comes first, and the one that is ours is lost.
    return scene === "strange" ? taken.slice(0, 1) : taken;
  }

  /** Lets a process live until it dies at the step. */
  async #die({ scene, step, time = 1, hang }: Kill, webhooks: Relayed[]): Promise<string> {
    await using mortal = this.#take();
    if (hang !== undefined) this.#sim.arm({ fault: "hang", ...hang });
    const serving = await mortal.start({
      step: step === "hang" ? null : step,
      time: time + (scene === "untold" ? await this.#comparedBefore(step, time) : 0),
    });
    if (hang !== undefined) {
      await this.#hangs();
      mortal.kill();
    }
    for (const webhook of webhooks) if (serving !== null) await deliver(webhook, serving.httpUrl);
    await mortal.died(step);
    return step;
  }

  /** A comparison asks for every payout of before as well, and the claim comes before them. */
  async #comparedBefore(step: Kill["step"], time: number): Promise<number> {
    if (time === 1 && !/ (call|answered)$/.test(step)) return 0;
    const { n } = await this.#store.db
      .selectFrom("payout_attempts")
      .select(({ fn }) => fn.countAll<number>().as("n"))
      .where("first_sent_ms", "is not", null)
      .executeTakeFirstOrThrow();
    return Number(n) - 1;
  }

  #take(): MortalProcess {
    const mortal = this.#next;
    this.#next = this.#newProcess();
    return mortal;
  }

  async #hangs(): Promise<void> {
    const deadlineMs = Date.now() + HANG_MS_MAX;
    // Those of before have been killed with their process.
    const before = this.#hung;
    while (this.#countHung() === before) {
      if (Date.now() > deadlineMs) throw new Error("no call hangs");
      await delay(10);
    }
    this.#hung = before + 1;
  }

  #hung = 0;

  #countHung(): number {
    return this.#sim.requests().filter(({ fault }) => fault === "hang").length;
  }

  /** The provider repeats what it told, and another worker does what is left to do. */
  async #recover(world: PayoutWorld, webhooks: Relayed[]): Promise<void> {
    for (const webhook of webhooks) expect(await deliver(webhook, this.#recoveryUrl)).toBe(200);
    for (let round = 0; round < ROUNDS_MAX; round++) {
      await this.#hurry();
      await reconcileIfDue(this.#parts, { worker: "recovery", signal: new AbortController().signal });
      while (await this.#recovery.step());
      const jobs = await this.#store.db.selectFrom("payout_jobs").select("id").execute();
      if (jobs.length === 0) return;
      await this.#sim.advance(ENDED_MS);
    }
    throw new Error(`it does not come to an end: ${JSON.stringify(await bothBooks(world, this.#sim))}`);
  }

  /** Lets pass what the books would wait for: backing off, and the leases of the dead. */
  async #hurry(): Promise<void> {
    const { db } = this.#store;
    await db.updateTable("payout_jobs").set({ due_ms: 1 }).execute();
    await db
      .updateTable("payout_jobs")
      .set({ lease_until_ms: 1 })
      .where("lease_until_ms", "is not", null)
      .execute();
    await db.updateTable("payout_attempts").set({ last_sent_ms: 1 }).where("state", "=", "unknown").execute();
    await db.updateTable("reconciliation_claims").set({ lease_until_ms: 1 }).execute();
  }

  async #judge(world: PayoutWorld, scene: SceneName): Promise<void> {
    const { payouts, savingsIdr, heldIdr, outIdr } = await bothBooks(world, this.#sim);
    const isPaid = scene !== "failed" && scene !== "disturbed";
    const [payout] = payouts;
    const theirs = (payout?.attempts ?? []).flatMap((attempt) => attempt.theirs);
    expect({
      payouts: payouts.length,
      state: payout?.state,
      review: payout?.review,
      attempts: payout?.attempts.length,
      most: Math.max(...(payout?.attempts ?? []).map((attempt) => attempt.theirs.length)),
      paid: theirs.filter(({ status }) => status === "SUCCEEDED").map(({ amountIdr }) => amountIdr),
      savingsIdr,
      heldIdr,
      outIdr,
    }).toEqual({
      payouts: 1,
      state: isPaid ? "paid" : "failed",
      review: null,
      attempts: scene === "disturbed" ? 3 : 1,
      most: 1,
      paid: isPaid ? [AMOUNT_IDR] : [],
      savingsIdr: SAVINGS_IDR - (isPaid ? AMOUNT_IDR : 0),
      heldIdr: 0,
      outIdr: isPaid ? AMOUNT_IDR : 0,
    });
    const compared = await this.#store.db.selectFrom("reconciliations").select("id").execute();
    expect(compared).toHaveLength(1);
  }

  /** A process after the other is killed while it closes the day, then another closes what is left. */
  async closeDay(): Promise<void> {
    const day = dayToClose(Date.now());
    for (const step of ["close begin", "close commit", "close committed"] as const) await this.#dieAt(step);
    await sealAndClose(this.#store, Date.now());
    const { db } = this.#store;
    const banks = await db.selectFrom("waste_banks").select("id").execute();
    const closes = await db.selectFrom("closes").select("waste_bank_id").where("day", "=", day).execute();
    expect(banks.length).toBeGreaterThan(1);
    expect(closes.map((close) => close.waste_bank_id).sort()).toEqual(banks.map(({ id }) => id).sort());
  }

  /** The same of the seals. */
  async seal(): Promise<void> {
    for (const step of ["seal commit", "seal committed"] as const) {
      await this.#world();
      await this.#dieAt(step);
    }
    await sealAll(this.#store, { since: "last", nowMs: Date.now() });
    expect(await verifySample(this.#store.db)).toEqual([]);
  }

  async #dieAt(step: Step): Promise<void> {
    await using mortal = this.#take();
    await mortal.start({ step, time: 1 });
    await mortal.died(step);
  }

  async #world(): Promise<PayoutWorld> {
    const { provider } = this.#parts.desk;
    if (provider === null) throw new RangeError("there is a provider");
    return await makeWorld(this.#store, { vault: this.#vault, provider });
  }

  /** What must be nothing in the end. */
  async leftovers() {
    const { db } = this.#store;
    const { provider } = this.#parts.desk;
    if (provider === null) throw new RangeError("there is a provider");
    const [open, unread, parked, claims] = await Promise.all([
      db.selectFrom("payouts").select("id").where("state", "not in", ["paid", "failed"]).execute(),
      db.selectFrom("webhook_inbox").select("id").where("state", "=", "new").execute(),
      db.selectFrom("payout_alarms").select("id").where("kind", "=", "parked_messages").execute(),
      db.selectFrom("reconciliation_claims").select("worker").execute(),
    ]);
    const { toppedUpIdr, balanceIdr } = this.#sim.book()[SIM_NAMES[provider]];
    return {
      open: open.length,
      unread: unread.length,
      parkedAlarms: parked.length,
      claims: claims.length,
      differenceIdr: toppedUpIdr - balanceIdr + (await floatOf(db, provider)),
    };
  }
}
