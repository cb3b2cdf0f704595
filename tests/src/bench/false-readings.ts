/** How often noise and damaged frames fool each protocol: false values per million. */

import { Random } from "@jumpa-madu/contracts/random";
import { DEVICE_KEYS, type DeviceKey } from "@jumpa-madu/firmware-sim/device-catalogue";
import { protocolOf } from "../../../edge/src/protocols/registry.ts";
import { DAMAGES } from "../fuzz/damage.ts";
import { countFalse, feed } from "../fuzz/false-readings.ts";
import { spokenFrames } from "../fuzz/spoken-frames.ts";
import type { Benchmark, BenchmarkContext, BenchmarkResult } from "./benchmark.ts";
import type { Row } from "./table.ts";

const SEED = 1;

/** Damaged frames of each protocol, spread over the kinds of damage. */
const FRAMES = { whole: 1_000_000, quick: 20_000 };

/** Random bytes for each protocol. */
const NOISE_BYTES = { whole: 10_000_000, quick: 200_000 };
const NOISE_PIECE_BYTES = 4_096;

/** Longest time for one kind of damage of one protocol, in milliseconds; then its frames are fewer. */
const KIND_MS_MAX = { whole: 8_000, quick: 1_000 };

const PER_MILLION = 1_000_000;

/** The benchmark `false-readings`. */
export const falseReadingsBenchmark: Benchmark = {
  says: "false readings of every protocol per million damaged frames and random bytes",
  secondsMax: 1_800,
  run,
};

async function run(context: BenchmarkContext): Promise<BenchmarkResult> {
  const rows: Row[] = [];
  const failures: string[] = [];
  for (const key of DEVICE_KEYS) {
    const row = rowOf(key, context.isQuick ? "quick" : "whole");
    if (row.alone !== null && row.alone !== 0) failures.push(`${key}: one wrong byte passes its sum`);
    rows.push(row);
    context.say(`${key} done`);
    // A table takes minutes; Ctrl-C and the time limit are heard in between.
    await new Promise(setImmediate);
    context.signal.throwIfAborted();
  }
  return {
    tables: [
      {
        title:
          "False values per million: frames with one wrong byte alone (guarded ones), damaged frames between whole ones, random bytes",
        rows,
      },
    ],
    figures: { seed: SEED, protocols: rows },
    failures,
    targets: [],
  };
}

function rowOf(key: DeviceKey, size: "whole" | "quick") {
  const spoken = spokenFrames(key, SEED);
  const { hasChecksum } = protocolOf(key);
  const frames = FRAMES[size] / (DAMAGES.length + 1);
  const rateOf = (damage: (typeof DAMAGES)[number], isAlone: boolean) => {
    const untilMs = performance.now() + KIND_MS_MAX[size];
    const fooled = countFalse(key, spoken, damage, { seed: SEED, frames, untilMs, isAlone });
    return { tried: fooled.frames, perMillion: (fooled.falseReadings / fooled.frames) * PER_MILLION };
  };
  const alone = hasChecksum ? rateOf("substituted", true) : null;
  const rates = DAMAGES.map((damage) => [damage, rateOf(damage, false)] as const);
  const tried = rates.reduce((sum, [, rate]) => sum + rate.tried, alone?.tried ?? 0);
  return {
    protocol: key,
    sum: hasChecksum ? "yes" : "no",
    frames: tried,
    alone: alone === null ? null : alone.perMillion,
    ...Object.fromEntries(rates.map(([damage, { perMillion }]) => [damage, perMillion])),
    noise: (noiseReadings(key, NOISE_BYTES[size]) / NOISE_BYTES[size]) * PER_MILLION,
  };
}

function noiseReadings(key: DeviceKey, bytes: number): number {
  const random = new Random(SEED);
  function* pieces(): Generator<Uint8Array> {
    for (let came = 0; came < bytes; came += NOISE_PIECE_BYTES) yield random.bytes(NOISE_PIECE_BYTES);
  }
  return feed(key, pieces(), random.fork()).readings;
}
