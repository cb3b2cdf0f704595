/**
 * `npm start`: broker, ingest, treasury and api as the environment (and a file `.env` beside it) configures them. Each is asked
 * first whether it is configured, so that all that is missing is told at once.
 *
 * A service that ends is started again, after a pause that grows while it keeps ending. Logs go to stderr, one JSON
 * object a line. Ctrl-C stops all of it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { STOP_TIMEOUT_MS } from "./child-process.ts";
import { watchLauncher } from "./launcher.ts";
import { serviceCommand } from "./service-command.ts";
import { buildPages } from "./web-build.ts";

const ROOT = join(import.meta.dirname, "..");
const SERVICES = ["broker", "ingest", "treasury", "api"] as const;

/** First pause before a service is started again, in milliseconds; doubled each time up to the longest. */
const RESTART_MS_MIN = 500;
const RESTART_MS_MAX = 30_000;

/** Exit code of a service whose configuration is wrong: to start it again would not help. */
const EXIT_CONFIGURATION = 2;

/** Exit code of a service whose port is taken. */
const EXIT_ADDRESS_TAKEN = 3;

/** A service that ran this long has recovered: the pause begins anew, in milliseconds. */
const HEALTHY_AFTER_MS = 60_000;

const stopping = new AbortController();
const running = new Map<string, ChildProcess>();
const say = (text: string) => process.stderr.write(`${text}\n`);

const envFile = join(ROOT, ".env");
if (existsSync(envFile)) process.loadEnvFile(envFile);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop());
// npm that is killed leaves us behind, and the next `npm start` would meet our ports. Whoever starts us otherwise may go.
if (process.env.npm_lifecycle_event !== undefined) watchLauncher(stop);

const answers = await Promise.all(SERVICES.map((name) => runOnce(name, "--check")));
const misconfigured = SERVICES.filter((_, index) => answers[index] === EXIT_CONFIGURATION);
if (misconfigured.length > 0) {
  say(`${misconfigured.join(", ")}: not configured; mend .env (see .env.example) and start again`);
  process.exitCode = EXIT_CONFIGURATION;
} else if (!stopping.signal.aborted) {
  buildPages();
  await Promise.all(SERVICES.map((name) => keepRunning(name)));
}

async function keepRunning(name: string): Promise<void> {
  let waitMs = RESTART_MS_MIN;
  let isFirst = true;
  while (!stopping.signal.aborted) {
    const startedMs = performance.now();
    const how = await runOnce(name);
    if (stopping.signal.aborted) return;
    if (how === EXIT_CONFIGURATION) {
      say(`${name} is not configured: mend .env (see .env.example) and start again`);
      process.exitCode = EXIT_CONFIGURATION;
      stop();
      return;
    }
    if (how === EXIT_ADDRESS_TAKEN && isFirst) {
      say(
        `${name} finds its port taken: another copy of this system may be running; stop it, or set another port in .env`,
      );
      process.exitCode = EXIT_ADDRESS_TAKEN;
      stop();
      return;
    }
    isFirst = false;
    if (performance.now() - startedMs > HEALTHY_AFTER_MS) waitMs = RESTART_MS_MIN;
    say(
      `${name} ended with ${typeof how === "number" ? `code ${how}` : how}; it is started again in ${waitMs / 1000} s`,
    );
    await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    waitMs = Math.min(waitMs * 2, RESTART_MS_MAX);
  }
}

/** Runs a service to its end: exit code, signal, or why it could not be started. */
function runOnce(name: string, ...more: string[]): Promise<number | string> {
  const { parameters, environment } = serviceCommand(name);
  const child = spawn(process.execPath, [...parameters, ...more], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ["ignore", process.stderr, process.stderr],
  });
  running.set(name, child);
  return new Promise<number | string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? code ?? "no code"));
  }).then((how) => {
    running.delete(name);
    return how;
  });
}

function stop(): void {
  stopping.abort();
  for (const child of running.values()) child.kill("SIGTERM");
  setTimeout(() => {
    for (const child of running.values()) child.kill("SIGKILL");
  }, STOP_TIMEOUT_MS).unref();
}
