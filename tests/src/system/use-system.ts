/** Gives the tests of one `describe` a system, and shows the ends of its logs when one of them fails. */
import { cpSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { type System, type SystemOptions, startSystem } from "./system.ts";

/** Time for all processes to start or stop on a busy machine, in milliseconds. */
const START_MS_MAX = 120_000;

/** Lines of each log that a failure shows. */
const TAIL_LINES = 15;

/**
 * Starts a system before the tests of the present `describe` and stops it after them. `prepare` puts in what all of
 * them need. The answer gives the running system; it throws before that.
 */
export function useSystem<T>(
  options: () => Promise<SystemOptions> | SystemOptions,
  prepare: (system: System) => Promise<T>,
): () => { system: System; prepared: T } {
  let running: System | null = null;
  let whole: { system: System; prepared: T } | null = null;
  beforeAll(async () => {
    running = await startSystem(await options());
    try {
      whole = { system: running, prepared: await prepare(running) };
    } catch (error) {
      process.stderr.write(logTails(running));
      throw error;
    }
  }, START_MS_MAX);
  afterEach(({ task }) => {
    if (task.result?.state !== "fail" || running === null) return;
    process.stderr.write(logTails(running));
    process.stderr.write(`the whole logs: ${keepLogs(running)}\n`);
  });
  afterAll(async () => {
    await running?.stop();
  }, START_MS_MAX);
  return () => {
    if (whole === null) throw new Error("the system does not run yet");
    return whole;
  };
}

/** The end of every log. */
function logTails(system: System): string {
  return system
    .services()
    .filter(({ logFile }) => existsSync(logFile))
    .map(({ name, logFile }) => {
      const lines = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-TAIL_LINES);
      return `---- ${name}\n${lines.join("\n")}\n`;
    })
    .join("");
}

/** Copies the logs to where they outlive the run. */
function keepLogs(system: System): string {
  const kept = mkdtempSync(join(tmpdir(), "jumpa-madu-failed-"));
  cpSync(dirname(system.broker.logFile), kept, { recursive: true });
  return kept;
}
