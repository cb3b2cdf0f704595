/** Observation: what a bin sensor says of one moment, and which of it can be so. */
import { DISTANCE_MM_MAX, TEMP_C_MAX, TEMP_C_MIN } from "@jumpa-madu/contracts/units";

/** What a sensor observes; `distanceMm` is null when it found no echo. */
export interface Observation {
  readonly distanceMm: number | null;
  /** Temperature of the air at the sensor. */
  readonly tempC?: number | undefined;
  /** Angle between the bin's axis and the vertical. */
  readonly tiltDeg?: number | undefined;
}

/** The temperatures and angles that the contract has room for. */
const TEMP_C = { from: TEMP_C_MIN, to: TEMP_C_MAX };
const TILT_DEG = { from: 0, to: 180 };

interface Range {
  readonly from: number;
  readonly to: number;
}

function within(value: number | undefined, { from, to }: Range): number | undefined {
  return value !== undefined && value >= from && value <= to ? value : undefined;
}

/** Leaves out what no air, angle or distance can be: a broken thermometer does not spoil the distance beside it. */
export function plausible({ distanceMm, tempC, tiltDeg }: Observation): Observation {
  return {
    distanceMm: within(distanceMm ?? undefined, { from: 0, to: Infinity }) ?? null,
    tempC: within(tempC, TEMP_C),
    tiltDeg: within(tiltDeg, TILT_DEG),
  };
}

/** Rounds a distance to what the contract has room for. */
export function reportedMm(distanceMm: number): number {
  return Math.min(DISTANCE_MM_MAX, Math.round(distanceMm));
}
