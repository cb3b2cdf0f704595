/** Waits for what other processes do: asks again and again until the answer is there or the deadline has passed. */
import { setTimeout as pause } from "node:timers/promises";

/** Pause between two looks, in milliseconds. */
const POLL_MS = 100;

/** Deadline unless another is given, in milliseconds: two cores are shared with everything else. */
export const DEADLINE_MS = 30_000;

/**
 * Answers the first value of `look` that is neither undefined, null nor false.
 *
 * Throws an error that says what was waited for and what was seen last, when `deadlineMs` have passed. What `look`
 * throws counts as "not yet": a service that is down refuses connections.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  { deadlineMs = DEADLINE_MS, pollMs = POLL_MS }: { deadlineMs?: number; pollMs?: number } = {},
): Promise<Exclude<T, undefined | null | false>> {
  const endMs = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (isThere(value)) return value;
      last = value;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (performance.now() > endMs) {
      throw new Error(`${what}: not within ${deadlineMs / 1000} s; last seen: ${JSON.stringify(last)}`);
    }
    await pause(pollMs);
  }
}

function isThere<T>(value: T): value is Exclude<T, undefined | null | false> {
  return value !== undefined && value !== null && value !== false;
}
