/** Displacement: tells when a bin is no longer where it belongs. */
import type { Watched } from "./happening.ts";

/** A position on earth, in degrees of WGS 84. */
export interface Coordinates {
  readonly lat: number;
  readonly lon: number;
}

/** Farther than this from its place, a bin has been moved; a receiver among houses errs by tens of metres. */
export const MOVED_M = 100;

/** Nearer than this, a bin is at its place again. */
export const RETURNED_M = 50;

/** Positions in a row that must be far away: a receiver that has just woken errs by far more. */
export const FAR_POSITIONS_MIN = 2;

/** What is remembered of a bin. */
export interface Displacement {
  readonly farPositions: number;
  readonly moved: boolean;
}

/** A bin at its place. */
export const AT_PLACE: Displacement = { farPositions: 0, moved: false };

/** Mean radius of the earth, in metres (IUGG). */
const EARTH_RADIUS_M = 6_371_009;

/** Distance between two positions along the earth's surface, in metres. */
export function distanceMBetween(from: Coordinates, to: Coordinates): number {
  const radians = Math.PI / 180;
  const rise = Math.sin(((to.lat - from.lat) * radians) / 2) ** 2;
  const run = Math.sin(((to.lon - from.lon) * radians) / 2) ** 2;
  const half = rise + Math.cos(from.lat * radians) * Math.cos(to.lat * radians) * run;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(half)));
}

/**
 * Takes the next position. `alarm`: the sensor itself says that it is not at its place, which makes one position enough; without
 * a position it is told with no distance.
 */
export function watchDisplacement(
  { farPositions, moved }: Displacement,
  distanceM: number | null,
  alarm: boolean,
): Watched<Displacement> {
  const far = distanceM === null ? alarm : distanceM > MOVED_M;
  const count = far ? Math.min(farPositions + 1, FAR_POSITIONS_MIN) : 0;
  if (!moved && far && (alarm || count >= FAR_POSITIONS_MIN)) {
    const away = distanceM === null ? {} : { distance_m: distanceM };
    return { state: { farPositions: count, moved: true }, happened: [{ event: "moved", ...away }] };
  }
  // There is no event of a return: it only lets the next move be told.
  const returned = distanceM !== null && distanceM < RETURNED_M && !alarm;
  if (distanceM === null && !alarm) return { state: { farPositions, moved }, happened: [] };
  return { state: { farPositions: count, moved: moved && !returned }, happened: [] };
}
