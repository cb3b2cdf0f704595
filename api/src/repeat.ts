/** Housekeeping that comes round again. */
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";

/** Does the work now and again every `everyMs` until the signal. A failure is logged and does not end it. */
export async function repeat(
  work: () => Promise<unknown>,
  { everyMs, signal, log }: { everyMs: number; signal: AbortSignal; log: FastifyBaseLogger },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (err) {
      log.warn({ err }, "housekeeping failed; it is tried again");
    }
    try {
      await delay(everyMs, undefined, { signal });
    } catch {
      return;
    }
  }
}
