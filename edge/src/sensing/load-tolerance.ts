/** How far a load's weight may wander, by drift or a breath of air, and still be the same load. */

/** Divisions of the scale by which it may differ. */
const SAME_DIVISIONS = 4;

/** The same for a scale whose division is not known: in grams, and as a share of the load. */
const SAME_G = 20;
const SAME_SHARE = 0.005;

/** Share of the load that must stay for it to be the same: of a light one that is taken off, less than this is left. */
const LEFT_SHARE = 0.5;

/** Largest difference, in grams, at which a weight is still that of the load of `loadG`. */
export function loadToleranceG(loadG: number, divisionG: number | null): number {
  const sizeG = Math.abs(loadG);
  const wanderG = divisionG === null ? Math.max(SAME_G, SAME_SHARE * sizeG) : SAME_DIVISIONS * divisionG;
  return Math.min(wanderG, LEFT_SHARE * sizeG);
}
