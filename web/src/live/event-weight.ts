/** What events of bins mean to who looks at the page. */
import type { BinEventItem } from "@jumpa-madu/contracts/http/telemetry";

/** How much an event matters: somebody has to go at once, or some day, or nobody has to. */
export type Weight = "urgent" | "due" | "good";

const WEIGHTS: Record<BinEventItem["event"], Weight> = {
  fire: "urgent",
  tipped: "urgent",
  full: "due",
  moved: "due",
  sensor_blocked: "due",
  sensor_silent: "due",
  full_over: "good",
  emptied: "good",
  upright: "good",
  fire_over: "good",
  sensor_clear: "good",
  sensor_back: "good",
};

/** What begins something urgent, and what ends it. */
const ENDS: Partial<Record<BinEventItem["event"], BinEventItem["event"]>> = {
  fire: "fire_over",
  tipped: "upright",
};

/** Names of the events by which `eventsToShow` knows what is urgent still. */
export const URGENT_EVENTS = Object.entries(ENDS).flat();

/** An event as it is shown. */
export interface WeighedEvent extends BinEventItem {
  weight: Weight;
}

/**
 * The events to show: all that is urgent still, then the newest others until there are `shown`. Both lists come newest
 * first; `urgent` holds those of URGENT_EVENTS. Something urgent that has ended since weighs no more than what is due.
 */
export function eventsToShow(newest: BinEventItem[], urgent: BinEventItem[], shown: number): WeighedEvent[] {
  const weigh = (one: BinEventItem): WeighedEvent => ({ ...one, weight: weightOf(one, urgent) });
  const open = urgent.map(weigh).filter(({ weight }) => weight === "urgent");
  const openKeys = new Set(open.map(keyOf));
  const others = newest.filter((one) => !openKeys.has(keyOf(one))).map(weigh);
  return [...open, ...others.slice(0, Math.max(0, shown - open.length))];
}

function weightOf({ bin, event, occurred_at }: BinEventItem, urgent: BinEventItem[]): Weight {
  const end = ENDS[event];
  const hasEnded = urgent.some(
    (other) => other.bin === bin && other.event === end && other.occurred_at > occurred_at,
  );
  return hasEnded ? "due" : WEIGHTS[event];
}

/** Two events of one bin never share a millisecond. */
function keyOf({ bin, occurred_at }: BinEventItem): string {
  return `${bin} ${occurred_at}`;
}
