/** Work that comes again and again. */

import { pause } from "@jumpa-madu/contracts/wake";
import type { Logger } from "pino";

/** Does the work, then waits, until `signal` aborts. Work that fails is told of and tried at its next time. */
export async function every(
  { ms, what, log }: { ms: number; what: string; log: Logger },
  { signal, work }: { signal: AbortSignal; work: () => Promise<void> },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (err) {
      log.error({ err, what }, "regular work failed; it is tried again");
    }
    await pause(ms, signal);
  }
}
