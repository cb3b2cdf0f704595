/** Screens the readings of an envelope: what becomes a point, what goes to quarantine, what was thinned out. */
import type { Reading } from "@jumpa-madu/contracts/readings";
import type { NodePlaces } from "@jumpa-madu/store/node-places";
import type { TelemetryPoint } from "@jumpa-madu/store/telemetry-store";
import type { ItemFault, ReceivedEnvelope } from "./envelope-intake.ts";
import { readingChecks } from "./item-check.ts";

/** What the readings of one envelope came to, besides the points. */
export interface Screened {
  faults: ItemFault[];
  /** Numbers whose reading the edge has thinned out. */
  thinned: number;
}

/** Appends the points of the numbers from `from` on to `points`. */
export function screenReadings(
  envelope: ReceivedEnvelope,
  { places, from }: { places: NodePlaces; from: number },
  points: TelemetryPoint[],
): Screened {
  const { items, first, receivedMs, node } = envelope;
  const screened: Screened = { faults: [], thinned: 0 };
  for (let index = from - first; index < items.length; index++) {
    const item = items[index];
    const seq = first + index;
    if (item === null) {
      screened.thinned++;
      continue;
    }
    if (!readingChecks.fits(item, receivedMs)) {
      screened.faults.push({ seq, ...readingChecks.faultOf(item, receivedMs), body: JSON.stringify(item) });
      continue;
    }
    const zone = zoneOf(item, places);
    if (zone === undefined) {
      const reason = `${deviceOf(item)} is not registered at node ${node}; register it there`;
      screened.faults.push({ seq, code: "unknown_device", reason, body: JSON.stringify(item) });
      continue;
    }
    points.push({ node, site: places.site, zone, seq, receivedMs, reading: item });
  }
  return screened;
}

/** Zone of the bin, "" where there is none; undefined when the node does not speak for the bin or scale. */
function zoneOf(reading: Reading, places: NodePlaces): string | undefined {
  switch (reading.kind) {
    case "bin_level":
    case "bin_event":
      return places.zoneOfBin.get(reading.bin);
    case "scale_weight":
      return places.scales.has(reading.scale) ? "" : undefined;
    case "edge_health":
      return "";
  }
}

function deviceOf(reading: Reading): string {
  if ("bin" in reading) return `bin ${reading.bin}`;
  return "scale" in reading ? `scale ${reading.scale}` : reading.kind;
}
