/** Ten thousand nodes on one broker, each with one bin and one message a minute. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type RunningFleet, startFleet } from "../sim/fleet.ts";
import { registerFleet } from "../sim/registration.ts";
import type { Benchmark, BenchmarkContext, BenchmarkResult } from "./benchmark.ts";
import { meterOf } from "./process-figures.ts";
import { startStack } from "./service.ts";

/** Nodes of a whole run, of a quick one. */
const NODES = { whole: 10_000, quick: 500 };

/** Files that a process needs besides its connections. */
const FILES_SPARE = 200;

/** Connections that are begun in a second. */
const CONNECTS_PER_S = 1_000;

/** Longest that all nodes may take to connect, in milliseconds. */
const CONNECT_MS_MAX = 120_000;

/** Time over which the quiet load is measured, in milliseconds. */
const MEASURE_MS = { whole: 60_000, quick: 5_000 };

/** Target of the design. */
const RSS_TARGET_MIB = 1_024;

/** The benchmark `nodes`. */
export const nodesBenchmark: Benchmark = {
  says: "10,000 nodes connected at once, one message a minute each: memory, connect time, CPU",
  secondsMax: 400,
  run,
};

async function run(context: BenchmarkContext): Promise<BenchmarkResult> {
  const { dir, defer, say } = context;
  const size = context.isQuick ? "quick" : "whole";
  const count = NODES[size];
  requireFiles(count + FILES_SPARE);
  const databaseUrl = `sqlite:${join(dir, "books.sqlite")}`;
  say(`registering ${count} nodes`);
  const nodes = await registerFleet(databaseUrl, { shard: "s1", bins: count, scales: 0, binsPerNode: 1 });
  const stack = await startStack({
    dir,
    databaseUrl,
    telemetryUrl: `sqlite:${join(dir, "telemetry.sqlite")}`,
    // All simulated nodes have one address.
    brokerVariables: { BROKER_CONNECTIONS_PER_ADDRESS_MAX: String(count + FILES_SPARE) },
  });
  defer(() => stack.stop());
  const pids = { broker: stack.broker.pid, ingest: stack.ingest.pid, fleet: process.pid };
  const { hostname: host, port } = new URL(stack.brokerUrl);

  const connecting = meterOf(pids);
  const startMs = performance.now();
  const fleet = startFleet(
    {
      address: { host, port: Number(port), tls: false },
      shard: "s1",
      nodes,
      everyS: 60,
      batch: 1,
      depositsPerMinute: 0,
      durationS: 300,
      graceS: 60,
      statusEveryS: 0,
      connectsPerS: CONNECTS_PER_S,
      seed: 1,
    },
    () => undefined,
  );
  defer(async () => {
    fleet.finish();
    await fleet.done;
  });
  await allUp(fleet, count, context.signal);
  const connectS = (performance.now() - startMs) / 1_000;
  const whileConnecting = connecting();
  say(`${count} nodes up after ${connectS.toFixed(1)} s`);

  const measuring = meterOf(pids);
  const before = fleet.progress();
  await delay(MEASURE_MS[size], undefined, { signal: context.signal });
  const steady = measuring();
  const after = fleet.progress();
  fleet.finish();
  const result = await fleet.done;
  const peakRssMib = meterOf(pids)();

  const rows = Object.keys(pids).map((process) => ({
    process,
    peak_rss_mib: peakRssMib[process]?.peakRssMib ?? null,
    cpu_s_connecting: whileConnecting[process]?.cpuS ?? null,
    [`cpu_s_in_${MEASURE_MS[size] / 1_000}_s`]: steady[process]?.cpuS ?? null,
  }));
  const brokerRss = peakRssMib.broker?.peakRssMib ?? Number.NaN;
  const failures: string[] = [];
  if (result.unacknowledged > 0) failures.push(`${result.unacknowledged} readings were not acknowledged`);
  if (result.reconnects > 0) failures.push(`${result.reconnects} connections were lost`);
  return {
    tables: [
      { title: "Processes", rows },
      {
        title: "Fleet",
        rows: [
          {
            nodes: count,
            connect_s: connectS,
            readings_in_the_minute: after.acknowledged - before.acknowledged,
            acknowledged: result.acknowledged,
            unacknowledged: result.unacknowledged,
            p50_ms: result.p50_ms,
            p99_ms: result.p99_ms,
          },
        ],
      },
    ],
    figures: { connect_s: connectS, processes: rows, fleet: result },
    failures,
    targets: [
      {
        target: `broker below ${RSS_TARGET_MIB} MiB with ${count} nodes`,
        measured: brokerRss,
        isMet: brokerRss < RSS_TARGET_MIB,
      },
    ],
  };
}

async function allUp(fleet: RunningFleet, count: number, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + CONNECT_MS_MAX;
  while (fleet.progress().up < count) {
    const { up, last_trouble } = fleet.progress();
    if (performance.now() > deadlineMs)
      throw new Error(`${up} of ${count} nodes came up; last trouble: ${last_trouble ?? "none"}`);
    await delay(50, undefined, { signal });
  }
}

/** Throws with what to do when this process may not open as many files. */
function requireFiles(needed: number): void {
  const limit = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  if (limit === "unlimited" || limit === undefined || Number(limit) >= needed) return;
  throw new Error(
    `a process may open ${limit} files here; ${needed} are needed. Raise it in the shell that starts this: ` +
      `ulimit -n ${needed} (as root, or up to the hard limit that ulimit -Hn shows), in /etc/security/limits.conf ` +
      `(nofile), or with LimitNOFILE= of a systemd unit`,
  );
}
