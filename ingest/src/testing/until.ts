/** Waiting in tests: for a condition, with a deadline. */
import { setTimeout as delay } from "node:timers/promises";

/** Longest that a test waits for one thing, in milliseconds. */
export const DEADLINE_MS = 10_000;

/** Resolves with what `look` answers as soon as it is neither false nor undefined nor null. Throws after the deadline. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<NonNullable<Exclude<T, false>>> {
  const endMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found !== false && found !== undefined && found !== null)
      return found as NonNullable<Exclude<T, false>>;
    if (performance.now() > endMs) throw new Error(`waited too long: ${what}`);
    await delay(10);
  }
}
