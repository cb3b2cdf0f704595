/** Health of the agent itself, as a reading every so often. */
import type { EdgeHealth } from "@jumpa-madu/contracts/readings";
import { uniqueTime } from "@jumpa-madu/sensing/unique-time";
import type { Outbox } from "./outbox/outbox.ts";
import type { PortView } from "./terminal/terminal-parts.ts";

const BYTES_PER_MB = 1_000_000;

export interface HealthParts {
  outbox: Outbox;
  ports: () => PortView[];
  everyMs: number;
}

/** Takes a health reading now and every `everyMs`; answers what ends it. While the clock is not set, there are none. */
export function startHealth({ outbox, ports, everyMs }: HealthParts): () => void {
  const times = uniqueTime();
  const take = (): void => {
    const t = times.at(Date.now());
    if (t !== null) outbox.appendReading(healthAt(t, outbox, ports()));
  };
  take();
  const timer = setInterval(take, everyMs);
  return () => clearInterval(timer);
}

function healthAt(t: number, outbox: Outbox, ports: PortView[]): EdgeHealth {
  const backlog = outbox.backlog();
  return {
    kind: "edge_health",
    t,
    outbox_readings: backlog.readings,
    outbox_records: backlog.records,
    memory_mb: Math.round(process.memoryUsage.rss() / BYTES_PER_MB),
    ports_open: ports.filter(({ open }) => open).length,
    ports_total: ports.length,
  };
}
