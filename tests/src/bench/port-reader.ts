/**
 * A process that reads serial ports as an edge does, through its channels, and nothing else.
 *
 * Reads one order from its first argument as JSON and prints one JSON line when it has been measured: from the moment when
 * every port has given a reading.
 */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Port } from "@jumpa-madu/contracts/node-config";
import { startChannel } from "@jumpa-madu/edge/channel";
import pino from "pino";
import { until } from "../system/until.ts";

/** Time in which the code becomes warm, before it is measured. */
const WARM_MS = 3_000;

/** What is to be read, and for how long. */
export interface PortReaderOrder {
  ports: Port[];
  durationMs: number;
}

/** What became of it. */
export interface PortReaderResult {
  elapsedS: number;
  /** User and system time of the whole process, its threads included. */
  cpuS: number;
  userS: number;
  /** Frames that were good, and all faults, of all ports. */
  readings: number;
  faults: number;
  /** Calls of read(2), which the serial binding makes three times for each piece that comes: most of the cost is theirs. */
  readCalls: number;
}

function readCallsSoFar(): number {
  return Number(/^syscr: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}

async function read({ ports, durationMs }: PortReaderOrder): Promise<PortReaderResult> {
  const abort = new AbortController();
  const options = { log: pino({ level: "silent" }), signal: abort.signal, sink: () => {} };
  const channels = ports.map((port) => startChannel(port, options));
  const stats = () => channels.map(({ device }) => device.stats);
  await until("a reading of every port", () => stats().every(({ readings }) => readings > 0));
  await delay(WARM_MS);

  const counted = () => ({
    readings: stats().reduce((sum, { readings }) => sum + readings, 0),
    faults: stats().reduce((sum, { faults }) => sum + Object.values(faults).reduce((a, b) => a + b, 0), 0),
    readCalls: readCallsSoFar(),
  });
  const before = counted();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  await delay(durationMs);
  const elapsedS = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const after = counted();
  abort.abort();
  await Promise.all(channels.map(({ device }) => device.done));
  return {
    elapsedS,
    cpuS: (user + system) / 1e6,
    userS: user / 1e6,
    readings: after.readings - before.readings,
    faults: after.faults - before.faults,
    readCalls: after.readCalls - before.readCalls,
  };
}

if (import.meta.main) {
  const result = await read(JSON.parse(process.argv[2] ?? "") as PortReaderOrder);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
