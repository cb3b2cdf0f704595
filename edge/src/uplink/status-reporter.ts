/** Says how the node is: on connecting, on a change but not too often, and every so often in any case. */
import type { Status } from "@jumpa-madu/contracts/status";
import { spreadMs } from "../backoff.ts";

export interface StatusReporterParts {
  /** Publishes a status, retained. */
  publish: (status: Status) => void;
  /** The status as it is now. */
  current: () => Status;
  /** Shortest and longest time between two, in milliseconds. */
  pauseMs: number;
  everyMs: number;
}

export interface StatusReporter {
  connected(): void;
  disconnected(): void;
  /** Told that the status has changed. */
  changed(): void;
}

/** Makes the reporter; it starts with `connected`. */
export function statusReporterOf({
  publish,
  current,
  pauseMs,
  everyMs,
}: StatusReporterParts): StatusReporter {
  let timer: NodeJS.Timeout | undefined;
  let reportedMs: number | null = null;

  const report = (): void => {
    reportedMs = performance.now();
    clearTimeout(timer);
    timer = setTimeout(report, spreadMs(everyMs));
    publish(current());
  };

  return {
    connected: report,
    disconnected() {
      clearTimeout(timer);
      timer = undefined;
    },
    changed() {
      if (timer === undefined || reportedMs === null) return;
      const waitMs = reportedMs + pauseMs - performance.now();
      clearTimeout(timer);
      timer = setTimeout(report, Math.max(0, waitMs));
    },
  };
}
