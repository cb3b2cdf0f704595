/** Distances that a sensor can measure, in millimetres; at `minMm` and below lies its blind zone. */
export interface Reach {
  readonly minMm: number;
  readonly maxMm: number;
}
