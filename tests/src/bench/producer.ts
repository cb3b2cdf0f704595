/**
 * A process that makes readings as fast as acknowledgements let it, or at a rate: many nodes, each with its window.
 *
 * Reads one order from its first argument as JSON and prints one JSON line when everything is acknowledged. The readings
 * are cheap to make so that the machine's cores are left to what is measured: their text is put together, not encoded.
 */
import { setTimeout as delay } from "node:timers/promises";
import { ConnectTurns } from "../sim/connect-turns.ts";
import type { Credentials } from "../sim/credentials.ts";
import { createLatencies } from "../sim/latencies.ts";
import type { BrokerAddress } from "../sim/mqtt-connection.ts";
import { NodeLink } from "../sim/node-link.ts";
import { TimerWheel } from "../sim/timer-wheel.ts";
import { readingMakerOf } from "./reading-maker.ts";

/** Time between two looks at which nodes have room, in milliseconds. */
const LOOK_MS = 1;

/** Longest wait for all connections, and for the last acknowledgements, in milliseconds. */
const WAIT_MS_MAX = 60_000;

/** What is to be made. */
export interface ProducerOrder {
  address: BrokerAddress;
  shard: string;
  nodes: Credentials[];
  batch: number;
  durationS: number;
  /** Readings a second of all nodes together; null: as fast as the windows let. */
  ratePerS: number | null;
}

/** What became of it. Latency: from the time of a reading to its acknowledgement, at the node. */
export interface ProducerResult {
  sent: number;
  acknowledged: number;
  /** From the first reading to the last acknowledgement. */
  elapsedS: number;
  p50Ms: number | null;
  p99Ms: number | null;
  reconnects: number;
  cpuS: number;
  peakRssMib: number;
}

async function produce(order: ProducerOrder): Promise<ProducerResult> {
  const wheel = new TimerWheel();
  const latencies = createLatencies();
  let sent = 0;
  let acknowledged = 0;
  let reconnects = 0;
  const parts = {
    ...order,
    wheel,
    turns: new ConnectTurns(wheel, 500),
    batchItems: order.batch,
    itemsHeldMax: 50_000,
    statusEveryMs: 0,
    onLost: () => void reconnects++,
  };
  const nodes = order.nodes.map((node) => {
    // Times of the oldest readings that are not acknowledged, one an envelope: its readings are made at once.
    const madeMs: number[] = [];
    const link = new NodeLink(node, {
      ...parts,
      onAcknowledged(_stream, items) {
        acknowledged += items;
        latencies.add(Date.now() - (madeMs.shift() ?? Date.now()));
      },
    });
    return { link, madeMs, make: readingMakerOf(node.bins ?? []) };
  });
  for (const { link } of nodes) link.start();
  await until(() => nodes.every(({ link }) => link.isUp));

  const startMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const endMs = startMs + order.durationS * 1_000;
  let turn = 0;
  while (performance.now() < endMs) {
    const due =
      order.ratePerS === null
        ? Number.POSITIVE_INFINITY
        : (order.ratePerS * (performance.now() - startMs)) / 1_000;
    for (let looked = 0; looked < nodes.length && sent + order.batch <= due; looked++) {
      const node = nodes[turn++ % nodes.length];
      // At a rate the clock decides and not the window: what does not go at once waits, and its latency counts.
      while (node !== undefined && (order.ratePerS !== null || node.link.hasRoom)) {
        const nowMs = Date.now();
        node.madeMs.push(nowMs);
        for (let item = 0; item < order.batch; item++) node.link.add("readings", node.make(nowMs));
        sent += order.batch;
        if (order.ratePerS !== null) break;
      }
    }
    await delay(LOOK_MS);
  }
  await until(() => acknowledged === sent);
  const elapsedS = (performance.now() - startMs) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  for (const { link } of nodes) link.leave();
  wheel.stop();
  return {
    sent,
    acknowledged,
    elapsedS,
    p50Ms: latencies.percentile(50),
    p99Ms: latencies.percentile(99),
    reconnects,
    cpuS: (cpu.user + cpu.system) / 1e6,
    peakRssMib: process.resourceUsage().maxRSS / 1024,
  };
}

/** Waits for a condition, but not longer than WAIT_MS_MAX: what is missing then shows in the result. */
async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS_MAX;
  while (!condition() && performance.now() < deadlineMs) await delay(LOOK_MS);
}

const order: ProducerOrder = JSON.parse(process.argv[2] ?? "");
process.stdout.write(`${JSON.stringify(await produce(order))}\n`);
process.exit(0);
