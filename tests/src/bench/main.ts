/** Runs one benchmark: `npm run -s bench -- --help`. Tables go to standard error, one JSON line to standard output. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeTempDir } from "../servers/temp-dir.ts";
import type { Benchmark, BenchmarkContext, BenchmarkResult } from "./benchmark.ts";
import { decodeBenchmark } from "./decode.ts";
import { depositsBenchmark } from "./deposits.ts";
import { edgeMemoryBenchmark } from "./edge-memory.ts";
import { falseReadingsBenchmark } from "./false-readings.ts";
import { ledgerBenchmark } from "./ledger.ts";
import { describeMachine, machineWords } from "./machine.ts";
import { nodesBenchmark } from "./nodes.ts";
import { outboxBenchmark } from "./outbox.ts";
import { pipelineBenchmark } from "./pipeline.ts";
import { formatTable } from "./table.ts";

const EXIT_FAILED = 1;
const EXIT_OPTIONS = 2;

/** Longest that one step of taking down may take, in milliseconds. */
const UNDO_MS_MAX = 15_000;

/** Characters at the end of a log that are shown when a benchmark fails. */
const LOG_TAIL_CHARS = 2_000;

const BENCHMARKS: Record<string, Benchmark> = {
  pipeline: pipelineBenchmark("sqlite"),
  "pipeline-postgres": pipelineBenchmark("postgres"),
  deposits: depositsBenchmark("sqlite"),
  "deposits-postgres": depositsBenchmark("postgres"),
  ledger: ledgerBenchmark("sqlite", "postgres"),
  "ledger-sqlite": ledgerBenchmark("sqlite"),
  "ledger-postgres": ledgerBenchmark("postgres"),
  outbox: outboxBenchmark,
  "edge-memory": edgeMemoryBenchmark,
  nodes: nodesBenchmark,
  decode: decodeBenchmark,
  "false-readings": falseReadingsBenchmark,
};

const HELP = `Benchmarks on real processes.

npm run -s bench -- NAME [--quick] [--profile DIR]

${Object.entries(BENCHMARKS)
  .map(([name, { says, secondsMax }]) => `  ${name.padEnd(18)} ${says} (at most ${secondsMax} s)`)
  .join("\n")}

  --quick            a short run that shows whether it works; its figures mean little
  --profile DIR      CPU profiles of broker and ingest (.cpuprofile) into this folder, where the benchmark has them

Tables go to standard error, one JSON line to standard output. Exit code: 0 measured, whether or not targets are met;
1 something that must hold did not, or it could not run; 2 wrong options.
`;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function report(name: string, result: BenchmarkResult, load1minAtStart: number): void {
  const machine = { ...describeMachine(), load_1min_at_start: load1minAtStart };
  for (const { title, rows } of result.tables) say(`\n${title}\n${formatTable(rows)}`);
  say("");
  for (const { target, measured, isMet } of result.targets)
    say(
      `${isMet ? "met" : "MISSED"}: ${target} (${measured === null ? "-" : Math.round(measured * 100) / 100})`,
    );
  for (const failure of result.failures) say(`FAILED: ${failure}`);
  const { figures, targets, failures } = result;
  process.stdout.write(`${JSON.stringify({ benchmark: name, machine, targets, failures, ...figures })}\n`);
}

/** Says how the logs of the services end, before their folder is removed. */
function sayLogs(dir: string): void {
  for (const file of readdirSync(dir).filter((name) => name.endsWith(".log"))) {
    const tail = readFileSync(join(dir, file), "utf8").slice(-LOG_TAIL_CHARS).trim();
    if (tail !== "") say(`${file} ends with:\n${tail}`);
  }
}

/** Runs a benchmark, and takes down what it has started whatever happens. */
async function run(
  name: string,
  benchmark: Benchmark,
  options: { isQuick: boolean; profileDir: string | null },
) {
  const undoing: (() => Promise<void> | void)[] = [];
  const stopping = new AbortController();
  const temp = makeTempDir(`bench-${name}`);
  const limit = setTimeout(() => stopping.abort(new Error("time limit")), benchmark.secondsMax * 1_000);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
  const context: BenchmarkContext = {
    ...options,
    dir: temp.path,
    say,
    defer: (undo) => void undoing.push(undo),
    signal: stopping.signal,
  };
  const stopped = new Promise<never>((_, reject) => {
    stopping.signal.addEventListener("abort", () => reject(stopping.signal.reason), { once: true });
  });
  try {
    const machine = describeMachine();
    say(`${name} on ${machineWords(machine)}`);
    const result = await Promise.race([benchmark.run(context), stopped]);
    report(name, result, machine.load_1min);
    return result.failures.length === 0 ? 0 : EXIT_FAILED;
  } catch (error) {
    sayLogs(temp.path);
    throw error;
  } finally {
    clearTimeout(limit);
    for (const undo of undoing.reverse()) await inTime(undo);
    temp.remove();
  }
}

async function inTime(undo: () => Promise<void> | void): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, UNDO_MS_MAX);
  // Taking down goes on when one step fails; the exit handlers of the servers kill what is left.
  await Promise.race([Promise.resolve(undo()).catch((error: unknown) => say(String(error))), late.promise]);
  clearTimeout(timer);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: "boolean" }, quick: { type: "boolean" }, profile: { type: "string" } },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const [name = "", ...more] = positionals;
  const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (benchmark === undefined || more.length > 0) {
    say(`name one of ${Object.keys(BENCHMARKS).join(", ")}; see --help`);
    return EXIT_OPTIONS;
  }
  const profileDir = values.profile === undefined ? null : resolve(values.profile);
  if (profileDir !== null) mkdirSync(profileDir, { recursive: true });
  return await run(name, benchmark, { isQuick: values.quick === true, profileDir });
}

process.exit(
  await main().catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    return EXIT_FAILED;
  }),
);
