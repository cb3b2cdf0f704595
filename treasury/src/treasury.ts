/**
 * The treasury: sends what was approved to the payment provider, follows it, hears webhooks, compares the books with the
 * provider's, and closes each day. It alone holds the providers' secrets. Without a provider it closes days and no more.
 */
import { setTimeout as delay } from "node:timers/promises";
import { pause } from "@jumpa-madu/contracts/wake";
import { pruneProviderTraffic } from "@jumpa-madu/store/prune-traffic";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { tellUnsent } from "@jumpa-madu/store/unsent-attempts";
import type { Vault } from "@jumpa-madu/store/vault";
import { keepWebhook } from "@jumpa-madu/store/webhook-inbox";
import type { Logger } from "pino";
import { type Config, chosenProvider } from "./config.ts";
import { every } from "./every.ts";
import { buildHttp, CHECK_MS_MAX } from "./http.ts";
import type { JobParts } from "./jobs/job-parts.ts";
import { createMetrics } from "./metrics.ts";
import { sealAndClose } from "./nightly.ts";
import { providersOf } from "./providers.ts";
import { reconcileIfDue } from "./reconciliation.ts";
import { webhookRoutes } from "./webhook-routes.ts";
import { Worker } from "./worker.ts";

/** Longest that `close` waits for calls that are under way, in milliseconds; then they are aborted, and looked up later. */
export const DRAIN_MS_MAX = 2_000;

/** Longest that `close` then waits for the books, in milliseconds. */
const LOOPS_END_MS_MAX = 1_000;

/** Time between two looks whether a day is to be closed or compared, in milliseconds. */
const NIGHTLY_EVERY_MS = 60_000;

/** Time between two turns of forgetting what providers have said long ago, in milliseconds. */
const PRUNE_EVERY_MS = 600_000;

/** Time between two looks for attempts that wait to be sent for too long, in milliseconds. */
const UNSENT_EVERY_MS = 60_000;

/** What the treasury works with: opened and migrated by the caller, who also closes it. */
export interface TreasuryParts {
  store: RelationalStore;
  vault: Vault;
  log: Logger;
  /** Names this process at its jobs. */
  workerId: string;
}

export interface Treasury {
  /** Where the webhooks, /healthz, /readyz and /metrics answer. */
  readonly httpUrl: string;
  /** Takes no more jobs, finishes what is under way as far as it can in DRAIN_MS_MAX, and ends. */
  close(): Promise<void>;
}

/** Starts the service. Resolves when HTTP listens. Throws when the port is taken. */
export async function startTreasury(config: Config, parts: TreasuryParts): Promise<Treasury> {
  const { store, vault, log, workerId } = parts;
  const metrics = createMetrics();
  const calls = new AbortController();
  const stopping = new AbortController();
  const { signal } = stopping;
  const providers = providersOf(config, { metrics, signal: calls.signal });
  const jobParts: JobParts = {
    store,
    vault,
    providers,
    desk: { vault, provider: chosenProvider(config) },
    log,
    metrics,
    nowMs: Date.now,
  };
  const worker = new Worker(jobParts, { id: workerId, jobsAtOnceMax: config.TREASURY_JOBS_AT_ONCE });
  const app = buildHttp({
    registry: metrics.registry,
    async faults() {
      const faults: string[] = [];
      if (!(await answers(() => store.ping()))) faults.push("the database does not answer");
      if (!(await answers(() => vault.ping()))) faults.push("the vault does not answer");
      return faults;
    },
  });
  await app.register(webhookRoutes, {
    providers,
    metrics,
    log,
    async keep({ provider, dedupe, raw }) {
      const message = { provider, dedupe, body: raw, nowMs: Date.now() };
      const outcome = await store.transaction((tx) => keepWebhook(vault, tx, message));
      if (outcome === "new") worker.wake();
      return outcome;
    },
  });
  const httpUrl = await app.listen({ host: config.TREASURY_HTTP_HOST, port: config.TREASURY_HTTP_PORT });
  const loops = Promise.all([
    worker.run(signal),
    every({ ms: PRUNE_EVERY_MS, what: "pruning", log }, { signal, work: () => prune(jobParts) }),
    every({ ms: UNSENT_EVERY_MS, what: "unsent", log }, { signal, work: () => tellOfUnsent(jobParts) }),
    every({ ms: NIGHTLY_EVERY_MS, what: "close", log }, { signal, work: () => close(jobParts) }),
    every(
      { ms: NIGHTLY_EVERY_MS, what: "reconciliation", log },
      { signal, work: () => reconcileIfDue(jobParts, { worker: workerId, signal }) },
    ),
  ]);
  log.info({ httpUrl, workerId, providers: [...providers.keys()] }, "treasury started");

  return {
    httpUrl,
    async close() {
      stopping.abort();
      await Promise.race([loops, delay(DRAIN_MS_MAX, undefined, { ref: false })]);
      calls.abort();
      await Promise.race([loops, delay(LOOPS_END_MS_MAX, undefined, { ref: false })]);
      await app.close();
      log.info("treasury closed");
    },
  };
}

async function close({ store, metrics, log, nowMs }: JobParts): Promise<void> {
  const run = await sealAndClose(store, nowMs());
  if (run === null) return;
  metrics.closes.inc();
  log.info({ heads: run.heads }, "a day was closed");
}

async function prune({ store, log, nowMs }: JobParts): Promise<void> {
  const rows = await pruneProviderTraffic(store, nowMs());
  if (rows > 0) log.info({ rows }, "what providers said long ago was forgotten");
}

async function tellOfUnsent({ store, log, nowMs }: JobParts): Promise<void> {
  const attempts = await tellUnsent(store, nowMs());
  if (attempts > 0) log.warn({ attempts }, "attempts wait to be sent for hours; an alarm was raised");
}

/** True when it answers in time. */
async function answers(ping: () => Promise<void>): Promise<boolean> {
  const late = new AbortController();
  const isThere = ping().then(
    () => true,
    () => false,
  );
  const answer = await Promise.race([isThere, pause(CHECK_MS_MAX, late.signal).then(() => false)]);
  late.abort();
  return answer;
}
