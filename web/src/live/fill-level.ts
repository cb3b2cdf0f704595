/** What a fill means to who empties bins. */
import type { Bin } from "@jumpa-madu/contracts/http/places";

/** From here a bin is to be collected. */
export const COLLECT_FILL = 0.8;

/** Age at which a bin counts as silent, in milliseconds: ten minutes. */
export const SILENT_MS = 10 * 60_000;

export type Band = "none" | "low" | "mid" | "high" | "full";

/** Band of a bin's fill; `none` when there is no level. */
export function bandOf({ level }: Bin): Band {
  if (level === null || level.fill === null) return "none";
  if (level.fill >= 0.95) return "full";
  if (level.fill >= COLLECT_FILL) return "high";
  return level.fill >= 0.5 ? "mid" : "low";
}

/** True when the bin has a sensor and has not been heard of for SILENT_MS. */
export function isSilent({ node, level }: Bin, nowMs: number): boolean {
  if (node === null) return false;
  return level === null || nowMs - Date.parse(level.measured_at) > SILENT_MS;
}

/** True when a sensor hangs on the bin, or one did that was heard of. */
export function isMeasured({ node, level }: Bin): boolean {
  return node !== null || level !== null;
}

export const ORDERS = ["full", "name", "old"] as const;
export type Order = (typeof ORDERS)[number];

/** Bins in the order that is asked for, without touching the given list. */
export function inOrder(bins: Bin[], order: Order): Bin[] {
  const measuredMs = ({ level }: Bin) => (level === null ? 0 : Date.parse(level.measured_at));
  const byName = (a: Bin, b: Bin) => a.name.localeCompare(b.name, "id", { numeric: true });
  if (order === "name") return bins.toSorted(byName);
  if (order === "old") return bins.toSorted((a, b) => measuredMs(a) - measuredMs(b) || byName(a, b));
  return bins.toSorted((a, b) => (b.level?.fill ?? -1) - (a.level?.fill ?? -1) || byName(a, b));
}
