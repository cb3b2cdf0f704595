/**
 * InfluxDB line protocol: `measurement,tag=v,… field=v,… time`, time in milliseconds.
 *
 * Grammar: https://docs.influxdata.com/influxdb/v1.8/write_protocols/line_protocol_reference/. The series
 * tag stands first. An integer ends in `i`; a number without it is a float.
 */
import type { ReadingKind } from "@jumpa-madu/contracts/readings";
import { LineBytes } from "./line-bytes.ts";
import {
  ENVELOPE_FIELDS,
  type Field,
  fieldsOf,
  MEASUREMENTS,
  seriesOf,
  tagFault,
} from "./measurement-schema.ts";
import type { TelemetryPoint } from "./telemetry-store.ts";

/** Series whose tags are kept encoded and checked; beyond, all are made anew. A regency has some 10,000 bins. */
export const SERIES_KEPT_MAX = 50_000;

/** What is the same in each line of a measurement, encoded once. */
interface LinePlan {
  /** `bin_level,bin=`, or `edge_health` where the node is the series. */
  head: string;
  hasSeriesTag: boolean;
  /** What stands before and after the value of each field: `distance_mm=` and `i,`. */
  fields: readonly (Field & { prefix: Uint8Array; suffix: Uint8Array })[];
  /** Tags of each series as they were last, by the name of the series. */
  tags: Map<string, SeriesTags>;
}

/** Measurement and tags of a series, up to the blank before the fields. */
interface SeriesTags {
  node: string;
  site: string;
  zone: string;
  bytes: Uint8Array;
}

const PLANS: Readonly<Record<ReadingKind, LinePlan>> = {
  bin_level: planOf("bin_level"),
  bin_event: planOf("bin_event"),
  scale_weight: planOf("scale_weight"),
  edge_health: planOf("edge_health"),
};

const [SEQ, RECEIVED] = ENVELOPE_FIELDS;
const SEQ_PREFIX = Buffer.from(`${SEQ.name}=`);
const RECEIVED_PREFIX = Buffer.from(`i,${RECEIVED.name}=`);
const TIME_PREFIX = Buffer.from("i ");
const LINE_BREAK = Buffer.from("\n");

const encoded = new LineBytes();

/**
 * The lines of points, one a point, each with a line break. Their tags must be names (`tagFault` answers null).
 *
 * A number that the engine refuses (NaN, 1.5 as integer) is written as it is, so that the engine's own words tell.
 */
export function toLines(points: readonly TelemetryPoint[]): string {
  encoded.clear();
  for (const point of points) appendLine(point);
  return encoded.text();
}

/** Says which tag of a point cannot be written, else null. Quick for a series whose tags are those of its last point. */
export function lineFault(point: TelemetryPoint): string | null {
  return knownTags(PLANS[point.reading.kind], point) === null ? tagFault(point) : null;
}

function appendLine(point: TelemetryPoint): void {
  const plan = PLANS[point.reading.kind];
  const values = fieldsOf(point);
  encoded.append(tagsOf(plan, point));
  for (const field of plan.fields) {
    const value = values[field.name];
    if (value === null || (value === undefined && field.optional)) continue;
    encoded.append(field.prefix);
    if (typeof value === "number") encoded.appendNumber(value);
    else encoded.appendText(field.type === "string" ? quoted(String(value)) : String(value));
    encoded.append(field.suffix);
  }
  encoded.append(SEQ_PREFIX);
  encoded.appendNumber(point.seq);
  encoded.append(RECEIVED_PREFIX);
  encoded.appendNumber(point.receivedMs);
  encoded.append(TIME_PREFIX);
  encoded.appendNumber(point.reading.t);
  encoded.append(LINE_BREAK);
}

/** Encoded tags of the point's series if they are known and still the same. */
function knownTags({ tags }: LinePlan, point: TelemetryPoint): Uint8Array | null {
  const known = tags.get(seriesOf(point));
  if (known === undefined || known.node !== point.node) return null;
  return known.site === point.site && known.zone === point.zone ? known.bytes : null;
}

function tagsOf(plan: LinePlan, point: TelemetryPoint): Uint8Array {
  const known = knownTags(plan, point);
  if (known !== null) return known;
  const { node, site, zone } = point;
  const series = seriesOf(point);
  let text = plan.hasSeriesTag ? plan.head + series : plan.head;
  text += `,node=${node}`;
  if (site !== "") text += `,site=${site}`;
  if (zone !== "") text += `,zone=${zone}`;
  const bytes = Buffer.from(`${text} `);
  if (plan.tags.size >= SERIES_KEPT_MAX) plan.tags.clear();
  plan.tags.set(series, { node, site, zone, bytes });
  return bytes;
}

/** A string field. Only the quote and the backslash need escaping; a line break may stand as it is. */
function quoted(text: string): string {
  if (text.includes('"') || text.includes("\\")) return `"${text.replace(/["\\]/g, "\\$&")}"`;
  return `"${text}"`;
}

function planOf(kind: ReadingKind): LinePlan {
  const { seriesTag, fields } = MEASUREMENTS[kind];
  const hasSeriesTag = seriesTag !== "node";
  return {
    head: hasSeriesTag ? `${kind},${seriesTag}=` : kind,
    hasSeriesTag,
    fields: fields.map((field) => ({
      ...field,
      prefix: Buffer.from(`${field.name}=`),
      suffix: Buffer.from(field.type === "integer" ? "i," : ","),
    })),
    tags: new Map(),
  };
}
