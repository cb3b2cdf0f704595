/** What the rounds of the pipeline come to. Pure. */
import type { BareResult } from "./bare-writer.ts";
import type { BenchmarkResult } from "./benchmark.ts";
import type { ProcessFigures } from "./process-figures.ts";
import type { ProducerResult } from "./producer.ts";
import { medianOf } from "./table.ts";

/** Readings of one envelope. */
export const BATCHES = [20, 100, 500];

/** Targets of the design on two cores. */
const RATE_TARGET_PER_S = 100_000;
const RATIO_TARGET = 0.8;

const PROCESSES = ["influxd", "ingest", "broker", "producer"];

/** One round. `batch` of a bare round is that of the pipeline's round before it. */
export type Round = { batch: number; perS: number; processes: Record<string, ProcessFigures> } & (
  | { kind: "pipeline"; result: ProducerResult }
  | { kind: "bare"; result: BareResult }
);

/** Everything that was measured. */
export interface PipelineRun {
  rounds: Round[];
  /** Runs at a quarter of the rate, for latency. */
  calm: ({ batch: number; ratePerS: number } & ProducerResult)[];
  /** Readings that InfluxDB has after all runs, and that were acknowledged in all of them. */
  stored: number;
  acknowledged: number;
  relational: string;
  influxdb: string;
}

/** Rates of the rounds of a kind; of one batch size when it is given. */
export function ratesOf(rounds: Round[], kind: Round["kind"], batch?: number): number[] {
  return rounds
    .filter((round) => round.kind === kind && (batch === undefined || round.batch === batch))
    .map(({ perS }) => perS);
}

/**
 * Each round of the pipeline beside the bare writer's round that followed it at once: the machine's speed drifts, so only
 * neighbours compare.
 */
export function pairedRatiosOf(rounds: Round[], batch: number): number[] {
  return rounds.flatMap((round, index) => {
    const next = rounds[index + 1];
    const isPair = round.kind === "pipeline" && round.batch === batch && next?.kind === "bare";
    return isPair ? [round.perS / next.perS] : [];
  });
}

/** Tables, figures, and whether what must hold does. Targets are judged by the batch size with the best median. */
export function pipelineReport(run: PipelineRun): BenchmarkResult {
  const { rounds, stored, acknowledged, relational, influxdb } = run;
  const bare = ratesOf(rounds, "bare");
  const bareFastest = Math.max(...bare);
  const rates = BATCHES.map((batch) => {
    const own = ratesOf(rounds, "pipeline", batch);
    const calm = run.calm.find((one) => one.batch === batch);
    return {
      batch,
      median_per_s: medianOf(own),
      slowest_per_s: Math.min(...own),
      fastest_per_s: Math.max(...own),
      of_bare_paired: medianOf(pairedRatiosOf(rounds, batch)),
      of_bare_fastest: Math.max(...own) / bareFastest,
      calm_per_s: calm?.ratePerS ?? null,
      calm_p50_ms: calm?.p50Ms ?? null,
      calm_p99_ms: calm?.p99Ms ?? null,
    };
  });
  const bareRates = [
    { median_per_s: medianOf(bare), slowest_per_s: Math.min(...bare), fastest_per_s: bareFastest },
  ];
  const costs = [...BATCHES.map((batch) => costOf(rounds, batch)), costOf(rounds, null)];
  const peaks = PROCESSES.map((process) => ({
    process,
    peak_rss_mib: Math.max(...rounds.map((round) => round.processes[process]?.peakRssMib ?? 0)),
  }));
  const rate = Math.max(...rates.map(({ median_per_s }) => median_per_s ?? 0));
  const ratio = Math.max(...rates.map(({ of_bare_paired }) => of_bare_paired ?? 0));
  return {
    tables: [
      {
        title: "Stored and acknowledged, readings a second; calm: at a quarter of the median rate",
        rows: rates,
      },
      { title: "Bare writer, lines a second", rows: bareRates },
      { title: "CPU seconds for a million", rows: costs },
      { title: "Peak resident memory", rows: peaks },
      { title: "Stored", rows: [{ acknowledged, stored, relational, influxdb }] },
    ],
    figures: { relational, influxdb, acknowledged, stored, rates, bare: bareRates, costs, peaks, rounds },
    failures: failuresOf(run),
    targets: [
      target(`at least ${RATE_TARGET_PER_S} readings a second, median of rounds`, rate, RATE_TARGET_PER_S),
      target(`at least ${RATIO_TARGET} of the bare writer, median of pairs`, ratio, RATIO_TARGET),
    ],
  };
}

/** CPU seconds for a million readings of one batch size, or lines of the bare writer. */
function costOf(rounds: Round[], batch: number | null) {
  const own = rounds.filter((round) =>
    batch === null ? round.kind === "bare" : round.kind === "pipeline" && round.batch === batch,
  );
  const costs = PROCESSES.map((process) => [
    process,
    medianOf(
      own.flatMap((round) => {
        const cpuS = process === "producer" ? round.result.cpuS : round.processes[process]?.cpuS;
        return cpuS === undefined ? [] : [(cpuS * 1e6) / countOf(round)];
      }),
    ),
  ]);
  return { what: batch === null ? "bare writer" : `batches of ${batch}`, ...Object.fromEntries(costs) };
}

function countOf({ kind, result }: Round): number {
  return kind === "pipeline" ? result.acknowledged : result.lines;
}

function failuresOf({ rounds, calm, stored, acknowledged }: PipelineRun): string[] {
  const failures: string[] = [];
  if (stored !== acknowledged)
    failures.push(`${stored} readings are stored, ${acknowledged} were acknowledged`);
  const made = rounds.flatMap((round) => (round.kind === "pipeline" ? [round.result] : []));
  for (const { sent, acknowledged: acked, reconnects } of [...made, ...calm]) {
    if (acked !== sent) failures.push(`${acked} of ${sent} readings were acknowledged`);
    if (reconnects > 0) failures.push(`${reconnects} connections were lost`);
  }
  return failures;
}

function target(words: string, measured: number, least: number) {
  return { target: words, measured, isMet: measured >= least };
}
