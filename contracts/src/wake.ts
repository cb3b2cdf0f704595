/** Waiting: for something to do, or for time to pass, and never longer than the service lives. */
import { setTimeout as delay } from "node:timers/promises";

/** A bell between one loop that waits and whoever has work for it. A ring before the wait is not lost. */
export class Wake {
  #rung = false;
  #resolve: (() => void) | null = null;

  /** Ends the present wait, or the next one at once. */
  ring(): void {
    this.#rung = true;
    this.#resolve?.();
  }

  /** Resolves at the next ring, after `waitMs`, or when `signal` aborts; whichever is first. */
  async wait(waitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted && waitMs > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const end = () => resolve();
      this.#resolve = end;
      const timer = Number.isFinite(waitMs) ? setTimeout(end, waitMs) : undefined;
      signal.addEventListener("abort", end);
      await promise;
      signal.removeEventListener("abort", end);
      clearTimeout(timer);
      this.#resolve = null;
    }
    this.#rung = false;
  }
}

/** Resolves after `waitMs` or as soon as `signal` aborts. */
export async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || waitMs <= 0) return;
  // The only rejection is the abort itself, which ends the pause and is not an error.
  await delay(waitMs, undefined, { signal }).catch(() => undefined);
}
