/** Lets a bounded number of tasks run at one time and a bounded number wait, first come, first served. */

export class Turnstile {
  readonly #runningMax: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: { runningMax: number; waitingMax: number }) {
    this.#runningMax = limits.runningMax;
    this.#waitingMax = limits.waitingMax;
  }

  /** Runs the task when its turn comes; null, and nothing is run, when too many wait already. */
  tryRun<T>(task: () => Promise<T>): Promise<T> | null {
    if (this.#running >= this.#runningMax && this.#waiting.length >= this.#waitingMax) return null;
    return this.#run(task);
  }

  async #run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#runningMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await task();
    } finally {
      // The place passes straight to the next, so that a newcomer cannot take it in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
