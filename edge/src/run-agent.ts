/** Runs the agent until a signal stops it. Exit codes as in `main.ts`. */
import { readFileSync } from "node:fs";
import { stopOnSignals } from "@jumpa-madu/contracts/shutdown";
import pino from "pino";
import manifest from "../package.json" with { type: "json" };
import { startAgent } from "./agent.ts";
import { type EdgeConfig, loadConfig } from "./config.ts";
import { EdgeError } from "./edge-error.ts";
import { startChannel } from "./sensing/channel.ts";

/** Longest time from the signal to the end, in milliseconds; then the process ends with code 1. */
const STOP_MS_MAX = 3_000;

const EXIT_FAILED = 1;
const EXIT_CONFIG = 2;

function configured(): EdgeConfig {
  try {
    return loadConfig(process.env, (path) => readFileSync(path, "utf8"));
  } catch (error) {
    if (!(error instanceof EdgeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

/** Starts the agent as the environment configures it. */
export async function runAgent(): Promise<void> {
  const config = configured();
  const log = pino({ level: config.log_level, base: { node: config.node } });

  function fail(error: unknown): void {
    log.fatal({ err: error }, "unhandled error");
    process.exit(EXIT_FAILED);
  }
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);

  const agent = await startAgent(config, log, { version: manifest.version, startChannel });

  stopOnSignals({
    stopMsMax: STOP_MS_MAX,
    onSignal: (signal) => log.info({ signal }, "stopping"),
    onFailure: (err) => log.error({ err }, "did not stop in order"),
    async stop() {
      await agent.stop();
      log.info("stopped");
    },
  });
}
