/**
 * A server as a child process: started, waited for, stopped, and never left behind.
 *
 * The kernel kills the child when its parent dies in whatever way (`setpriv --pdeathsig`), so that an interrupted or
 * killed test run leaves nothing running.
 */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Of util-linux, which every Debian has. Elsewhere the exit handler alone must do. */
const SETPRIV = "/usr/bin/setpriv";

/** Time that a server gets to answer its first probe. */
const READY_MS_MAX = 30_000;

/** Time that a server gets between SIGTERM and SIGKILL. */
const STOP_MS_MAX = 10_000;

/** Pause between two probes. */
const PROBE_INTERVAL_MS = 50;

/** Characters at the end of the log that go into an error. */
const LOG_TAIL_CHARS = 2_000;

export interface ChildOptions {
  command: string;
  args: string[];
  /** File that stdout and stderr are appended to. */
  logFile: string;
  /** Resolves true once the server serves; may throw, which counts as not yet. */
  isReady(): Promise<boolean>;
  /** Asks the server to stop; SIGTERM when absent. */
  stopSignal?: NodeJS.Signals;
  /** System user that the server runs as; that of the tests when absent. */
  user?: { uid: number; gid: number };
  /** Variables that the server gets beside those of the tests. */
  env?: Record<string, string>;
}

/** A running server process. */
export interface Child {
  readonly pid: number;
  /** Asks it to stop, kills it after ten seconds, and resolves when it is gone. May be called again. */
  stop(): Promise<void>;
  /** Kills it as a power cut would (SIGKILL) and resolves when it is gone. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a server and resolves when it is ready. Throws with the end of its log when it exits or takes 30 s. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = spawnChild(options);
  const gone = exitOf(child);
  const started: Child = {
    pid: child.pid ?? 0,
    stop: () => end(child, gone, options.stopSignal ?? "SIGTERM"),
    kill: () => end(child, gone, "SIGKILL"),
  };
  const deadlineMs = Date.now() + READY_MS_MAX;
  while (!(await answers(options))) {
    const exited = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
    if (exited || Date.now() > deadlineMs) {
      await started.kill();
      const fate = exited ? "exited before it was ready" : `was not ready within ${READY_MS_MAX} ms`;
      throw new Error(`${options.command} ${fate}:\n${logTail(options.logFile)}`);
    }
    await delay(PROBE_INTERVAL_MS);
  }
  return started;
}

function spawnChild({ command, args, logFile, user, env }: ChildOptions): ChildProcess {
  const log = openSync(logFile, "a");
  const wrap = existsSync(SETPRIV);
  // setpriv changes the user itself: the kernel forgets the death signal when the user changes after it was set.
  const asUser = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"] : [];
  const options = { stdio: ["ignore", log, log], env: { ...process.env, ...env } } satisfies SpawnOptions;
  try {
    const child = wrap
      ? spawn(SETPRIV, ["--pdeathsig=KILL", ...asUser, command, ...args], options)
      : spawn(command, args, { ...options, ...user });
    running.add(child);
    return child;
  } finally {
    closeSync(log);
  }
}

/** Resolves when the process has ended, also when it never started. */
async function exitOf(child: ChildProcess): Promise<void> {
  try {
    await once(child, "exit");
  } catch {
    // A command that cannot be spawned emits "error" in place of "exit"; startChild sees that it has no pid.
  }
  running.delete(child);
}

async function end(child: ChildProcess, gone: Promise<void>, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  const timeout = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  await gone;
  clearTimeout(timeout);
}

async function answers(options: ChildOptions): Promise<boolean> {
  try {
    return await options.isReady();
  } catch {
    return false;
  }
}

function logTail(logFile: string): string {
  return readFileSync(logFile, "utf8").slice(-LOG_TAIL_CHARS);
}
