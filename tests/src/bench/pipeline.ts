/**
 * Readings a second from publish to acknowledgement through the real broker, the real ingest and a real InfluxDB, beside
 * a writer that only writes the same lines to the same InfluxDB, in turns.
 */
import { join } from "node:path";
import { startInfluxdb } from "../servers/influxdb.ts";
import type { Credentials } from "../sim/credentials.ts";
import { registerFleet } from "../sim/registration.ts";
import type { BareOrder, BareResult } from "./bare-writer.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { BATCHES, type PipelineRun, pipelineReport, type Round, ratesOf } from "./pipeline-report.ts";
import { meterOf } from "./process-figures.ts";
import type { ProducerOrder, ProducerResult } from "./producer.ts";
import { openDatabase, type RelationalEngine } from "./relational-database.ts";
import { runScript } from "./script.ts";
import { startStack } from "./service.ts";
import { storedLevels } from "./stored-levels.ts";
import { medianOf } from "./table.ts";

/** Bins, and how many hang on one node: as many as a node has ports. */
const BINS = 1_000;
const BINS_PER_NODE = 16;

/** Share of the rate just measured at which latency is measured, when the windows are not always full. */
const CALM_SHARE = 0.25;

const PRODUCER = new URL("./producer.ts", import.meta.url);
const BARE_WRITER = new URL("./bare-writer.ts", import.meta.url);

/**
 * Limits of the broker that a benchmark must lift: a real node may publish 20 envelopes a second, and the benchmark has
 * the readings of a regency come from 63 nodes.
 */
const BROKER_VARIABLES = { BROKER_PUBLISH_RATE_PER_S: "5000", BROKER_PUBLISH_BURST: "10000" };

/** The benchmarks `pipeline` and `pipeline-postgres`. */
export function pipelineBenchmark(relational: RelationalEngine): Benchmark {
  return {
    says: "readings a second, stored and acknowledged, beside a bare line-protocol writer; CPU and memory",
    secondsMax: 600,
    run: (context) => run(context, relational),
  };
}

async function run(context: BenchmarkContext, relational: RelationalEngine) {
  const { dir, defer, say, isQuick, profileDir } = context;
  const influxdb = await startInfluxdb({ dir: join(dir, "influxdb") });
  defer(() => influxdb.remove());
  const databaseUrl = await openDatabase(context, relational);
  const influxUrl = new URL(influxdb.url);
  const telemetryUrl = `influx://${influxUrl.host}/bench`;
  await createDatabase(influxdb.url, "bench");
  await createDatabase(influxdb.url, "bare");
  const nodes = await registerFleet(databaseUrl, {
    shard: "s1",
    bins: BINS,
    scales: 0,
    binsPerNode: BINS_PER_NODE,
  });
  const profile = profileDir === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`];
  const stack = await startStack({
    dir,
    databaseUrl,
    telemetryUrl,
    brokerVariables: BROKER_VARIABLES,
    brokerNodeOptions: profile,
    ingestNodeOptions: profile,
  });
  defer(() => stack.stop());
  const pids = { influxd: influxdb.pid, broker: stack.broker.pid, ingest: stack.ingest.pid };
  const { hostname: host, port } = new URL(stack.brokerUrl);
  const address = { host, port: Number(port), tls: false };

  const rounds: Round[] = [];
  let acknowledged = 0;
  const produce = async (order: Pick<ProducerOrder, "batch" | "durationS" | "ratePerS">) => {
    const meter = meterOf(pids);
    const full: ProducerOrder = { ...order, address, shard: "s1", nodes };
    const result = (await runScript(PRODUCER, full, context)) as ProducerResult;
    acknowledged += result.acknowledged;
    return { result, processes: { ...meter(), producer: result } };
  };
  const compare = async (batch: number): Promise<void> => {
    const made = await produce({ batch, durationS: isQuick ? 2 : 8, ratePerS: null });
    const perS = made.result.acknowledged / made.result.elapsedS;
    rounds.push({ kind: "pipeline", batch, perS, ...made });
    const bare = await writeBare(context, { url: influxdb.url, nodes, pids: { influxd: influxdb.pid } });
    rounds.push({ kind: "bare", batch, ...bare });
    say(`batch ${batch}: pipeline ${Math.round(perS)}/s, bare writer ${Math.round(bare.perS)}/s`);
  };

  say("warming up");
  await produce({ batch: 100, durationS: isQuick ? 1 : 3, ratePerS: null });
  await writeBare(context, { url: influxdb.url, nodes, pids: { influxd: influxdb.pid } });
  const repeats = isQuick ? 1 : 3;
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const batch of BATCHES) await compare(batch);
  }
  const calm = await measureCalm(rounds, isQuick, produce);
  const stored = await storedLevels(telemetryUrl);
  return pipelineReport({ rounds, calm, stored, acknowledged, relational, influxdb: influxdb.version });
}

async function createDatabase(url: string, name: string): Promise<void> {
  const statement = `CREATE DATABASE "${name}" WITH DURATION 90d SHARD DURATION 1d NAME "raw"`;
  const answer = await fetch(`${url}/query`, { method: "POST", body: new URLSearchParams({ q: statement }) });
  if (!answer.ok) throw new Error(`InfluxDB made no database: ${await answer.text()}`);
}

async function writeBare(
  context: BenchmarkContext,
  to: { url: string; nodes: Credentials[]; pids: Record<string, number> },
) {
  const meter = meterOf(to.pids);
  const order: BareOrder = {
    writeUrl: `${to.url}/write?db=bare&rp=raw&precision=ms`,
    nodes: to.nodes,
    lines: context.isQuick ? 100_000 : 600_000,
  };
  const result = (await runScript(BARE_WRITER, order, context)) as BareResult;
  return { result, perS: result.lines / result.elapsedS, processes: meter() };
}

/** Latency at a quarter of the rate for each batch size. */
async function measureCalm(
  rounds: Round[],
  isQuick: boolean,
  produce: (
    order: Pick<ProducerOrder, "batch" | "durationS" | "ratePerS">,
  ) => Promise<{ result: ProducerResult }>,
) {
  const calm: PipelineRun["calm"] = [];
  for (const batch of BATCHES) {
    const ratePerS = Math.round(CALM_SHARE * (medianOf(ratesOf(rounds, "pipeline", batch)) ?? 0));
    const { result } = await produce({ batch, durationS: isQuick ? 2 : 8, ratePerS });
    calm.push({ batch, ratePerS, ...result });
  }
  return calm;
}
