/** Runs the treasury as configured by the environment. */
import { hostname } from "node:os";
import { exitCodeOf, stopOnSignals } from "@jumpa-madu/contracts/shutdown";
import { migrate } from "@jumpa-madu/store/migrate";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { StoreError } from "@jumpa-madu/store/store-error";
import { openVault } from "@jumpa-madu/store/vault";
import { VaultError, type VaultErrorCode } from "@jumpa-madu/store/vault-error";
import pino from "pino";
import { loadConfig } from "./config.ts";
import { startTreasury } from "./treasury.ts";

/** Longest time from the signal to the end, in milliseconds; then the process ends with code 1. */
const STOP_MS_MAX = 3_500;

/** Exit code when the configuration is wrong: to start again changes nothing until a person has mended it. */
const EXIT_MISCONFIGURED = 2;

/** What the vault says of a configuration that is wrong. */
const MISCONFIGURED: ReadonlySet<VaultErrorCode> = new Set([
  "unsupported_url",
  "bad_master_key",
  "wrong_master_key",
]);

const loaded = loadConfig(process.env);
if (!loaded.ok) {
  process.stderr.write(
    `treasury is not configured:\n${loaded.faults.map((fault) => `  ${fault}\n`).join("")}`,
  );
  process.exit(EXIT_MISCONFIGURED);
}
// `npm start` asks every service whether it is configured before it starts one.
if (process.argv.includes("--check")) process.exit(0);
const config = loaded.value;
const log = pino({ name: "treasury", level: config.TREASURY_LOG_LEVEL });

for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    const isMisconfigured =
      (error instanceof StoreError && error.code === "unsupported_url") ||
      (error instanceof VaultError && MISCONFIGURED.has(error.code));
    if (isMisconfigured) {
      log.fatal({ err: error }, "treasury is not configured");
      process.exit(EXIT_MISCONFIGURED);
    }
    log.fatal({ err: error }, "unexpected error; the supervisor starts the treasury again");
    process.exit(exitCodeOf(error));
  });
}

const onConnectionError = (error: Error) => log.warn({ err: error }, "idle database connection lost");
const store = openRelational(config.DATABASE_URL, onConnectionError);
const applied = await migrate(store);
if (applied.length > 0) log.info({ applied }, "database migrated");
const vault = await openVault({ url: config.VAULT_URL, masterKey: config.VAULT_KEY, onConnectionError });
const workerId = config.TREASURY_WORKER_ID ?? `${hostname().slice(0, 80)}:${process.pid}`;
const treasury = await startTreasury(config, { store, vault, log, workerId });

stopOnSignals({
  stopMsMax: STOP_MS_MAX,
  onSignal: (signal) => log.info({ signal }, "treasury stops"),
  onFailure: (err) =>
    log.error({ err }, "treasury did not stop in order; what was under way is looked up again"),
  async stop() {
    await treasury.close();
    await vault.close();
    await store.close();
  },
});
