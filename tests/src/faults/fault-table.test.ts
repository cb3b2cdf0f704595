/**
 * Every protocol crossed with every fault of the line, on a real pseudo-terminal and the real serialport.
 *
 * Whatever the fault, no weight and no level may leave the edge that the device did not have; good values come back
 * when the fault is over; and what was wrong has been counted.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Port, Protocol } from "@jumpa-madu/contracts/node-config";
import type { Reading } from "@jumpa-madu/contracts/readings";
import { type Channel, startChannel } from "@jumpa-madu/edge/channel";
import { A02yyuw } from "@jumpa-madu/firmware-sim/a02yyuw";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import { FAULTS, type FaultName } from "@jumpa-madu/firmware-sim/faults";
import { MtSicsScale } from "@jumpa-madu/firmware-sim/mt-sics-scale";
import { type SimulatedDevice, startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import { StGsScale } from "@jumpa-madu/firmware-sim/st-gs-scale";
import pino from "pino";
import { describe, expect, type TestContext, test } from "vitest";
import { makeTempDir } from "../servers/temp-dir.ts";
import { until } from "../system/until.ts";
import { Witness } from "./witness.ts";

/** Time for which a fault lasts: many frames of every protocol. */
const FAULT_MS = 1_500;

/** Readings that may leave while a device floods: ten a second, which is what the bin is configured to, and twice that for a busy machine. */
const READINGS_IN_FAULT_MAX = 2 * (FAULT_MS / 100);

/** Time after which a port that is silent has been closed and opened again: watchdog, backoff, and a busy machine. */
const REOPENED_MS_MAX = 20_000;

/** Time after which a fault that comes now and then changes: a frame or two of every protocol. */
const SWITCH_MS = 130;

/** Pause between two looks at what the edge shows. */
const LOOK_MS = 5;

const CALIBRATION = { empty_mm: 1_200, full_mm: 200 };

/** A device of one protocol, what the edge makes of it, and what is true of it. */
interface Bench {
  device: SimulatedDevice<Witness>;
  channel: Channel;
  /** Everything that left the channel. */
  readings: Reading[];
  /** Every weight that a screen would have shown, also those that may not be taken. */
  weights: Set<number>;
  /** Changes the device's true value. */
  change: () => void;
  /** The newest value that the edge would show or sell by; null when there is none now. */
  shown: () => number | null;
  /** The true value now, at rest. */
  truth: () => number;
}

type Model = {
  model: ConstructorParameters<typeof Witness>[0];
  port: (path: string) => Port;
  change: () => void;
  truth: () => number;
};

/** Two bags on a scale, or two levels in a bin, far apart: a value made of both would be neither. */
const MODELS: Record<Protocol, () => Model> = {
  a02yyuw() {
    const bin = new Bin({
      seed: 1,
      emptyMm: 1_200,
      fullMm: 200,
      fill: 0.5,
      fillPerDay: 0,
      emptyEveryDays: 0,
    });
    return {
      model: new A02yyuw({ seed: 1, bin, noiseMm: 0, output: "raw" }),
      port: (path) => ({
        path,
        protocol: "a02yyuw",
        bin: "bin-1",
        calibration: CALIBRATION,
        report_every_s: 0.1,
      }),
      change: () => bin.setFill(0.7),
      truth: () => bin.distanceMm,
    };
  },
  "st-gs"() {
    const model = new StGsScale({ seed: 1, noiseG: 0 });
    model.pan.place(1_250);
    return {
      model,
      port: (path) => ({ path, protocol: "st-gs", scale: "scale-1" }),
      change: () => model.pan.place(2_735),
      truth: () => model.pan.loadG,
    };
  },
  "mt-sics"() {
    const model = new MtSicsScale({ seed: 1, noiseG: 0 });
    model.pan.place(1_250);
    return {
      model,
      port: (path) => ({ path, protocol: "mt-sics", scale: "scale-1", poll_every_ms: 100 }),
      change: () => model.pan.place(2_735),
      truth: () => model.pan.loadG,
    };
  },
};

