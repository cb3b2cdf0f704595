/** Runs the api as configured by the environment. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { exitCodeOf, stopOnSignals } from "@jumpa-madu/contracts/shutdown";
import { pruneAnswers } from "@jumpa-madu/store/idempotent-answers";
import { resumeErasures } from "@jumpa-madu/store/member-erasure";
import { migrate } from "@jumpa-madu/store/migrate";
import { openTelemetry } from "@jumpa-madu/store/open-telemetry";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { keepServiceAccount } from "@jumpa-madu/store/service-accounts";
import { StoreError } from "@jumpa-madu/store/store-error";
import { openVault } from "@jumpa-madu/store/vault";
import { VaultError } from "@jumpa-madu/store/vault-error";
import pino from "pino";
import { buildApp } from "./app.ts";
import { closeApp } from "./close-app.ts";
import { loadConfig } from "./config.ts";
import { startConfigPublisher } from "./config-publisher.ts";
import { loggerOptions } from "./log.ts";
import { repeat } from "./repeat.ts";
import { limitWarnings } from "./routes/payout-limit-warnings.ts";

/** Time between two looks for answers that are too old, in milliseconds. */
const PRUNE_MS = 3_600_000;

/** Time between two looks for erasures that were cut off, in milliseconds. */
const ERASE_MS = 3_600_000;

/** Longest time from the signal to the end, in milliseconds; then the process ends with code 1. */
const STOP_MS_MAX = 3_500;

/** Code of an end that another start does not mend. */
const CONFIGURATION_EXIT_CODE = 2;

const loaded = loadConfig(process.env);
if (!loaded.ok) {
  process.stderr.write(
    `the api is not configured:\n${loaded.faults.map((fault) => `  ${fault}\n`).join("")}`,
  );
  process.exit(CONFIGURATION_EXIT_CODE);
}
// `npm start` asks every service whether it is configured before it starts one.
if (process.argv.includes("--check")) process.exit(0);
const config = loaded.value;
const log = pino({ name: "api", ...loggerOptions(config.API_LOG_LEVEL) });

for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (err: unknown) => {
    const isMisconfigured =
      (err instanceof StoreError && (err.code === "unsupported_url" || err.code === "name_taken")) ||
      (err instanceof VaultError && err.code !== "unavailable");
    log.fatal(
      { err },
      isMisconfigured
        ? "the api is not configured rightly: no such kind of store, a node has its name, or the vault has another key"
        : "unexpected error; the supervisor starts the api again",
    );
    process.exit(isMisconfigured ? CONFIGURATION_EXIT_CODE : exitCodeOf(err));
  });
}

const store = openRelational(config.DATABASE_URL, (err) =>
  log.warn({ err }, "idle database connection lost"),
);
const applied = await migrate(store);
if (applied.length > 0) log.info({ applied }, "database migrated");
const vault = await openVault({
  url: config.VAULT_URL,
  masterKey: config.VAULT_KEY,
  onConnectionError: (err) => log.warn({ err }, "idle connection to the vault lost"),
});
const id = config.API_CLIENT_ID;
await keepServiceAccount(store.db, { id, role: "api", secret: config.API_SECRET }, Date.now());
const telemetry = openTelemetry(config.TELEMETRY_URL);
// Ingest does the same; whoever is first makes what is missing. Books and places are served without it.
await telemetry.prepare().catch((err: unknown) => log.warn({ err }, "the telemetry store is away"));
const publisher = startConfigPublisher({
  url: config.MQTT_URL,
  id,
  secret: config.API_SECRET,
  db: store.db,
  log,
});

const webDist =
  config.API_WEB_DIST === "" ? join(import.meta.dirname, "../../web/dist") : config.API_WEB_DIST;
const pagesDir = existsSync(join(webDist, "index.html")) ? webDist : null;
if (pagesDir === null) log.warn({ webDist }, "there are no built pages: run npm run -w web build");

const payoutProvider = config.PAYOUT_PROVIDER === "none" ? null : config.PAYOUT_PROVIDER;
const app = await buildApp({
  store,
  telemetry,
  publisher,
  vault,
  payoutProvider,
  nowMs: Date.now,
  log,
  ratePerMinute: config.API_RATE_PER_MINUTE,
  trustedProxies: config.API_TRUSTED_PROXIES.split(",")
    .map((one) => one.trim())
    .filter((one) => one !== ""),
  eventLoopDelayMsMax: config.API_EVENT_LOOP_DELAY_MS_MAX,
  metrics: { token: config.API_METRICS_TOKEN, process: true },
  pagesDir,
});
const closing = new AbortController();
const pruning = repeat(() => pruneAnswers(store.db, Date.now()), {
  everyMs: PRUNE_MS,
  signal: closing.signal,
  log,
});
// At the start as well: a crash may have come between the two steps of an erasure.
const erasing = repeat(() => resumeErasures({ store, vault }, Date.now()), {
  everyMs: ERASE_MS,
  signal: closing.signal,
  log,
});
for (const warning of await limitWarnings({ store, payoutProvider }, Date.now())) log.warn(warning);
await app.listen({ host: config.API_HTTP_HOST, port: config.API_HTTP_PORT });

stopOnSignals({
  stopMsMax: STOP_MS_MAX,
  onSignal: (signal) => log.info({ signal }, "the api stops"),
  onFailure: (err) => log.error({ err }, "the api did not stop in order"),
  async stop() {
    closing.abort();
    await closeApp(app);
    await pruning;
    await erasing;
    await publisher.close();
    await telemetry.close();
    await store.close();
    await vault.close();
  },
});
