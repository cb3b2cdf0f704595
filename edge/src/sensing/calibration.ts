/** Calibration of a bin: from a measured distance to the filled share. */

/** Least difference between the distances to an empty and to a full bin, in millimetres; less is a slip of the pen. */
export const SPAN_MM_MIN = 50;

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
  return emptyMm - fullMm >= SPAN_MM_MIN ? { emptyMm, fullMm } : null;
}

/** Filled share at a distance, held within 0 and 1. */
export function fillOf({ emptyMm, fullMm }: Calibration, distanceMm: number): number {
  return Math.min(1, Math.max(0, (emptyMm - distanceMm) / (emptyMm - fullMm)));
}
