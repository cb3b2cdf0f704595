/** Points for tests. */
import type { Reading } from "@jumpa-madu/contracts/readings";
import type { TelemetryPoint } from "./telemetry-store.ts";

/** A whole hour about two days ago: well within retention, and aligned so that windows can be counted on. */
export const HOUR_MS = 3_600_000;
export const START_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 48 * HOUR_MS;

type Of<Kind extends Reading["kind"]> = Partial<Extract<Reading, { kind: Kind }>>;

/** A level of `bin-1` at START_MS, changed by what is given. */
export function levelPoint(
  reading: Of<"bin_level"> = {},
  tags: Partial<TelemetryPoint> = {},
): TelemetryPoint {
  return pointOf(
    {
      kind: "bin_level",
      bin: "bin-1",
      t: START_MS,
      distance_mm: 500,
      fill: 0.5,
      quality: "accepted",
      ...reading,
    },
    tags,
  );
}

/** A weight of `scale-1` at START_MS, changed by what is given. */
export function weightPoint(
  reading: Of<"scale_weight"> = {},
  tags: Partial<TelemetryPoint> = {},
): TelemetryPoint {
  return pointOf(
    {
      kind: "scale_weight",
      scale: "scale-1",
      t: START_MS,
      weight_g: 1500,
      stable: true,
      mode: "gross",
      ...reading,
    },
    tags,
  );
}

/** A fire at `bin-1` at START_MS, changed by what is given. */
export function eventPoint(
  reading: Of<"bin_event"> = {},
  tags: Partial<TelemetryPoint> = {},
): TelemetryPoint {
  return pointOf({ kind: "bin_event", bin: "bin-1", t: START_MS, event: "fire", ...reading }, tags);
}

/** Any reading as edge-1 of waste bank wb-1 sends it. */
export function pointOf(reading: Reading, tags: Partial<TelemetryPoint> = {}): TelemetryPoint {
  const base = { node: "edge-1", site: "wb-1", zone: "lubuk-pakam", seq: 1, receivedMs: reading.t + 1_000 };
  return { ...base, ...tags, reading };
}
