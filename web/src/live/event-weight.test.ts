import type { BinEventItem } from "@jumpa-madu/contracts/http/telemetry";
import { expect, test } from "vitest";
import { eventsToShow, URGENT_EVENTS } from "./event-weight.ts";

/** An event so many minutes after ten. */
function eventAt(minute: number, event: BinEventItem["event"], bin = "bin-1"): BinEventItem {
  const occurred_at = `2026-11-24T10:${String(minute).padStart(2, "0")}:00.000Z`;
  return { bin, zone: null, event, fill_before: null, fill_after: null, occurred_at };
}

const show = (events: BinEventItem[], shown = 8, newestShown = events.length) => {
  const ordered = events.toSorted((a, b) => (a.occurred_at < b.occurred_at ? 1 : -1));
  const urgent = ordered.filter(({ event }) => URGENT_EVENTS.includes(event));
  return eventsToShow(ordered.slice(0, newestShown), urgent, shown).map(
    ({ bin, event, weight }) => `${bin} ${event} ${weight}`,
  );
};

test("the newest events are shown, and no more than asked", () => {
  const events = [eventAt(1, "full"), eventAt(2, "emptied"), eventAt(3, "sensor_silent")];
  expect(show(events, 2)).toEqual(["bin-1 sensor_silent due", "bin-1 emptied good"]);
});

test("a fire and a bin that lies stay on top until they are over, however much has happened since", () => {
  const later = Array.from({ length: 20 }, (_, n) => eventAt(10 + n, "emptied", `bin-${n + 10}`));
  const events = [eventAt(1, "fire"), eventAt(2, "tipped", "bin-2"), ...later];
  expect(show(events, 3, 5)).toEqual(["bin-2 tipped urgent", "bin-1 fire urgent", "bin-29 emptied good"]);
  expect(show(events, 1, 5)).toEqual(["bin-2 tipped urgent", "bin-1 fire urgent"]);
});

test("what is over is not urgent any more, but a second fire is", () => {
  expect(show([eventAt(1, "fire"), eventAt(2, "fire_over"), eventAt(3, "fire_over", "bin-2")])).toEqual([
    "bin-2 fire_over good",
    "bin-1 fire_over good",
    "bin-1 fire due",
  ]);
  expect(show([eventAt(1, "fire"), eventAt(2, "fire_over"), eventAt(3, "fire")])).toEqual([
    "bin-1 fire urgent",
    "bin-1 fire_over good",
    "bin-1 fire due",
  ]);
  expect(show([eventAt(1, "tipped"), eventAt(2, "fire_over"), eventAt(3, "upright", "bin-2")])[0]).toBe(
    "bin-1 tipped urgent",
  );
});
