/** Calibration run: the distance that a sensor measures over an empty bin, or over one that counts as full. */
import type { BinSensorPort } from "@jumpa-madu/contracts/node-config";
import { medianOf } from "@jumpa-madu/sensing/median";
import pino from "pino";
import { startChannel } from "../sensing/channel.ts";

/** Distances that make a calibration; each is the middle of several already. */
export const DISTANCES = 15;

/** Longest run, in milliseconds. */
export const RUN_MS_MAX = 30_000;

/** Pause between two distances, in seconds. */
const EVERY_S = 0.1;

/** Widest spread of a calibration, in millimetres and as a share of the distance: beyond, something moves. */
const SPREAD_MM_MAX = 15;
const SPREAD_SHARE_MAX = 0.03;

/** Outcome: the distance, or what stands against it and what to do, in words. */
export type Calibrated = { ok: true; distanceMm: number } | { ok: false; fault: string };

/** Measures through the sensor of a port, as the agent would read it. `onDistance` follows the progress. */
export async function runCalibration(
  port: BinSensorPort,
  { signal, onDistance }: { signal: AbortSignal; onDistance: (count: number, distanceMm: number) => void },
): Promise<Calibrated> {
  const { calibration: _before, container: _shape, ...bare } = port;
  const distancesMm: number[] = [];
  const enough = new AbortController();
  const over = AbortSignal.any([signal, enough.signal, AbortSignal.timeout(RUN_MS_MAX)]);
  const channel = startChannel(
    { ...bare, report_every_s: EVERY_S },
    {
      log: pino({ level: "silent" }),
      signal: over,
      sink(reading) {
        if (reading.kind !== "bin_level" || distancesMm.length >= DISTANCES) return;
        distancesMm.push(reading.distance_mm);
        onDistance(distancesMm.length, reading.distance_mm);
        if (distancesMm.length >= DISTANCES) enough.abort();
      },
    },
  );
  await channel.device.done;
  const { trouble } = channel.device;
  if (distancesMm.length < DISTANCES) {
    const why = trouble?.text ?? "the sensor sends no distance that it can measure";
    return {
      ok: false,
      fault: signal.aborted ? "stopped" : `${distancesMm.length} distances in time; ${why}`,
    };
  }
  return judgeRun(distancesMm);
}

/** Judges the distances of a run; the middle one counts. */
export function judgeRun(distancesMm: readonly number[]): Calibrated {
  const distanceMm = medianOf(distancesMm);
  const spreadMm = medianOf(distancesMm.map((one) => Math.abs(one - distanceMm)));
  if (spreadMm <= Math.max(SPREAD_MM_MAX, SPREAD_SHARE_MAX * distanceMm)) return { ok: true, distanceMm };
  return {
    ok: false,
    fault: `the distances scatter by ${spreadMm} mm around ${distanceMm} mm; wait until nothing moves, check that the sensor is fixed, then try again`,
  };
}
