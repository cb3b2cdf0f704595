/**
 * The one table of measurements: their tags, their fields, and the type of each field, for both engines.
 *
 * A field never changes its type, because InfluxDB refuses a second type for good; a new meaning gets a new name. A tag
 * and a field never share a name, which InfluxDB 3 refuses. Tags are bounded: places and devices, never a person or a
 * sequence number.
 */
import { isName } from "@jumpa-madu/contracts/ids";
import type { ReadingKind } from "@jumpa-madu/contracts/readings";
import { NUMERIC_FIELDS, type TelemetryPoint } from "./telemetry-store.ts";

/** `integer` is written `12i` to InfluxDB; `float` is a double; `boolean` is absent when it is not known. */
type FieldType = "integer" | "float" | "string" | "boolean";

/** What a reading may hold under the name of a field. Null and undefined are not stored. */
export type FieldValue = number | string | boolean | null | undefined;

/** Tag that names a series, by which points are told apart and answers are grouped. */
export type SeriesTag = "bin" | "scale" | "node";

/** A field of a measurement. An optional one may be absent from a point. */
export interface Field {
  name: string;
  type: FieldType;
  optional: boolean;
}

export interface Measurement {
  seriesTag: SeriesTag;
  /** Fields in the order in which they are written, after the reading's own come `seq` and `recv_ms`. */
  fields: readonly Field[];
}

/** Tags that every measurement has besides its series tag; an empty one is left out. */
export const PLACE_TAGS = ["node", "site", "zone"] as const;

const needed = (name: string, type: FieldType): Field => ({ name, type, optional: false });
const optional = (name: string, type: FieldType): Field => ({ name, type, optional: true });

/** What the envelope of any reading adds to its fields. */
export const ENVELOPE_FIELDS = [needed("seq", "integer"), needed("recv_ms", "integer")] as const;

/** Every measurement, by its name. */
export const MEASUREMENTS: Readonly<Record<ReadingKind, Measurement>> = {
  bin_level: {
    seriesTag: "bin",
    fields: [
      needed("distance_mm", "integer"),
      optional("fill", "float"),
      needed("quality", "string"),
      optional("temp_c", "float"),
      optional("tilt_deg", "float"),
      optional("battery", "float"),
    ],
  },
  bin_event: {
    seriesTag: "bin",
    fields: [
      needed("event", "string"),
      optional("fill_before", "float"),
      optional("fill_after", "float"),
      optional("temp_c", "float"),
      optional("distance_m", "float"),
    ],
  },
  scale_weight: {
    seriesTag: "scale",
    fields: [needed("weight_g", "float"), optional("stable", "boolean"), needed("mode", "string")],
  },
  edge_health: {
    seriesTag: "node",
    fields: [
      needed("outbox_readings", "integer"),
      needed("outbox_records", "integer"),
      needed("memory_mb", "float"),
      needed("ports_open", "integer"),
      needed("ports_total", "integer"),
    ],
  },
};

/** Names of all measurements. */
export const MEASUREMENT_NAMES: readonly ReadingKind[] = [
  "bin_level",
  "bin_event",
  "scale_weight",
  "edge_health",
];

/** Days that a point is kept; an older one is refused. Longer than any edge may be cut off. */
export const RAW_DAYS = 90;

/** The series that a point belongs to: its bin, its scale, or its node. */
export function seriesOf({ node, reading }: TelemetryPoint): string {
  switch (reading.kind) {
    case "bin_level":
    case "bin_event":
      return reading.bin;
    case "scale_weight":
      return reading.scale;
    case "edge_health":
      return node;
  }
}

/** Fields of a reading by name. */
export function fieldsOf(point: TelemetryPoint): Readonly<Record<string, FieldValue>> {
  return point.reading;
}

/** Says which tag of a point can not be stored, else null. Tags are names, so that no engine needs to escape them. */
export function tagFault(point: TelemetryPoint): string | null {
  const series = seriesOf(point);
  if (!isName(series)) return `not a name for a series: ${JSON.stringify(series)}`;
  if (!isName(point.node)) return `not a name for a node: ${JSON.stringify(point.node)}`;
  if (point.site !== "" && !isName(point.site)) return `not a name for a site: ${JSON.stringify(point.site)}`;
  if (point.zone !== "" && !isName(point.zone)) return `not a name for a zone: ${JSON.stringify(point.zone)}`;
  return null;
}

/** Tells whether a field can be asked for, and so may stand in the text of a query. */
export function isNumericField(measurement: ReadingKind, field: string): boolean {
  const fields: readonly string[] = NUMERIC_FIELDS[measurement];
  return fields.includes(field);
}

/** Tells whether rejected levels are to be left out when this field is asked for. */
export function skipsRejected(measurement: ReadingKind, field: string): boolean {
  return measurement === "bin_level" && (field === "fill" || field === "distance_mm");
}
