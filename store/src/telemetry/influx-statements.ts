/**
 * Text of InfluxQL statements.
 *
 * Nothing from outside is escaped, because nothing gets in that would need it: fields and functions come from closed
 * lists, times are integers, and names are `[a-z0-9-]+` (`filtersOf` leaves out the rest). Only the database and the
 * retention policy, which come from the URL, are quoted.
 */
import type { ReadingKind } from "@jumpa-madu/contracts/readings";
import { MEASUREMENTS, RAW_DAYS, skipsRejected } from "./measurement-schema.ts";
import type { BinEventQuestion, TagFilter } from "./telemetry-query.ts";
import type { TelemetryQuery } from "./telemetry-store.ts";

const NOT_REJECTED = "\"quality\" <> 'rejected'";

/** An identifier in double quotes. */
function quoteIdentifier(name: string): string {
  return `"${name.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/** The statement that answers a question; `filters` are those of `filtersOf`. */
export function selectOf(query: TelemetryQuery, filters: TagFilter[]): string {
  const { measurement, field, everyMs, fn } = query;
  const value = everyMs === null ? `"${field}"` : `${fn}("${field}")`;
  const by = MEASUREMENTS[measurement].seriesTag;
  const windows = everyMs === null ? "" : `, time(${everyMs}ms) fill(none)`;
  return `SELECT ${value} AS "value" FROM "${measurement}" WHERE ${conditionsOf(query, filters)} GROUP BY "${by}"${windows}`;
}

/** A statement whose one value is how many rows `selectOf` would answer. */
export function countRowsOf(query: TelemetryQuery, filters: TagFilter[]): string {
  return `SELECT count("value") AS "value" FROM (${selectOf(query, filters)})`;
}

/** Time asked for, in milliseconds, both ends included. `fromMs`: null for all that there is before. */
export interface TimeSpan {
  fromMs: number | null;
  toMs: number;
}

/** The latest believed level of each bin within a time; columns distance_mm, fill, quality. */
export function latestLevelsWithin(span: TimeSpan, bins: string[] | null): string {
  const where = [NOT_REJECTED, ...withinAnd(span, "bin", bins)].join(" AND ");
  return `SELECT last("distance_mm") AS "distance_mm", "fill", "quality" FROM "bin_level" WHERE ${where} GROUP BY "bin"`;
}

/** The latest weight of each scale within a time; columns weight_g, stable. */
export function latestWeightsWithin(span: TimeSpan, scales: string[] | null): string {
  const where = withinAnd(span, "scale", scales).join(" AND ");
  return `SELECT last("weight_g") AS "weight_g", "stable" FROM "scale_weight" WHERE ${where} GROUP BY "scale"`;
}

/**
 * Events within a time, both ends included, newest first, whatever their bins; columns event, fill_before, fill_after,
 * bin, zone. `rowsMax`: null for all.
 */
export function selectBinEventsWithin(
  { filters, events }: BinEventQuestion,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  rowsMax: number | null,
): string {
  const conditions = [`time >= ${fromMs}ms`, `time <= ${toMs}ms`, oneOf("event", events)];
  for (const { tag, names } of filters) conditions.push(oneOf(tag, names));
  const limit = rowsMax === null ? "" : ` LIMIT ${rowsMax}`;
  return `SELECT "event", "fill_before", "fill_after", "bin", "zone" FROM "bin_event" WHERE ${conditions.join(" AND ")} ORDER BY time DESC${limit}`;
}

/** All names that a tag of a measurement ever had; the names stand in the column `value`. */
export function tagValuesOf(measurement: ReadingKind, tag: string): string {
  return `SHOW TAG VALUES FROM "${measurement}" WITH KEY = "${tag}"`;
}

/** Points of a measurement, by a field that each of them has. */
export function countPointsOf(measurement: ReadingKind): string {
  return `SELECT count("seq") AS "value" FROM "${measurement}"`;
}

export function createDatabase(database: string): string {
  return `CREATE DATABASE ${quoteIdentifier(database)}`;
}

export function showRetentionPolicies(database: string): string {
  return `SHOW RETENTION POLICIES ON ${quoteIdentifier(database)}`;
}

/** Shards of a day, so that what is too old goes by whole files each day. */
export function createRetentionPolicy(database: string, policy: string): string {
  const [on, name] = [quoteIdentifier(database), quoteIdentifier(policy)];
  return `CREATE RETENTION POLICY ${name} ON ${on} DURATION ${RAW_DAYS}d REPLICATION 1 SHARD DURATION 1d`;
}

function conditionsOf(query: TelemetryQuery, filters: TagFilter[]): string {
  const conditions = [`time >= ${query.fromMs}ms`, `time < ${query.toMs}ms`];
  for (const { tag, names } of filters) conditions.push(oneOf(tag, names));
  if (skipsRejected(query.measurement, query.field)) conditions.push(NOT_REJECTED);
  return conditions.join(" AND ");
}

function withinAnd({ fromMs, toMs }: TimeSpan, tag: string, names: string[] | null): string[] {
  const conditions = [`time <= ${toMs}ms`];
  if (fromMs !== null) conditions.push(`time >= ${fromMs}ms`);
  if (names !== null) conditions.push(oneOf(tag, names));
  return conditions;
}

/** One name is compared, which the index answers at once; for several a regular expression is twice as fast as OR. */
function oneOf(tag: string, names: readonly string[]): string {
  return names.length === 1 ? `"${tag}" = '${names[0]}'` : `"${tag}" =~ /^(${names.join("|")})$/`;
}
