/**
 * Telemetry store in a SQLite file of its own: for one waste bank, where InfluxDB would be too much.
 *
 * Several processes may have the file open: one writer at a time, readers beside it (WAL). Calls are answered at once
 * but block the process while they run: some 30 ms for 5,000 points.
 */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import type { ReadingKind } from "@jumpa-madu/contracts/readings";
import { StoreError } from "../store-error.ts";
import {
  type FieldValue,
  fieldsOf,
  MEASUREMENT_NAMES,
  MEASUREMENTS,
  RAW_DAYS,
  seriesOf,
  tagFault,
} from "./measurement-schema.ts";
import { createSqliteFile, LAYOUT, parseSqliteUrl, type SqliteFile } from "./sqlite-file.ts";
import {
  CREATE_EVENT_INDEX,
  createTable,
  deleteBefore,
  selectBinEvents,
  selectLatest,
  selectRows,
  upsert,
} from "./sqlite-schema.ts";
import { sqliteTroubleOf } from "./sqlite-trouble.ts";
import {
  binEventOf,
  binEventPage,
  binEventQuestionOf,
  checkBatch,
  checkQuery,
  filtersOf,
  tooManyRows,
} from "./telemetry-query.ts";
import {
  type BinEventRow,
  LATEST_AHEAD_MS_MAX,
  QUERY_ROWS_MAX,
  type TelemetryPoint,
  type TelemetryStore,
  type WriteOutcome,
} from "./telemetry-store.ts";

const DAY_MS = 86_400_000;

/** Time between two removals of what is too old, in milliseconds: an hour, so that each has little to remove. */
export const PRUNE_EVERY_MS = 3_600_000;

/** Opens a store in the file of `url` (`parseSqliteUrl`). The file is opened at the first call, not here. */
export function openSqliteTelemetry(url: string): TelemetryStore {
  const file = createSqliteFile(parseSqliteUrl(url));
  let prunedMs = 0;
  return {
    async prepare() {
      asking(file, () => prepareTables(file.open("create")));
      prunedMs = Date.now();
    },
    async write(points) {
      checkBatch(points);
      const isPruneDue = Date.now() - prunedMs >= PRUNE_EVERY_MS;
      const outcome = writePoints(file, points, { isPruneDue });
      if (isPruneDue && outcome.kind === "stored") prunedMs = Date.now();
      return outcome;
    },
    async query(query) {
      checkQuery(query);
      const filters = filtersOf(query);
      if (filters === null) return [];
      const { sql, parameters } = selectRows(query, filters, QUERY_ROWS_MAX);
      const rows = asking(file, () => file.open().prepare(sql).all(parameters));
      if (rows.length > QUERY_ROWS_MAX) throw tooManyRows(QUERY_ROWS_MAX);
      return rows.map(({ series, t, value }) => ({
        series: String(series),
        t: Number(t),
        value: Number(value),
      }));
    },
    async latestLevels(bins) {
      const sql = selectLatest("bin_level", ["distance_mm", "fill", "quality"], "q.quality <> 'rejected'");
      const rows = asking(file, () =>
        file
          .open()
          .prepare(sql)
          .all(bins && JSON.stringify(bins), Date.now() + LATEST_AHEAD_MS_MAX),
      );
      return rows.map(({ series, t, distance_mm, fill, quality }) => ({
        bin: String(series),
        t: Number(t),
        distanceMm: Number(distance_mm),
        fill: fill === null ? null : Number(fill),
        quality: String(quality),
      }));
    },
    async latestWeights(scales) {
      const sql = selectLatest("scale_weight", ["weight_g", "stable"], "TRUE");
      const rows = asking(file, () =>
        file
          .open()
          .prepare(sql)
          .all(scales && JSON.stringify(scales), Date.now() + LATEST_AHEAD_MS_MAX),
      );
      return rows.map(({ series, t, weight_g, stable }) => ({
        scale: String(series),
        t: Number(t),
        weightG: Number(weight_g),
        stable: stable === null ? null : stable === 1,
      }));
    },
    async binEvents(query, page) {
      const question = binEventQuestionOf(query, page);
      if (question === null) return { items: [], next: null };
      const { sql, parameters } = selectBinEvents(question);
      const rows = asking(file, () => file.open().prepare(sql).all(parameters));
      return binEventPage(rows.flatMap(binEventRowOf), question.limit);
    },
    async count(measurement: ReadingKind) {
      const row = asking(file, () =>
        file.open().prepare(`SELECT count(*) AS points FROM "${measurement}"`).get(),
      );
      return Number(row?.points);
    },
    async ping() {
      asking(file, () => file.open());
    },
    async close() {
      file.close();
    },
  };
}

