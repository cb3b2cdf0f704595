/** A real edge agent with four ports, three bins and a scale on pseudo-terminals, for a minute: memory and CPU. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { insertBin } from "@jumpa-madu/store/bins";
import { bindDevice } from "@jumpa-madu/store/devices";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { freePort } from "../servers/free-port.ts";
import { registerFleet } from "../sim/registration.ts";
import type { Benchmark, BenchmarkContext, BenchmarkResult } from "./benchmark.ts";
import { meterOf } from "./process-figures.ts";
import { startService, startStack } from "./service.ts";
import { storedLevels } from "./stored-levels.ts";

/** Bins of the node, besides its scale. */
const BINS = ["bench-bin-1", "bench-bin-2", "bench-bin-3"];

/** Seconds between two readings of a bin: shorter than in the field, so that the agent has something to do. */
const REPORT_EVERY_S = 1;

/** Time over which the agent is measured, in milliseconds. */
const MEASURE_MS = { whole: 60_000, quick: 5_000 };

/** Target of the design. */
const RSS_TARGET_MIB = 120;

const SIMULATOR = new URL("../../../firmware-sim/src/main.ts", import.meta.url);

/** The benchmark `edge-memory`. */
export const edgeMemoryBenchmark: Benchmark = {
  says: "an edge agent with four serial ports for a minute: peak memory and CPU",
  secondsMax: 240,
  run,
};

async function run(context: BenchmarkContext): Promise<BenchmarkResult> {
  const { dir, defer } = context;
  const databaseUrl = `sqlite:${join(dir, "books.sqlite")}`;
  const telemetryUrl = `sqlite:${join(dir, "telemetry.sqlite")}`;
  const links = new Map(["scale", ...BINS].map((id) => [id, join(dir, `tty-${id}`)]));
  const [node] = await registerFleet(databaseUrl, { shard: "s1", bins: 0, scales: 1, binsPerNode: 1 });
  const scale = node?.scales?.[0];
  if (node === undefined || scale === undefined) throw new Error("no node");
  await registerBins(databaseUrl, node.id, links);
  const stack = await startStack({ dir, databaseUrl, telemetryUrl });
  defer(() => stack.stop());
  await startDevices(context, links);

  const configFile = join(dir, "edge.json");
  const ports = [
    { protocol: "st-gs", path: links.get("scale"), scale },
    ...BINS.map((bin) => ({
      protocol: "a02yyuw",
      path: links.get(bin),
      bin,
      calibration: { empty_mm: 1_200, full_mm: 150 },
      report_every_s: REPORT_EVERY_S,
    })),
  ];
  writeFileSync(configFile, JSON.stringify({ ports }));
  const variables = {
    EDGE_CONFIG: configFile,
    EDGE_NODE: node.id,
    EDGE_SECRET: node.secret,
    EDGE_BROKER_URL: stack.brokerUrl,
    // Nobody listens there: the agent has to live with that.
    EDGE_API_URL: "http://127.0.0.1:1",
    EDGE_DATA_DIR: join(dir, "edge"),
  };
  const agent = {
    variables: { ...variables, NODE_COMPILE_CACHE: join(dir, "compile-cache") },
    ports: ports.length,
  };
  const first = await measure(context, agent);
  const later = await measure(context, agent);
  const levels = await storedLevels(telemetryUrl);
  const rows = [
    { start: "first, fills the compile cache", ...first.figures },
    { start: "every later one", ...later.figures },
  ];
  const peak = later.figures.peak_rss_mib;
  return {
    tables: [{ title: `Edge agent, ${ports.length} ports`, rows }],
    figures: { runs: rows, levels_stored: levels, ports: ports.length },
    failures: [...first.failures, ...later.failures, ...(levels === 0 ? ["no level was stored"] : [])],
    targets: [
      {
        target: `peak below ${RSS_TARGET_MIB} MiB after the first start`,
        measured: peak,
        isMet: peak < RSS_TARGET_MIB,
      },
    ],
  };
}

/** Runs the agent for the time and stops it. */
async function measure(
  { dir, defer, isQuick, signal }: BenchmarkContext,
  agent: { variables: Record<string, string>; ports: number },
) {
  const httpPort = await freePort();
  const url = `http://127.0.0.1:${httpPort}/status`;
  const edge = await startService({
    name: "edge",
    variables: { ...agent.variables, EDGE_HTTP_PORT: String(httpPort) },
    readyUrl: url,
    logFile: join(dir, "edge.log"),
  });
  defer(() => edge.stop());
  const measureMs = MEASURE_MS[isQuick ? "quick" : "whole"];
  const meter = meterOf({ edge: edge.pid });
  await delay(measureMs, undefined, { signal });
  const used = meter().edge;
  const status = (await (await fetch(url)).json()) as EdgeStatus;
  await edge.stop();
  const failures: string[] = [];
  const open = status.ports.filter((port) => port.open).length;
  if (open !== agent.ports) failures.push(`${open} of ${agent.ports} ports are open`);
  if (!status.connected) failures.push("the agent is not connected");
  const cpuS = used?.cpuS ?? Number.NaN;
  const figures = {
    seconds: measureMs / 1_000,
    peak_rss_mib: used?.peakRssMib ?? Number.NaN,
    cpu_s: cpuS,
    cpu_percent: (cpuS / measureMs) * 100_000,
    outbox_readings: status.outbox.readings,
  };
  return { figures, failures };
}

/** What is looked at of the agent's own status. */
interface EdgeStatus {
  connected: boolean;
  outbox: { readings: number };
  ports: { open: boolean }[];
}

async function registerBins(databaseUrl: string, node: string, links: Map<string, string>): Promise<void> {
  const store = openRelational(databaseUrl, () => undefined);
  try {
    await store.transaction(async (tx) => {
      for (const bin of BINS) {
        const nowMs = Date.now();
        const place = { zone: "sim-zone", lat: 3.56, lon: 98.88, capacityL: 660 };
        await insertBin(tx, { id: bin, name: bin, ...place, createdMs: nowMs });
        await bindDevice(tx, { node, port: { protocol: "a02yyuw", path: links.get(bin) ?? "", bin } }, nowMs);
      }
    });
  } finally {
    await store.close();
  }
}

/** Starts the simulated devices, which end with the end of their standard input. */
async function startDevices({ dir, defer }: BenchmarkContext, links: Map<string, string>): Promise<void> {
  const fleetFile = join(dir, "fleet.json");
  const devices = [...links].map(([id, link], index) => ({
    id,
    link,
    seed: index + 1,
    ...(id === "scale"
      ? { model: "st-gs", person: true, person_pause_s: 5 }
      : { model: "a02yyuw", fill: 0.4 }),
  }));
  writeFileSync(fleetFile, JSON.stringify({ devices }));
  const child = spawn(process.execPath, [SIMULATOR.pathname, fleetFile], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  defer(async () => {
    child.kill();
    await gone;
  });
  const ready = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  await Promise.race([
    ready,
    gone.then(() => {
      throw new Error("the simulated devices ended");
    }),
  ]);
}
