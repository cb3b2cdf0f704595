import { expect, test } from "vitest";
import { BATCHES, type PipelineRun, pipelineReport, type Round } from "./pipeline-report.ts";

const figures = { cpuS: 2, peakRssMib: 300 };

function made(batch: number, perS: number): Round {
  const result = { sent: 1_000_000, acknowledged: 1_000_000, elapsedS: 1, p50Ms: 1, p99Ms: 2, reconnects: 0 };
  return {
    kind: "pipeline",
    batch,
    perS,
    result: { ...result, cpuS: 1, peakRssMib: 200 },
    processes: { influxd: { ...figures, cpuS: 6 }, ingest: figures, broker: figures },
  };
}

function bare(perS: number): Round {
  const result = { lines: 500_000, elapsedS: 1, cpuS: 1 };
  return { kind: "bare", batch: 20, perS, result, processes: { influxd: { ...figures, cpuS: 3 } } };
}

const RUN: PipelineRun = {
  rounds: BATCHES.flatMap((batch) => [
    made(batch, 80_000 + batch),
    bare(100_000),
    made(batch, 110_000 + batch),
    bare(221_000),
  ]),
  calm: [],
  stored: 6_000_000,
  acknowledged: 6_000_000,
  relational: "sqlite",
  influxdb: "1.6.7",
};

test("targets are judged by medians, and the bare writer by the round beside", () => {
  const { targets, failures } = pipelineReport(RUN);
  expect(failures).toEqual([]);
  expect(targets.map(({ measured, isMet }) => [measured, isMet])).toEqual([
    [95_500, false],
    [(80_500 / 100_000 + 110_500 / 221_000) / 2, false],
  ]);
});

test("CPU is told for a million readings or lines", () => {
  const costs = pipelineReport(RUN).tables[2]?.rows ?? [];
  expect(costs[0]).toEqual({ what: "batches of 20", influxd: 6, ingest: 2, broker: 2, producer: 1 });
  expect(costs.at(-1)).toEqual({ what: "bare writer", influxd: 6, ingest: null, broker: null, producer: 2 });
});

test("a reading that is stored and not acknowledged, or the other way round, is a failure", () => {
  expect(pipelineReport({ ...RUN, stored: 5_999_999 }).failures).toHaveLength(1);
  const [first, ...rest] = RUN.rounds;
  if (first?.kind !== "pipeline") throw new Error("not the round that is meant");
  const lost: Round = { ...first, result: { ...first.result, acknowledged: 999_999, reconnects: 2 } };
  expect(pipelineReport({ ...RUN, rounds: [lost, ...rest] }).failures).toHaveLength(2);
});