/** Makes missing tables and removes points that are older than `RAW_DAYS`. */
function prepareTables(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  for (const measurement of MEASUREMENT_NAMES) database.exec(createTable(measurement));
  database.exec(CREATE_EVENT_INDEX);
  prune(database);
  database.exec(`PRAGMA user_version = ${LAYOUT}`);
  database.exec("COMMIT");
}

/** Removes what is older than `RAW_DAYS`; within the caller's transaction. */
function prune(database: DatabaseSync): void {
  for (const measurement of MEASUREMENT_NAMES) database.prepare(deleteBefore(measurement)).run(oldestMs());
}

function writePoints(
  file: SqliteFile,
  points: TelemetryPoint[],
  { isPruneDue }: { isPruneDue: boolean },
): WriteOutcome {
  const refused: { point: TelemetryPoint; reason: string }[] = [];
  try {
    const database = file.open();
    database.exec("BEGIN IMMEDIATE");
    if (isPruneDue) prune(database);
    const statements = new Map<ReadingKind, StatementSync>();
    for (const point of points) {
      const { kind } = point.reading;
      const statement = statements.get(kind) ?? database.prepare(upsert(kind));
      statements.set(kind, statement);
      const reason = tagFault(point) ?? ageFault(point) ?? writePoint(statement, point);
      if (reason !== null) refused.push({ point, reason });
    }
    database.exec("COMMIT");
    return { kind: "stored", refused };
  } catch (error) {
    file.close();
    return outcomeOf(error);
  }
}

/** Writes one point; answers SQLite's words when it refuses the point, which leaves the transaction as it was. */
function writePoint(statement: StatementSync, point: TelemetryPoint): string | null {
  const { reading, node, site, zone, seq, receivedMs } = point;
  const values: SQLInputValue[] = [seriesOf(point), reading.t, node, site, zone];
  const fields = fieldsOf(point);
  for (const { name } of MEASUREMENTS[reading.kind].fields) values.push(toSqlite(fields[name]));
  values.push(seq, receivedMs);
  try {
    statement.run(...values);
    return null;
  } catch (error) {
    if (sqliteTroubleOf(error) === "refused" && error instanceof Error) return error.message;
    throw error;
  }
}

function toSqlite(value: FieldValue): SQLInputValue {
  if (value === undefined) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  // SQLite takes NaN for NULL, and so would keep a point with a hole; a text is refused by the column's type.
  return Number.isNaN(value) ? "NaN" : value;
}

function binEventRowOf(row: Record<string, SQLOutputValue>): BinEventRow[] {
  const event = binEventOf(row.event);
  if (event === null) return [];
  const numberOf = (value: SQLOutputValue | undefined) => (typeof value === "number" ? value : null);
  return [
    {
      bin: String(row.series),
      t: Number(row.t),
      zone: row.zone === "" ? null : String(row.zone),
      event,
      fillBefore: numberOf(row.fill_before),
      fillAfter: numberOf(row.fill_after),
    },
  ];
}

function ageFault({ reading }: TelemetryPoint): string | null {
  return reading.t < oldestMs() ? `older than the ${RAW_DAYS} days that are kept` : null;
}

function oldestMs(): number {
  return Date.now() - RAW_DAYS * DAY_MS;
}

function outcomeOf(error: unknown): WriteOutcome {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof StoreError) return { kind: "halted", reason };
  const trouble = sqliteTroubleOf(error);
  if (trouble === "unavailable" || trouble === "halted") return { kind: trouble, reason };
  throw error;
}

/** Runs a question; an error closes the file, so that the next call finds it as it then is, and is told as StoreError. */
function asking<T>(file: SqliteFile, question: () => T): T {
  try {
    return question();
  } catch (error) {
    file.close();
    const trouble = sqliteTroubleOf(error);
    if (trouble === "unknown" || !(error instanceof Error)) throw error;
    const code = trouble === "unavailable" ? "unavailable" : "no_database";
    throw new StoreError(code, `telemetry file ${file.path}: ${error.message}`, { cause: error });
  }
}
