/** Deposits from a hundred terminals into the ledger: how many in a second, and what one costs. */
import { join } from "node:path";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { verifyLedger } from "@jumpa-madu/store/verify-ledger";
import type { Credentials } from "../sim/credentials.ts";
import { type FleetResult, startFleet } from "../sim/fleet.ts";
import { registerFleet } from "../sim/registration.ts";
import type { Benchmark, BenchmarkContext, BenchmarkResult } from "./benchmark.ts";
import { meterOf } from "./process-figures.ts";
import { openDatabase, type RelationalEngine } from "./relational-database.ts";
import { startStack } from "./service.ts";

/** Terminals, each with one scale and at most one deposit in flight. */
const TERMINALS = 100;

/** Deposits of one terminal in a minute: a quiet run for latency, a pressed one for the rate. */
const RUNS = [
  { run: "quiet", depositsPerMinute: 30, durationS: { whole: 20, quick: 3 } },
  { run: "pressed", depositsPerMinute: 600, durationS: { whole: 8, quick: 2 } },
];

/** Longest wait for the last acknowledgements. */
const GRACE_S = 120;

/** The benchmarks `deposits` and `deposits-postgres`. */
export function depositsBenchmark(engine: RelationalEngine): Benchmark {
  return {
    says: `deposits a second from ${TERMINALS} terminals into the ledger on ${engine}, and what one costs`,
    secondsMax: 300,
    run: (context) => run(context, engine),
  };
}

async function run(context: BenchmarkContext, engine: RelationalEngine): Promise<BenchmarkResult> {
  const { dir, defer, isQuick } = context;
  const databaseUrl = await openDatabase(context, engine);
  const nodes = await registerFleet(databaseUrl, { shard: "s1", bins: 0, scales: TERMINALS, binsPerNode: 1 });
  const telemetryUrl = `sqlite:${join(dir, "telemetry.sqlite")}`;
  const stack = await startStack({ dir, databaseUrl, telemetryUrl });
  defer(() => stack.stop());
  const rows = [];
  const results: FleetResult[] = [];
  for (const { run, depositsPerMinute, durationS } of RUNS) {
    const meter = meterOf({ broker: stack.broker.pid, ingest: stack.ingest.pid });
    const startMs = performance.now();
    const plan = { depositsPerMinute, durationS: durationS[isQuick ? "quick" : "whole"] };
    const result = await deposit(context, { brokerUrl: stack.brokerUrl, nodes, ...plan });
    const elapsedS = (performance.now() - startMs) / 1_000;
    const used = meter();
    results.push(result);
    const perThousand = (cpuS = Number.NaN) => (cpuS * 1_000) / result.deposits_acknowledged;
    rows.push({
      run,
      deposits: result.deposits_acknowledged,
      per_s: result.deposits_acknowledged / elapsedS,
      p50_ms: result.p50_ms,
      p99_ms: result.p99_ms,
      ingest_cpu_s_for_1000: perThousand(used.ingest?.cpuS),
      broker_cpu_s_for_1000: perThousand(used.broker?.cpuS),
      ingest_peak_rss_mib: used.ingest?.peakRssMib ?? null,
    });
  }
  return {
    tables: [{ title: `Deposits of one to three lines, ledger on ${engine}`, rows }],
    figures: { engine, runs: rows },
    failures: await failuresOf(databaseUrl, results),
    targets: [],
  };
}

async function deposit(
  { defer }: BenchmarkContext,
  of: { brokerUrl: string; nodes: Credentials[]; depositsPerMinute: number; durationS: number },
): Promise<FleetResult> {
  const { hostname: host, port } = new URL(of.brokerUrl);
  const fleet = startFleet(
    {
      ...of,
      address: { host, port: Number(port), tls: false },
      shard: "s1",
      everyS: 60,
      batch: 1,
      graceS: GRACE_S,
      statusEveryS: 0,
      connectsPerS: 500,
      seed: 1,
    },
    () => undefined,
  );
  defer(() => fleet.finish());
  return await fleet.done;
}

async function failuresOf(databaseUrl: string, results: FleetResult[]): Promise<string[]> {
  const failures: string[] = [];
  const acknowledged = results.reduce((sum, result) => sum + result.deposits_acknowledged, 0);
  const missing = results.reduce((sum, result) => sum + result.unacknowledged, 0);
  if (missing > 0) failures.push(`${missing} deposits or readings were not acknowledged`);
  const store = openRelational(databaseUrl, () => undefined);
  try {
    const { posted } = await store.db
      .selectFrom("deposits")
      .select(({ fn }) => fn.countAll().as("posted"))
      .executeTakeFirstOrThrow();
    if (Number(posted) !== acknowledged)
      failures.push(`${posted} deposits are posted, ${acknowledged} were acknowledged`);
    const violations = await verifyLedger(store.db);
    if (violations.length > 0) failures.push(`the ledger has ${violations.length} violations`);
  } finally {
    await store.close();
  }
  return failures;
}
