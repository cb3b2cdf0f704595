/** Median window: the middle of the last few distances, and how far they scatter around it. */

/** Distances in a window. Odd, so that the median is one of them; a hand or a lid that passes spoils one or two. */
export const MEDIAN_WINDOW = 7;

/** Turns a median absolute deviation into a standard deviation, for what scatters normally. */
const DEVIATION_PER_MAD = 1.4826;

/**
 * Middle of a window. `spreadMm` estimates the standard deviation from the median absolute deviation, so that a single echo
 * from elsewhere does not make a quiet bin look restless.
 */
export interface Middle {
  readonly medianMm: number;
  readonly spreadMm: number;
}

/** Keeps the last distances. */
export interface MedianWindow {
  /** Takes a distance; gives the middle as soon as, and as long as, the window is full, else null. */
  push(distanceMm: number): Middle | null;
  /** Forgets all distances, as after a silence. */
  clear(): void;
}

/** Makes a window of `size` distances, an odd number. */
export function medianWindow(size: number = MEDIAN_WINDOW): MedianWindow {
  let distances: number[] = [];
  return {
    push(distanceMm) {
      distances.push(distanceMm);
      if (distances.length > size) distances.shift();
      if (distances.length < size) return null;
      const medianMm = medianOf(distances);
      const madMm = medianOf(distances.map((one) => Math.abs(one - medianMm)));
      return { medianMm, spreadMm: madMm * DEVIATION_PER_MAD };
    },
    clear() {
      distances = [];
    },
  };
}

/** Middle value; of an even number of values the upper of the two in the middle, of none NaN. */
export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
