/** Calibration of a bin: from a measured distance to the filled share. */
import type { ContainerShape } from "@jumpa-madu/contracts/container-shape";
import { CALIBRATION_SPAN_MM_MIN } from "@jumpa-madu/contracts/node-config";
import { UPRIGHT, volumeShareOf } from "./container-volume.ts";

/** Distances from the sensor to the bottom of the empty bin, and to the waste when the bin counts as full. */
export interface Calibration {
  readonly emptyMm: number;
  readonly fullMm: number;
}

/** Calibration as configured; null when there is none or its distances cannot be those of a bin. */
export function calibrationOf(
  configured: { empty_mm: number; full_mm: number } | undefined,
): Calibration | null {
  if (configured === undefined) return null;
  const { empty_mm: emptyMm, full_mm: fullMm } = configured;
  return emptyMm - fullMm >= CALIBRATION_SPAN_MM_MIN ? { emptyMm, fullMm } : null;
}

/** Filled share of the volume between empty and full at a distance, held within 0 and 1. */
export function fillOf(
  { emptyMm, fullMm }: Calibration,
  distanceMm: number,
  shape: ContainerShape = UPRIGHT,
): number {
  return volumeShareOf(shape, (emptyMm - distanceMm) / (emptyMm - fullMm));
}
