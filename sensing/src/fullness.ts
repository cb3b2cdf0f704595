/** Fullness: tells when a bin has become full for good, and when it no longer is. */
import type { Watched } from "./happening.ts";
import type { Pace } from "./pace.ts";
import type { Level } from "./settledness.ts";

/** Filled shares at which a bin becomes full, and below which it no longer is; between the two nothing changes. */
export interface Thresholds {
  readonly fullAt: number;
  readonly fullUntil: number;
}

/** What is remembered of a bin: whether it is full, and the windows in a row, believed or doubted, that say otherwise. */
export interface Fullness {
  readonly full: boolean;
  readonly windows: number;
}

/** A bin of which nothing is known. */
export const NOT_FULL: Fullness = { full: false, windows: 0 };

/** Takes the next level. A lid that stands open or a hand lasts a window or two, so it takes several to change. */
export function watchFullness(
  { full, windows }: Fullness,
  { fill, quality }: Level,
  { fullAt, fullUntil, pace }: Thresholds & { pace: Pace },
): Watched<Fullness> {
  if (fill === null) return { state: { full, windows }, happened: [] };
  const against = full ? fill < fullUntil : fill >= fullAt;
  const count = against ? windows + 1 : 0;
  const certain = !full && pace.certainFill !== null && fill >= Math.max(fullAt, pace.certainFill);
  const changes = against && quality === "accepted" && (certain || count >= pace.fullWindows);
  if (!changes) return { state: { full, windows: count }, happened: [] };
  return {
    state: { full: !full, windows: 0 },
    happened: [{ event: full ? "full_over" : "full", fill_after: fill }],
  };
}
