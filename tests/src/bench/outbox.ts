/** The outbox of an edge by itself: readings in, batches out, acknowledged and forgotten; and deposits, each durable. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { BinLevel } from "@jumpa-madu/contracts/readings";
import { type Outbox, openOutbox } from "../../../edge/src/outbox/outbox.ts";
import { OUTBOX_LIMITS } from "../../../edge/src/outbox/outbox-limits.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";

/** Readings and records of a whole run, of a quick one. */
const READINGS = { whole: 300_000, quick: 30_000 };
const RECORDS = { whole: 2_000, quick: 200 };

/** Envelopes that stay unacknowledged, as with a full window of 8. */
const WINDOW = 8;

/** Bounds of an envelope. */
const BATCH = { itemsMax: 500, bytesMax: 128 * 1024 };

/** Bins of the node. */
const BINS = 16;

interface Work {
  done: number;
  elapsedS: number;
  cpuS: number;
  commits: number;
}

/** The benchmark `outbox`. */
export const outboxBenchmark: Benchmark = {
  says: "readings and deposits a second through the edge's SQLite outbox, each commit fsynced",
  secondsMax: 300,
  async run(context) {
    const sizes = context.isQuick ? "quick" : "whole";
    const readings = measured(context, "readings", (outbox) => passReadings(outbox, READINGS[sizes]));
    const records = measured(context, "records", (outbox) => passRecords(outbox, RECORDS[sizes]));
    const rows = Object.entries({ readings, records }).map(([stream, work]) => ({
      stream,
      rows: work.done,
      rows_per_s: work.done / work.elapsedS,
      rows_per_cpu_s: work.done / work.cpuS,
      commits: work.commits,
      commits_per_s: work.commits / work.elapsedS,
      file_mib: work.fileMib,
    }));
    return {
      tables: [
        { title: "Appended in groups of 200 (readings) or one by one (records), sent, acknowledged", rows },
      ],
      figures: { readings, records },
      failures: [],
      targets: [],
    };
  },
};

function measured(
  { dir }: BenchmarkContext,
  name: string,
  work: (outbox: Outbox) => Omit<Work, "elapsedS" | "cpuS">,
) {
  const path = join(dir, `${name}.sqlite`);
  const outbox = openOutbox(path, OUTBOX_LIMITS);
  try {
    const startMs = performance.now();
    const cpuBefore = process.cpuUsage();
    const { done, commits } = work(outbox);
    const cpu = process.cpuUsage(cpuBefore);
    const elapsedS = (performance.now() - startMs) / 1_000;
    const fileMib = statSync(path).size / 1024 ** 2;
    return { done, commits, elapsedS, cpuS: (cpu.user + cpu.system) / 1e6, fileMib };
  } finally {
    outbox.close();
  }
}

/** A commit is one fsync of the log; SQLite adds two at each of its checkpoints, one every 4 MiB. */
function passReadings(outbox: Outbox, count: number): { done: number; commits: number } {
  let commits = 0;
  outbox.subscribe(() => commits++);
  const ends: number[] = [];
  let next = 1;
  let acked = 0;
  for (let made = 1; made <= count; made++) {
    outbox.appendReading(levelOf(made));
    if (made % BATCH.itemsMax !== 0) continue;
    for (
      let batch = outbox.batch("readings", next, BATCH);
      batch !== null;
      batch = outbox.batch("readings", next, BATCH)
    ) {
      next = batch.first + batch.items.length;
      ends.push(next - 1);
    }
    const upto = ends.length > WINDOW ? ends.splice(0, ends.length - WINDOW).at(-1) : undefined;
    if (upto === undefined) continue;
    if (!outbox.acknowledge("readings", upto)) throw new Error("the disk is full");
    acked = upto;
    commits++;
  }
  return { done: acked, commits };
}

function passRecords(outbox: Outbox, count: number): { done: number; commits: number } {
  let commits = 0;
  outbox.subscribe(() => commits++);
  for (let made = 1; made <= count; made++) {
    const t = Date.now();
    const outcome = outbox.recordOnce({
      key: `check/${made}`,
      request: { made },
      make: ({ receiptNumber }) => ({
        record: {
          kind: "scale_check",
          id: newEventId(t),
          t,
          scale: "scale-1",
          reference_g: 5_000,
          shown_g: 5_000,
        },
        answer: { receipt: receiptNumber() },
      }),
    });
    if (outcome.kind !== "recorded") throw new Error(`a record was ${outcome.kind}`);
    if (outbox.batch("records", made, BATCH) === null) throw new Error("a record is missing");
    outbox.acknowledge("records", made);
    commits++;
  }
  return { done: count, commits };
}

function levelOf(number: number): BinLevel {
  return {
    kind: "bin_level",
    bin: `bin-${number % BINS}`,
    t: 1_790_000_000_000 + number,
    distance_mm: number % 1_200,
    fill: (number % 1_000) / 1_000,
    quality: "accepted",
  };
}
