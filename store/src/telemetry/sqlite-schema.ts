/** Tables of the telemetry file and the statements over them, all drawn from the table of measurements. */
import type { ReadingKind } from "@jumpa-madu/contracts/readings";
import { ENVELOPE_FIELDS, type Field, MEASUREMENTS, skipsRejected } from "./measurement-schema.ts";
import type { BinEventQuestion, TagFilter } from "./telemetry-query.ts";
import type { TelemetryQuery } from "./telemetry-store.ts";

const KEY_COLUMNS = ["series", "t", "node", "site", "zone"] as const;

/** All fields of a measurement, those of the envelope last. */
function columnsOf(measurement: ReadingKind): readonly Field[] {
  return [...MEASUREMENTS[measurement].fields, ...ENVELOPE_FIELDS];
}

/**
 * The table of a measurement: a row is a point, sorted by series and time, so that one series over time is one range.
 *
 * STRICT refuses a wrong type and NOT NULL a NaN, which SQLite takes for NULL; the CHECK refuses infinity. So one bad
 * point is refused by the engine as InfluxDB would refuse it.
 */
export function createTable(measurement: ReadingKind): string {
  const columns = columnsOf(measurement).map(
    (field) => `"${field.name}" ${sqlType(field)}${field.optional ? "" : " NOT NULL"}${finiteCheck(field)}`,
  );
  return `CREATE TABLE IF NOT EXISTS "${measurement}" (
    series TEXT NOT NULL, t INTEGER NOT NULL, node TEXT NOT NULL, site TEXT NOT NULL, zone TEXT NOT NULL,
    ${columns.join(", ")},
    PRIMARY KEY (series, t)
  ) STRICT, WITHOUT ROWID`;
}

/** The index by which events of all bins are read from the newest on; no other measurement is read so. */
export const CREATE_EVENT_INDEX = "CREATE INDEX IF NOT EXISTS bin_event_by_time ON bin_event (t, series)";

/** Replaces the point of the same series and time; parameters are the key columns, then `columnsOf`. */
export function upsert(measurement: ReadingKind): string {
  const columns = [...KEY_COLUMNS, ...columnsOf(measurement).map(({ name }) => `"${name}"`)];
  return `INSERT OR REPLACE INTO "${measurement}" (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
}

/** Removes points older than the one parameter. */
export function deleteBefore(measurement: ReadingKind): string {
  return `DELETE FROM "${measurement}" WHERE (series, t) IN (
    ${eachSeries(measurement)} SELECT p.series, p.t FROM each CROSS JOIN "${measurement}" AS p
    ON p.series = each.name AND p.t < ?)`;
}

/**
 * The latest point of each series that `condition` lets through. Parameters: a JSON array of names, or null for all; the
 * latest time that counts.
 */
export function selectLatest(measurement: ReadingKind, columns: string[], condition: string): string {
  return `${eachSeries(measurement)} SELECT p.series, p.t, ${columns.join(", ")} FROM each CROSS JOIN "${measurement}" AS p
    ON p.series = each.name AND p.t = (SELECT t FROM "${measurement}" AS q WHERE q.series = each.name AND q.t <= ?2
    AND ${condition} ORDER BY t DESC LIMIT 1) WHERE ?1 IS NULL OR each.name IN (SELECT value FROM json_each(?1)) ORDER BY p.series`;
}

/** A statement with its parameters. */
export interface Statement {
  sql: string;
  parameters: Record<string, number | string>;
}

/** The statement that answers a question with columns series, t, value, at most `rowsMax` + 1 rows. */
export function selectRows(query: TelemetryQuery, filters: TagFilter[], rowsMax: number): Statement {
  const { measurement, field, everyMs } = query;
  const { seriesTag } = MEASUREMENTS[measurement];
  const parameters: Record<string, number | string> = {
    from: query.fromMs,
    to: query.toMs,
    rows: rowsMax + 1,
  };
  const conditions = [`p."${field}" IS NOT NULL`];
  let series = `FROM each`;
  for (const { tag, names } of filters) {
    parameters[tag] = JSON.stringify(names);
    const listed = `(SELECT value FROM json_each($${tag}))`;
    if (tag === seriesTag)
      series = `FROM (SELECT value AS name FROM json_each($${tag}) GROUP BY value) AS each`;
    else conditions.push(`p."${tag}" IN ${listed}`);
  }
  if (skipsRejected(measurement, field)) conditions.push("p.quality <> 'rejected'");
  const points = `${series} CROSS JOIN "${measurement}" AS p
    ON p.series = each.name AND p.t >= $from AND p.t < $to WHERE ${conditions.join(" AND ")}`;
  if (everyMs !== null) parameters.every = everyMs;
  const sql = `${series === "FROM each" ? eachSeries(measurement) : ""} ${everyMs === null ? raw(field) : windowed(query)}
    ${points} ${everyMs === null ? "" : "GROUP BY 1, 2"} ORDER BY 1, 2 LIMIT $rows`;
  return { sql, parameters };
}

/** The statement that answers a question for events, newest first, at most one row more than the page has. */
export function selectBinEvents(question: BinEventQuestion): Statement {
  const { filters, events, fromMs, toMs, after, limit } = question;
  const parameters: Record<string, number | string> = {
    events: JSON.stringify(events),
    from: fromMs,
    to: toMs,
    rows: limit + 1,
  };
  const conditions = ["t >= $from AND t < $to AND event IN (SELECT value FROM json_each($events))"];
  for (const { tag, names } of filters) {
    parameters[tag] = JSON.stringify(names);
    conditions.push(`${tag === "bin" ? "series" : tag} IN (SELECT value FROM json_each($${tag}))`);
  }
  if (after !== null) {
    Object.assign(parameters, { after: after.t, afterBin: after.bin });
    conditions.push("(t, series) < ($after, $afterBin)");
  }
  const sql = `SELECT series, t, zone, event, fill_before, fill_after FROM bin_event
    WHERE ${conditions.join(" AND ")} ORDER BY t DESC, series DESC LIMIT $rows`;
  return { sql, parameters };
}

function raw(field: string): string {
  return `SELECT p.series, p.t, p."${field}" AS value`;
}

function windowed({ field, fn }: TelemetryQuery): string {
  const start = "SELECT p.series, p.t - p.t % $every AS t,";
  // Beside max() SQLite takes a bare column from the row of the maximum: https://www.sqlite.org/lang_select.html#bareagg
  if (fn === "last") return `${start} p."${field}" AS value, max(p.t)`;
  return `${start} ${fn === "mean" ? "avg" : fn}(p."${field}") AS value`;
}

/** Names of all series: hops from one to the next in the index, and never reads the points between. */
function eachSeries(measurement: ReadingKind): string {
  return `WITH RECURSIVE each(name) AS (
    SELECT min(series) FROM "${measurement}"
    UNION ALL
    SELECT (SELECT min(series) FROM "${measurement}" WHERE series > each.name) FROM each WHERE each.name IS NOT NULL)`;
}

function sqlType({ type }: Field): string {
  switch (type) {
    case "float":
      return "REAL";
    case "string":
      return "TEXT";
    case "integer":
    case "boolean":
      return "INTEGER";
  }
}

function finiteCheck({ name, type }: Field): string {
  return type === "float" ? ` CHECK (abs("${name}") < 9e999)` : "";
}
