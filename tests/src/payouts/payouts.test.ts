/** The treasury as a process, a simulated provider over real HTTP, kill -9: both books agree in the end. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PAYOUT_PROVIDERS, type PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import { type ProviderSim, startProviderSim } from "@jumpa-madu/provider-sim/provider-sim";
import { newMasterKey } from "@jumpa-madu/store/master-key";
import { openVault, type Vault } from "@jumpa-madu/store/vault";
import { afterEach, describe, expect, it } from "vitest";
import { verifySample } from "../../../store/src/ledger/sample-journals.ts";
import { onEachEngine, type Suite } from "../../../store/src/relational/engine-suite.ts";
import { freePort } from "../servers/free-port.ts";
import { makeTempDir } from "../servers/temp-dir.ts";
import { type Service, serviceOf } from "../system/service.ts";
import {
  approvedPayout,
  bothBooks,
  makeWorld,
  type PayoutWorld,
  SAVINGS_IDR,
  SIM_NAMES,
} from "./payout-world.ts";
import { Seeded } from "./seeded.ts";

/** Longest that one payout may take to its end, in milliseconds. */
const SETTLED_MS_MAX = 60_000;

interface Scene {
  world: PayoutWorld;
  sim: ProviderSim;
  treasury: Service;
  httpUrl: string;
}

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function openScene(suite: Suite, provider: PayoutProviderId, seed: number): Promise<Scene> {
  const temporary = makeTempDir("payouts");
  closing.push(async () => temporary.remove());
  const folder = temporary.path;
  const [vaultUrl, masterKey] = [`sqlite:${join(folder, "vault.sqlite")}`, newMasterKey()];
  const vault: Vault = await openVault({ url: vaultUrl, masterKey, onConnectionError: () => undefined });
  closing.push(() => vault.close());
  const httpUrl = `http://127.0.0.1:${await freePort()}`;
  const sim = await startProviderSim({
    seed,
    speed: 400,
    webhookUrls: { [SIM_NAMES[provider]]: `${httpUrl}/webhooks/payouts/${provider}` },
    limits: { requestsPerMinuteMax: 1_000_000 },
  });
  closing.push(() => sim.stop());
  const world = await makeWorld(suite.store, { vault, provider });
  const treasury = serviceOf({
    name: "treasury",
    entry: "treasury/src/main.ts",
    logFile: join(folder, "treasury.log"),
    healthUrl: `${httpUrl}/healthz`,
    env: {
      DATABASE_URL: suite.url,
      VAULT_URL: vaultUrl,
      VAULT_KEY: masterKey,
      TREASURY_HTTP_PORT: new URL(httpUrl).port,
      TREASURY_WORKER_ID: `worker-of-${seed}`,
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
    },
  });
  closing.push(() => treasury.stop());
  return { world, sim, treasury, httpUrl };
}

const pay = (world: PayoutWorld, accountNumber: string, amountIdr = 50_000) =>
  approvedPayout(world, { accountNumber, amountIdr, nowMs: Date.now() });

/** Lets pass what the books would wait for: backing off, and with `leases` the leases of a worker that is dead. */
async function hurry({ store }: PayoutWorld, { leases = false } = {}): Promise<void> {
  await store.db.updateTable("payout_jobs").set({ due_ms: 1 }).where("lease_until_ms", "is", null).execute();
  // How long is waited before it is sent again is counted from the sending before.
  await store.db
    .updateTable("payout_attempts")
    .set({ last_sent_ms: 1 })
    .where("state", "=", "unknown")
    .execute();
  if (leases)
    await store.db
      .updateTable("payout_jobs")
      .set({ due_ms: 1, lease_until_ms: 1 })
      .where("lease_until_ms", "is not", null)
      .execute();
}

/** Waits until every payout has ended as it must, hurrying the jobs meanwhile. */
async function settled(
  scene: Scene,
  isEnded = (state: string): boolean => state === "paid" || state === "failed",
) {
  const deadlineMs = Date.now() + SETTLED_MS_MAX;
  for (;;) {
    const { payouts } = await bothBooks(scene.world, scene.sim);
    if (payouts.every(({ state }) => isEnded(state))) return;
    if (Date.now() > deadlineMs) throw new Error(`not settled: ${JSON.stringify(payouts)}`);
    await hurry(scene.world);
    await delay(100);
  }
}

