/** Starts mortal treasuries: the next one loads its modules while the one before it lives and dies. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../system/service.ts";
import type { Orders, Serving } from "./mortal-treasury.ts";

/** Longest time until a process has loaded, serves, or has died, in milliseconds. */
const STEP_MS_MAX = 15_000;

/** A process that has loaded and waits for its orders. */
export class MortalProcess {
  readonly #child: ChildProcess;
  readonly #loaded: Promise<unknown>;
  readonly #gone: Promise<[number | null, NodeJS.Signals | null]>;

  constructor(env: Record<string, string>, logFile: string) {
    const log = openSync(logFile, "a");
    this.#child = fork(join(import.meta.dirname, "mortal-treasury.ts"), {
      env: { ...process.env, NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/node"), ...env },
      execArgv: [],
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    this.#gone = once(this.#child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    this.#loaded = this.#next("a treasury that loads");
    // Told to whoever waits for it, if anybody does.
    this.#loaded.catch(() => undefined);
  }

  /** Lets it live as it is told. Resolves when it serves; null when it died before. */
  async start(orders: Orders): Promise<Serving | null> {
    await this.#loaded;
    const serves = this.#next("a treasury that serves");
    this.#child.send(orders);
    return (await Promise.race([serves.catch(() => null), this.#gone.then(() => null)])) as Serving | null;
  }

  /** Resolves when it is dead; throws when it did not die by SIGKILL, or lives on. */
  async died(what: string): Promise<void> {
    const [code, signal] = await within(this.#gone, `the death at "${what}", which was never reached`);
    if (signal !== "SIGKILL") throw new Error(`the process ended by itself at "${what}": ${code ?? signal}`);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Ends it, whatever it does: one that lives on would do the work of others. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#gone;
  }

  async #next(what: string): Promise<unknown> {
    const [message] = (await within(
      Promise.race([
        once(this.#child, "message"),
        this.#gone.then(([code, signal]) => {
          throw new Error(`${what} ended: ${code ?? signal}`);
        }),
      ]),
      what,
    )) as unknown[];
    return message;
  }
}

async function within<T>(event: Promise<T>, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`waited too long for ${what}`)), STEP_MS_MAX);
  try {
    return await Promise.race([event, promise]);
  } finally {
    clearTimeout(timer);
  }
}
