/** Curve: from an analog sensor's reading to a distance. */

/** A point of a curve. */
export interface CurvePoint {
  readonly reading: number;
  readonly distance_mm: number;
}

/** How far a reading may lie beyond either end of its curve, as a share of the curve's width, and still count as that end. */
const OVERSHOOT = 0.05;

/**
 * Distance at a reading, in millimetres, on a line between the points about it; null beyond the curve, where the sensor is not
 * connected or sees nothing. `curve` rises by reading and has two points at least.
 */
export function distanceOnCurve(curve: readonly CurvePoint[], reading: number): number | null {
  const first = curve[0];
  const last = curve.at(-1);
  if (first === undefined || last === undefined) return null;
  const slack = OVERSHOOT * (last.reading - first.reading);
  if (reading < first.reading - slack || reading > last.reading + slack) return null;
  if (reading <= first.reading) return first.distance_mm;
  const upperAt = curve.findIndex((point) => point.reading >= reading);
  const upper = curve[upperAt];
  const lower = curve[upperAt - 1];
  if (upper === undefined || lower === undefined) return last.distance_mm;
  const share = (reading - lower.reading) / (upper.reading - lower.reading);
  return lower.distance_mm + share * (upper.distance_mm - lower.distance_mm);
}
