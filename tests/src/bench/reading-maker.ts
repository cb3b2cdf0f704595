/** Readings for benchmarks: valid, different, and cheap, since only their numbers are put into ready text. */

/** Levels that a bin runs through. */
const LEVELS = 1_000;

/** Distances at level 0 and 1, in millimetres. */
const EMPTY_MM = 1_200;
const FULL_MM = 150;

/** Answers a function that makes the next reading of these bins in turn as JSON, none of one bin in the same millisecond. */
export function readingMakerOf(bins: string[]): (nowMs: number) => string {
  const series = bins.map((bin, index) => ({
    head: `{"kind":"bin_level","bin":"${bin}","t":`,
    lastMs: 0,
    level: (index * 37) % LEVELS,
  }));
  // Made once for each level: what follows the time.
  const tails = Array.from({ length: LEVELS }, (_, level) => {
    const fill = level / LEVELS;
    const distanceMm = Math.round(EMPTY_MM - fill * (EMPTY_MM - FULL_MM));
    return `,"distance_mm":${distanceMm},"fill":${fill},"quality":"accepted"}`;
  });
  let turn = 0;
  return (nowMs) => {
    const one = series[turn++ % series.length];
    if (one === undefined) throw new RangeError("a node without bins makes no readings");
    one.lastMs = Math.max(nowMs, one.lastMs + 1);
    one.level = (one.level + 1) % LEVELS;
    return one.head + one.lastMs + (tails[one.level] ?? "");
  };
}
