/** A service of the house as a process: started, killed as a power cut would, started again by its name. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Child, startChild } from "../servers/child.ts";

/** Root of the house. */
export const ROOT = join(import.meta.dirname, "../../..");

/** Times that a service is started anew when it ends before it is ready, as a supervisor would. */
const STARTS_MAX = 10;

/** Pause of the supervisor between two starts, in milliseconds. */
const RESTART_MS = 1_000;

export interface ServiceOptions {
  name: string;
  /** Its main file, from the root of the house. */
  entry: string;
  env: Record<string, string>;
  logFile: string;
  /** Answers 200 once the process serves. */
  healthUrl: string;
}

/** A service. It runs from `start` on, until `kill` or `stop`. */
export interface Service {
  readonly name: string;
  readonly logFile: string;
  readonly pid: number;
  /** Starts it; again, as a supervisor does, when it ends before it serves. Throws with the end of its log. */
  start(): Promise<void>;
  /** Ends it as a power cut would (SIGKILL). */
  kill(): Promise<void>;
  /** Asks it to stop (SIGTERM), and kills it when it does not. */
  stop(): Promise<void>;
}

/** Describes a service; nothing runs yet. */
export function serviceOf({ name, entry, env, logFile, healthUrl }: ServiceOptions): Service {
  let child: Child | null = null;
  const startOnce = () =>
    startChild({
      command: process.execPath,
      args: [join(ROOT, entry)],
      logFile,
      env,
      isReady: async () => (await fetch(healthUrl, { signal: AbortSignal.timeout(2_000) })).ok,
    });
  return {
    name,
    logFile,
    get pid() {
      return child?.pid ?? 0;
    },
    async start() {
      for (let attempt = 1; ; attempt++) {
        try {
          child = await startOnce();
          return;
        } catch (error) {
          if (attempt === STARTS_MAX) throw error;
          await pause(RESTART_MS);
        }
      }
    },
    async kill() {
      await child?.kill();
    },
    async stop() {
      await child?.stop();
    },
  };
}