function setUp(protocol: Protocol, { onTestFinished }: Pick<TestContext, "onTestFinished">): Bench {
  const folder = makeTempDir("faults");
  const { model, port, change, truth } = MODELS[protocol]();
  const device = startDevice({ model: new Witness(model), link: `${folder.path}/port`, seed: 7 });
  const abort = new AbortController();
  const readings: Reading[] = [];
  const channel = startChannel(port(device.path), {
    log: pino({ level: "silent" }),
    signal: abort.signal,
    sink: (reading) => readings.push(reading),
  });
  onTestFinished(async () => {
    abort.abort();
    await channel.device.done;
    device.stop();
    folder.remove();
  });
  const weights = new Set<number>();
  if (channel.kind === "scale") {
    channel.subscribe(({ weight }) => {
      if (weight !== null) weights.add(weight.weightG);
    });
  }
  const shown = () => {
    if (channel.kind === "scale") {
      const capture = channel.captureStable();
      return capture.ok ? capture.weight.weightG : null;
    }
    const last = readings.at(-1);
    return last?.kind === "bin_level" && last.quality === "accepted" ? last.distance_mm : null;
  };
  return { device, channel, readings, weights, change, truth, shown };
}

/** Values that left the edge: as readings, or to a screen. */
function valuesOf({ readings, weights }: Bench): number[] {
  const left = readings.flatMap((reading) => {
    if (reading.kind === "bin_level") return [reading.distance_mm];
    return reading.kind === "scale_weight" ? [reading.weight_g] : [];
  });
  return [...left, ...weights];
}

const countedFaults = ({ channel }: Bench): number =>
  Object.values(channel.device.stats.faults).reduce((sum, count) => sum + count, 0);

/** How a fault shows in the counts. A flood of good frames is no fault: no more than usual may leave the edge. */
type Trace = "faults" | "reopened" | "none";

const TRACES: Record<FaultName | "unplug", Trace> = {
  silence: "reopened",
  garbage: "faults",
  "bad-checksum": "faults",
  "torn-frame": "faults",
  flood: "none",
  burst: "none",
  endless: "faults",
  unplug: "reopened",
};

const PROTOCOLS = Object.keys(MODELS) as Protocol[];
const TABLE = PROTOCOLS.flatMap((protocol) => [
  ...[...FAULTS, "unplug" as const].map((fault) => ({
    protocol,
    fault,
    how: "steadily",
    trace: TRACES[fault],
  })),
  // The head of a cut frame is then followed by a whole one: the two must not be taken for one weight.
  { protocol, fault: "torn-frame" as const, how: "now and then", trace: "faults" as const },
]);

describe("a fault of the line", { timeout: 90_000 }, () => {
  test.concurrent.for(TABLE)(
    "$protocol with $fault $how",
    async ({ protocol, fault, how, trace }, context) => {
      const bench = setUp(protocol, context);
      const { device, channel } = bench;
      const isTrue = () => bench.shown() === bench.truth();
      await until("a first good value", isTrue);
      const before = {
        faults: countedFaults(bench),
        opened: channel.device.stats.opened,
        readings: bench.readings.length,
      };

      if (fault === "unplug") device.unplug();
      else device.setFault(fault, true);
      bench.change();
      await watched(bench, how === "steadily" || fault === "unplug" ? null : fault);
      if (trace === "none")
        expect(bench.readings.length - before.readings).toBeLessThan(READINGS_IN_FAULT_MAX);
      if (trace === "faults") await until("a counted fault", () => countedFaults(bench) > before.faults);
      // Silence, and an unplugging that the driver misses, are only noticed by the watchdog.
      if (fault === "silence")
        await until("no value to sell by", () => bench.shown() === null || channel.kind === "bin");
      if (fault === "unplug")
        await until("a closed port", () => !channel.device.isOpen, { deadlineMs: REOPENED_MS_MAX });
      if (fault === "silence")
        await until("a port opened anew", () => channel.device.stats.opened > before.opened, {
          deadlineMs: REOPENED_MS_MAX,
        });

      if (fault === "unplug") device.replug();
      else device.clearFaults();
      await until("the true value after the fault", isTrue, { deadlineMs: REOPENED_MS_MAX });
      if (trace === "reopened") expect(channel.device.stats.opened).toBeGreaterThan(before.opened);
      expect(device.model.untruths(valuesOf(bench))).toEqual([]);
    },
  );
});

/**
 * Looks at every value that the edge shows while the fault lasts: each must be one that the device has sent. A fault that
 * comes `nowAndThen` is switched on and off meanwhile.
 */
async function watched({ device, ...bench }: Bench, nowAndThen: FaultName | null): Promise<void> {
  const startMs = performance.now();
  for (let lastedMs = 0; lastedMs < FAULT_MS; lastedMs = performance.now() - startMs) {
    if (nowAndThen !== null) device.setFault(nowAndThen, Math.floor(lastedMs / SWITCH_MS) % 2 === 0);
    expect(device.model.untruths(valuesOf({ device, ...bench }))).toEqual([]);
    await pause(LOOK_MS);
  }
}
