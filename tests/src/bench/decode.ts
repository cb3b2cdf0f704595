/** What decoding costs: every protocol by itself, and an edge with sixteen ports at their full rate. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Port } from "@jumpa-madu/contracts/node-config";
import { createDevice, DEVICE_CATALOGUE, type DeviceKey } from "@jumpa-madu/firmware-sim/device-catalogue";
import type { Benchmark, BenchmarkContext, BenchmarkResult } from "./benchmark.ts";
import type { DecoderSpeed, DecoderSpeedOrder } from "./decoder-speed.ts";
import type { PortReaderOrder, PortReaderResult } from "./port-reader.ts";
import { runScript } from "./script.ts";

/** Time for each protocol, and over which the ports are read, in milliseconds. */
const DECODE_MS = { whole: 1_000, quick: 100 };
const READ_MS = { whole: 30_000, quick: 5_000 };

/** Target of the design: share of one core that sixteen ports may take. */
const CPU_TARGET_PERCENT = 10;

const SIMULATOR = new URL("../../../firmware-sim/src/main.ts", import.meta.url);

/** Sixteen ports of a large waste bank: each device sends as fast as it does by itself, 7 to 100 frames a second. */
const MIXED: readonly DeviceKey[] = [
  "st-gs",
  "st-gs",
  "xk3190-a9",
  "xk3190-a12-w",
  "toledo-continuous",
  "cas-22",
  "and-standard",
  "mt-sics",
  "tfmini",
  "tfmini",
  "a02yyuw",
  "a02yyuw",
  "a02yyuw",
  "a02yyuw",
  "maxbotix-mm",
  "jsn-sr04t",
];

/** Sixteen scales that fill their lines: a frame begins where the last one ends, 960 bytes a second. */
const SATURATED: readonly DeviceKey[] = MIXED.map(() => "st-gs");

/** The benchmark `decode`. */
export const decodeBenchmark: Benchmark = {
  says: "frames a second and allocation of every protocol, CPU of an edge process with 16 ports at full rate",
  secondsMax: 400,
  run,
};

async function run(context: BenchmarkContext): Promise<BenchmarkResult> {
  const size = context.isQuick ? "quick" : "whole";
  const order: DecoderSpeedOrder = { durationMs: DECODE_MS[size] };
  const script = new URL("./decoder-speed.ts", import.meta.url);
  const speeds = (await runScript(script, order, { signal: context.signal })) as DecoderSpeed[];
  const mixed = await readPorts(context, { name: "mixed", keys: MIXED, isFlooding: false });
  const saturated = await readPorts(context, { name: "saturated", keys: SATURATED, isFlooding: true });
  const ports = [mixed, saturated];
  return {
    tables: [
      {
        title: "Decoding alone, one core",
        rows: speeds.map(({ protocol, bytesPerFrame, framesPerS, allocatedBytesPerFrame }) => ({
          protocol,
          bytes_per_frame: bytesPerFrame,
          frames_per_s: framesPerS,
          mb_per_s: (framesPerS * bytesPerFrame) / 1e6,
          allocated_bytes_per_frame: allocatedBytesPerFrame,
        })),
      },
      { title: "Sixteen pseudo-terminals, read by one process", rows: ports },
    ],
    figures: { protocols: speeds, ports },
    failures: ports
      .filter(({ readings_per_s }) => readings_per_s === 0)
      .map(({ ports }) => `${ports}: nothing was read`),
    targets: [
      {
        target: `sixteen ports at their full rate below ${CPU_TARGET_PERCENT} % of a core`,
        measured: mixed.cpu_percent,
        isMet: mixed.cpu_percent < CPU_TARGET_PERCENT,
      },
    ],
  };
}

/** Starts the devices in a process of their own, and reads them in another. */
async function readPorts(
  context: BenchmarkContext,
  { name, keys, isFlooding }: { name: string; keys: readonly DeviceKey[]; isFlooding: boolean },
) {
  const devices = keys.map((key, index) => {
    const isBin = DEVICE_CATALOGUE[key].kind === "bin-sensor";
    return {
      id: `port-${index}`,
      link: join(context.dir, `${name}-${index}`),
      model: key,
      seed: index + 1,
      ...(isBin ? { fill: 0.4 } : { person: true }),
      ...(key === "a02yyuw" ? { output: "raw" } : {}),
    };
  });
  const stop = await startSimulator(context, { name, devices, isFlooding });
  const order: PortReaderOrder = {
    ports: devices.map(({ model, link }, index) => portOf(model, link, index)),
    durationMs: READ_MS[context.isQuick ? "quick" : "whole"],
  };
  const script = new URL("./port-reader.ts", import.meta.url);
  const result = (await runScript(script, order, { signal: context.signal })) as PortReaderResult;
  await stop();
  return {
    ports: name,
    seconds: result.elapsedS,
    readings_per_s: result.readings / result.elapsedS,
    faults_per_s: result.faults / result.elapsedS,
    read_calls_per_s: result.readCalls / result.elapsedS,
    cpu_percent: (result.cpuS / result.elapsedS) * 100,
    user_percent: (result.userS / result.elapsedS) * 100,
  };
}

function portOf(key: DeviceKey, path: string, index: number): Port {
  const line = { path, protocol: key, baud: createDevice(key, { seed: 1 }).baud };
  const place = { bin: `bin-${index}`, calibration: { empty_mm: 1_200, full_mm: 150 } };
  const isBin = DEVICE_CATALOGUE[key].kind === "bin-sensor";
  return { ...line, ...(isBin ? place : { scale: `scale-${index}` }) } as Port;
}

/** Runs a fleet until the returned function is called; all its devices have been told to flood when it answers. */
async function startSimulator(
  { dir, defer }: BenchmarkContext,
  { name, devices, isFlooding }: { name: string; devices: { id: string }[]; isFlooding: boolean },
): Promise<() => Promise<void>> {
  const fleetFile = join(dir, `${name}.json`);
  writeFileSync(fleetFile, JSON.stringify({ devices }));
  const child = spawn(process.execPath, [SIMULATOR.pathname, fleetFile], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill();
    await gone;
  };
  defer(stop);
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answered = async () => {
    if ((await answers.next()).done === true) throw new Error("the simulated devices ended");
  };
  await answered();
  for (const { id } of isFlooding ? devices : []) {
    child.stdin.write(`${JSON.stringify({ device: id, fault: "flood" })}\n`);
    await answered();
  }
  return stop;
}
