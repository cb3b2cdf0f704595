/**
 * A process that writes lines to InfluxDB and does nothing else: the yardstick for the pipeline.
 *
 * Reads one order from its first argument as JSON, makes all lines before the clock starts, writes them over a number of
 * connections, and prints one JSON line.
 */
import { Agent, request } from "node:http";
import { toLines } from "../../../store/src/telemetry/line-protocol.ts";
import type { TelemetryPoint } from "../../../store/src/telemetry/telemetry-store.ts";
import type { Credentials } from "../sim/credentials.ts";
import { readingMakerOf } from "./reading-maker.ts";

/** Lines of one request, and connections. */
const LINES_PER_REQUEST = 5_000;
const CONNECTIONS = 4;

/** What is to be written. */
export interface BareOrder {
  /** `/write` with database, retention policy and precision. */
  writeUrl: string;
  nodes: Credentials[];
  lines: number;
}

/** What became of it. */
export interface BareResult {
  lines: number;
  elapsedS: number;
  cpuS: number;
}

/** Bodies of the lines that ingest would write for these nodes, whose readings take turns. */
function bodiesOf({ nodes, lines }: BareOrder): Buffer[] {
  const makers = nodes.map(({ id, bins = [] }) => ({ id, make: readingMakerOf(bins), seq: 0 }));
  const nowMs = Date.now();
  const bodies: Buffer[] = [];
  let turn = 0;
  for (let made = 0; made < lines; made += LINES_PER_REQUEST) {
    const points: TelemetryPoint[] = [];
    for (let line = made; line < Math.min(lines, made + LINES_PER_REQUEST); line++) {
      const node = makers[turn++ % makers.length];
      if (node === undefined) break;
      const point = { node: node.id, site: "", zone: "sim-zone", seq: ++node.seq, receivedMs: nowMs };
      points.push({ ...point, reading: JSON.parse(node.make(nowMs)) });
    }
    bodies.push(Buffer.from(toLines(points)));
  }
  return bodies;
}

function write(url: string, agent: Agent, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const sending = request(
      url,
      { method: "POST", agent, headers: { "content-length": body.length } },
      (answer) => {
        answer.resume();
        answer.on("end", () =>
          answer.statusCode === 204 ? resolve() : reject(new Error(`InfluxDB answered ${answer.statusCode}`)),
        );
      },
    );
    sending.on("error", reject);
    sending.end(body);
  });
}

const order: BareOrder = JSON.parse(process.argv[2] ?? "");
const bodies = bodiesOf(order);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const startMs = performance.now();
const cpuBefore = process.cpuUsage();
const work = bodies.values();
await Promise.all(
  Array.from({ length: CONNECTIONS }, async () => {
    for (const body of work) await write(order.writeUrl, agent, body);
  }),
);
const cpu = process.cpuUsage(cpuBefore);
const result: BareResult = {
  lines: order.lines,
  elapsedS: (performance.now() - startMs) / 1_000,
  cpuS: (cpu.user + cpu.system) / 1e6,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
