/**
 * Telemetry store: keeps readings and answers how they went over time.
 *
 * Two engines stand behind this face: a SQLite file of its own and InfluxDB. A point is named by (measurement, its bin,
 * scale or node, t): written again it replaces itself, so a batch may be sent any number of times.
 */
import type { BinEvent, Reading, ReadingKind } from "@jumpa-madu/contracts/readings";
import type { Page, PageRequest } from "../rows/page.ts";

/** A reading with what the catalogue knows of it: who sent it, its number there, and where its place is. */
export interface TelemetryPoint {
  node: string;
  /** Waste bank or depot that the node stands at; "" when none. */
  site: string;
  /** District of the bin; "" when the reading has none. */
  zone: string;
  seq: number;
  /** When ingest received it, in milliseconds since 1970. */
  receivedMs: number;
  reading: Reading;
}

/** What became of a write. Anything else than these is thrown. */
export type WriteOutcome =
  /** All points are durable, except the refused ones, each with the engine's own words; those will never fit. */
  | { kind: "stored"; refused: { point: TelemetryPoint; reason: string }[] }
  /** Nothing is known to be durable; the same points may be written again later. */
  | { kind: "unavailable"; reason: string; retryAfterMs?: number }
  /** The store will refuse everything until a person mends it: credentials, missing database. */
  | { kind: "halted"; reason: string };

/** Functions by which a window of time is summed up. */
export const WINDOW_FUNCTIONS = ["mean", "min", "max", "last", "count"] as const;
export type WindowFunction = (typeof WINDOW_FUNCTIONS)[number];

/** Numeric fields that can be asked for, by measurement. */
export const NUMERIC_FIELDS = {
  bin_level: ["fill", "distance_mm", "temp_c", "tilt_deg", "battery"],
  bin_event: ["fill_before", "fill_after", "temp_c", "distance_m"],
  scale_weight: ["weight_g"],
  edge_health: ["outbox_readings", "outbox_records", "memory_mb", "ports_open", "ports_total"],
} as const satisfies Record<ReadingKind, readonly string[]>;

/**
 * How far ahead of now a point may be to count as the latest, in milliseconds: five minutes. A clock that is further
 * ahead would hide all true points until its time has come.
 */
export const LATEST_AHEAD_MS_MAX = 300_000;

/** Most rows that one query may answer. A query that would answer more is refused with RangeError. */
export const QUERY_ROWS_MAX = 50_000;

/** A question about one field of one measurement. */
export interface TelemetryQuery {
  measurement: ReadingKind;
  /** One of NUMERIC_FIELDS of the measurement. */
  field: string;
  /** Series asked for; each given tag narrows the answer. `bin`, `scale` and `node` are lists of names. */
  where: { bin?: string[]; scale?: string[]; node?: string[]; zone?: string };
  /** Inclusive, milliseconds since 1970. */
  fromMs: number;
  /** Exclusive, milliseconds since 1970. */
  toMs: number;
  /** Width of a window in milliseconds, aligned to 1970; null for raw readings. */
  everyMs: number | null;
  fn: WindowFunction;
}

/** One answer: the series it belongs to (bin, scale or node), the start of its window or its own time, and the value. */
export interface TelemetryRow {
  series: string;
  t: number;
  value: number;
}

/** Latest believed level of a bin. */
export interface LatestLevel {
  bin: string;
  t: number;
  distanceMm: number;
  fill: number | null;
  quality: string;
}

/** Latest weight of a scale. */
export interface LatestWeight {
  scale: string;
  t: number;
  weightG: number;
  stable: boolean | null;
}

/** Which events of bins are asked for. What is null does not narrow the answer. */
export interface BinEventQuery {
  bins: string[] | null;
  zone: string | null;
  events: BinEvent["event"][] | null;
  /** Inclusive, milliseconds since 1970. */
  fromMs: number | null;
  /** Exclusive, milliseconds since 1970. */
  toMs: number | null;
}

/** Something that happened to a bin. */
export interface BinEventRow {
  bin: string;
  t: number;
  /** District of the bin when it happened; null when it had none. */
  zone: string | null;
  event: BinEvent["event"];
  /** Filled share before and after, of an emptying. */
  fillBefore: number | null;
  fillAfter: number | null;
}

export interface TelemetryStore {
  /** Makes databases, tables and retention rules that are missing. Throws StoreError when the engine cannot be used. */
  prepare(): Promise<void>;
  /** Writes points; durable when it answers "stored". At most 5,000 points a call. */
  write(points: TelemetryPoint[]): Promise<WriteOutcome>;
  /** Rows in order of (series, t). Rejected levels are left out of `fill` and `distance_mm`. Empty windows give no row. */
  query(query: TelemetryQuery): Promise<TelemetryRow[]>;
  /**
   * Latest level of each bin that is not rejected; bins without one are absent. All bins when `bins` is null. What is
   * more than `LATEST_AHEAD_MS_MAX` ahead of now is passed over.
   */
  latestLevels(bins: string[] | null): Promise<LatestLevel[]>;
  /** Latest weight of each scale, in the same way. */
  latestWeights(scales: string[] | null): Promise<LatestWeight[]>;
  /**
   * Events of bins, newest first; those of one millisecond in falling order of their bins. Events whose name only a newer
   * program knows are passed over. Throws RangeError when the page's limit or cursor is none of this list's.
   */
  binEvents(query: BinEventQuery, page: PageRequest): Promise<Page<BinEventRow>>;
  /** Points of a measurement that are stored: for proofs and benchmarks, slow on a large store. */
  count(measurement: ReadingKind): Promise<number>;
  /** Answers when the engine is reachable and its database exists; else throws StoreError. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
