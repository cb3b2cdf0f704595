/**
 * The broker as a process: reads the environment, starts, stops on SIGTERM or SIGINT. Exit codes: 0 stopped by a signal,
 * 1 failed (the supervisor starts it again), 2 the configuration is wrong (starting again will not help).
 */
import { exitCodeOf, stopOnSignals } from "@jumpa-madu/contracts/shutdown";
import { migrate } from "@jumpa-madu/store/migrate";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { pino } from "pino";
import { collectDefaultMetrics } from "prom-client";
import { startBroker } from "./broker.ts";
import { loadConfig } from "./config.ts";

/** Longest time from the signal to the end, in milliseconds; then the process ends with code 1. */
const STOP_MS_MAX = 3_500;

const loaded = loadConfig(process.env);
const log = pino(
  { name: "broker", level: loaded.ok ? loaded.value.logLevel : "info" },
  pino.destination({ dest: 2, sync: true }),
);

const EXIT_CONFIG = 2;

function endOnFatal(err: unknown): never {
  log.fatal({ err }, "the broker ends");
  process.exit(exitCodeOf(err));
}
process.on("uncaughtException", endOnFatal);
process.on("unhandledRejection", endOnFatal);

if (!loaded.ok) {
  log.fatal({ faults: loaded.faults }, "the configuration is wrong");
  process.exit(EXIT_CONFIG);
}
// `npm start` asks every service whether it is configured before it starts one.
if (process.argv.includes("--check")) process.exit(0);
const config = loaded.value;
const store = openRelational(config.databaseUrl, (err) =>
  log.warn({ err }, "an idle database connection broke"),
);
await migrate(store);
const broker = await startBroker(config, { store, log });
// Memory, event-loop lag, garbage collection: of the process, thus here and not in each broker.
collectDefaultMetrics({ register: broker.metrics.registry });

stopOnSignals({
  stopMsMax: STOP_MS_MAX,
  onSignal: (signal) => log.info({ signal }, "the broker stops"),
  onFailure: (err) => log.error({ err }, "the broker did not stop in order"),
  async stop() {
    await broker.close();
    await store.close();
  },
});