async function expectEqualBooks({ world, sim }: Scene): Promise<void> {
  const books = await bothBooks(world, sim);
  let paidIdr = 0;
  for (const { state, amount_idr, attempts } of books.payouts) {
    const theirs = attempts.flatMap((attempt) => attempt.theirs);
    expect(theirs.filter(({ status }) => status === "SUCCEEDED")).toHaveLength(state === "paid" ? 1 : 0);
    for (const attempt of attempts) expect(attempt.theirs.length).toBeLessThanOrEqual(1);
    if (state === "paid") paidIdr += amount_idr;
  }
  expect(books).toMatchObject({
    heldIdr: 0,
    theirHeldIdr: 0,
    strangers: 0,
    savingsIdr: SAVINGS_IDR - paidIdr,
  });
  expect(books.outIdr).toBe(books.theirOutIdr);
  expect(await verifySample(world.store.db)).toEqual([]);
}

onEachEngine("payouts through a provider", (suite) => {
  describe.each(PAYOUT_PROVIDERS)("%s", (provider) => {
    it("are paid, given back, and heard of twice without harm, through 502 and lost webhooks", async () => {
      const scene = await openScene(suite, provider, provider === "xendit-v2" ? 11 : 12);
      const { sim, world, treasury } = scene;
      await treasury.start();
      sim.armWebhook({ fault: "duplicate" });
      sim.armWebhook({ fault: "dropped" });
      sim.arm({ fault: "bad-gateway", when: "after", method: "POST" });
      sim.arm({ fault: "bad-gateway", when: "before", method: "POST", skip: 1 });
      for (const account of ["1000000001", "1000000002", "1000000003", "9000121212"])
        await pay(world, account);
      await settled(scene);
      await expectEqualBooks(scene);
      const { payouts } = await bothBooks(world, sim);
      expect(payouts.map(({ state }) => state).sort()).toEqual(["failed", "paid", "paid", "paid"]);
    });

    it("are paid once or given back once however often the treasury is killed", async () => {
      const scene = await openScene(suite, provider, provider === "xendit-v2" ? 21 : 22);
      const { sim, world, treasury } = scene;
      const random = new Seeded(suite.engine === "sqlite" ? 1 : 2);
      // Whatever is killed while it waits for an answer was sent.
      sim.arm({ fault: "hang", when: "after", method: "POST", probability: 0.3 });
      sim.arm({ fault: "hang", when: "before", method: "POST", probability: 0.1 });
      await treasury.start();
      for (let kill = 0; kill < 5; kill++) {
        for (let n = 0; n < 2; n++)
          await pay(world, random.chance(0.8) ? `1${kill}${n}0000000` : `9${kill}${n}0121212`.slice(0, 10));
        await delay(random.between(0, 250));
        await treasury.kill();
        await hurry(world, { leases: true });
        await treasury.start();
      }
      sim.disarm();
      // The last one may be waiting for an answer that never comes.
      await treasury.kill();
      await hurry(world, { leases: true });
      await treasury.start();
      await settled(scene);
      await expectEqualBooks(scene);
    }, 120_000);
  });

  it("that come back stand in the member's book again", async () => {
    const scene = await openScene(suite, "xendit-v2", 31);
    await scene.treasury.start();
    await pay(scene.world, "9000707070");
    await settled(scene, (state) => state === "reversed");
    await expectEqualBooks(scene);
  });

  it("a stop in order lets what is under way end, and the log holds neither keys nor numbers", async () => {
    const scene = await openScene(suite, "xendit-v2", 41);
    const { sim, world, treasury } = scene;
    await treasury.start();
    await pay(world, "1000000009");
    await settled(scene);
    const ready = await fetch(`${scene.httpUrl}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: "ready", faults: [] }]);
    const metrics = await (await fetch(`${scene.httpUrl}/metrics`)).text();
    expect(metrics).toContain(
      'treasury_outcomes_total{provider="xendit-v2",call="submit",outcome="pending"} 1',
    );
    await treasury.stop();
    const log = readFileSync(treasury.logFile, "utf8");
    expect(log).toContain("treasury closed");
    for (const secret of [
      sim.secrets.xenditSecretKey,
      sim.secrets.xenditCallbackToken,
      "1000000009",
      "Nasabah Satu",
    ])
      expect(log).not.toContain(secret);
  });
});
