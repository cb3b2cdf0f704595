/** Runs ingest as configured by the environment. */
import { exitCodeOf, stopOnSignals } from "@jumpa-madu/contracts/shutdown";
import { migrate } from "@jumpa-madu/store/migrate";
import { openTelemetry } from "@jumpa-madu/store/open-telemetry";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { keepServiceAccount } from "@jumpa-madu/store/service-accounts";
import { StoreError, type StoreErrorCode } from "@jumpa-madu/store/store-error";
import pino from "pino";
import { loadConfig } from "./config.ts";
import { startIngest } from "./ingest.ts";

/** Longest time from the signal to the end, in milliseconds; then the process ends with code 1. */
const STOP_MS_MAX = 3_500;

/** Exit code when the configuration is wrong: to start again changes nothing until a person has mended it. */
const EXIT_MISCONFIGURED = 2;

/** What a store says of a configuration that is wrong. */
const MISCONFIGURED: ReadonlySet<StoreErrorCode> = new Set(["unsupported_url", "name_taken"]);

const loaded = loadConfig(process.env);
if (!loaded.ok) {
  process.stderr.write(`ingest is not configured:\n${loaded.faults.map((fault) => `  ${fault}\n`).join("")}`);
  process.exit(EXIT_MISCONFIGURED);
}
// `npm start` asks every service whether it is configured before it starts one.
if (process.argv.includes("--check")) process.exit(0);
const config = loaded.value;
const log = pino({ name: "ingest", level: config.INGEST_LOG_LEVEL });

for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    if (error instanceof StoreError && MISCONFIGURED.has(error.code)) {
      log.fatal({ err: error }, "ingest is not configured");
      process.exit(EXIT_MISCONFIGURED);
    }
    log.fatal({ err: error }, "unexpected error; the supervisor starts ingest again");
    process.exit(exitCodeOf(error));
  });
}

const store = openRelational(config.DATABASE_URL, (error) =>
  log.warn({ err: error }, "idle database connection lost"),
);
const applied = await migrate(store);
if (applied.length > 0) log.info({ applied }, "database migrated");
await keepServiceAccount(
  store.db,
  { id: config.INGEST_CLIENT_ID, role: "ingest", secret: config.INGEST_SECRET },
  Date.now(),
);
const telemetry = openTelemetry(config.TELEMETRY_URL);
const ingest = await startIngest(config, { store, telemetry, log });

stopOnSignals({
  stopMsMax: STOP_MS_MAX,
  onSignal: (signal) => log.info({ signal }, "ingest stops"),
  onFailure: (err) =>
    log.error({ err }, "ingest did not stop in order; the nodes will send again what is missing"),
  async stop() {
    await ingest.close();
    await telemetry.close();
    await store.close();
  },
});
