/** Child processes of a launcher: started, watched, and stopped for certain. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";

/** How long a child may take to stop by itself before it is killed, in milliseconds. */
export const STOP_TIMEOUT_MS = 4_000;

export interface ChildOptions {
  name: string;
  /** Program of the house, relative to the root, and its parameters. */
  parameters: string[];
  environment: Record<string, string>;
  /** Where what it says is kept. */
  logFile: string;
  /** Where it runs. */
  folder: string;
}

/** A running child. */
export interface Child {
  name: string;
  pid: number | undefined;
  process: ChildProcess;
  /** Resolves with a description of how it ended. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/** Starts a program under the Node that runs this one. Its stdin stays open, its stdout and stderr go to the log file. */
export function startChild(options: ChildOptions): Child {
  const log: WriteStream = createWriteStream(options.logFile, { flags: "a" });
  const child = spawn(process.execPath, options.parameters, {
    cwd: options.folder,
    env: { ...process.env, ...options.environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  // Writing to a child that has just ended is no trouble of ours: its end is reported by itself.
  child.stdin.on("error", () => undefined);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`${options.name} could not be started: ${error.message}`));
    child.once("exit", (code, signal) => {
      log.end();
      resolve(`${options.name} ended with ${signal ?? `code ${code}`}`);
    });
  });
  return { name: options.name, pid: child.pid, process: child, ended, stop: () => stopChild(child, ended) };
}

async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
