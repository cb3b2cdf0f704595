/**
 * Waits for the write lock of a SQLite file without stopping the process.
 *
 * SQLite's own busy timeout sleeps in the calling thread: a service would answer nobody meanwhile, and two stores of one
 * process on one file would wait for each other in vain.
 */
import { setTimeout as delay } from "node:timers/promises";
import { StoreError } from "../store-error.ts";

/** How long a write waits for another process that holds the write lock, in milliseconds. */
export const BUSY_WAIT_MS_MAX = 5_000;

/** Longest pause between two tries, in milliseconds; each is drawn at random, so that two processes do not keep step. */
const PAUSE_MS_MAX = 15;

/** SQLITE_BUSY and its extended codes (sqlite.org/rescode.html). */
export function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    (error.errcode & 0xff) === 5
  );
}

/**
 * Does what takes the write lock, again while another process holds it. `work` must have done nothing when it fails so.
 *
 * Throws StoreError `unavailable` after `waitMsMax` milliseconds, and at once what else `work` throws.
 */
export async function onceFree<T>(work: () => T, waitMsMax: number = BUSY_WAIT_MS_MAX): Promise<T> {
  let deadlineMs: number | null = null;
  for (;;) {
    try {
      return work();
    } catch (cause) {
      if (!isBusy(cause)) throw cause;
      deadlineMs ??= performance.now() + waitMsMax;
      if (performance.now() >= deadlineMs) {
        throw new StoreError("unavailable", "another process held the write lock for too long", { cause });
      }
    }
    await delay(1 + Math.random() * PAUSE_MS_MAX);
  }
}
