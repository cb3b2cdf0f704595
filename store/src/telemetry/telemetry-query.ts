/** Checks of questions, the same for every engine. */
import { isName } from "@jumpa-madu/contracts/ids";
import { BIN_EVENTS, type BinEvent } from "@jumpa-madu/contracts/readings";
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import { momentCursor, PAGE_ROWS_MAX, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { isNumericField, MEASUREMENTS, type SeriesTag } from "./measurement-schema.ts";
import {
  type BinEventQuery,
  type BinEventRow,
  type TelemetryPoint,
  type TelemetryQuery,
  WINDOW_FUNCTIONS,
} from "./telemetry-store.ts";

/** Tags that a question narrows, each with the names that it lets through. */
export interface TagFilter {
  tag: SeriesTag | "zone";
  names: string[];
}

/** Most points that one write may hold. A write of more is refused with RangeError. */
const POINTS_MAX = 5_000;

/** Throws RangeError when a write holds more points than `POINTS_MAX`. */
export function checkBatch(points: TelemetryPoint[]): void {
  if (points.length > POINTS_MAX)
    throw new RangeError(`${points.length} points in one write, most are ${POINTS_MAX}`);
}

/** Throws RangeError when a question names an unknown field or has an impossible time. */
export function checkQuery(query: TelemetryQuery): void {
  if (!Object.hasOwn(MEASUREMENTS, query.measurement)) {
    throw new RangeError(`no measurement ${query.measurement}`);
  }
  if (!isNumericField(query.measurement, query.field)) {
    throw new RangeError(`${query.measurement} has no numeric field ${query.field}`);
  }
  if (!WINDOW_FUNCTIONS.includes(query.fn)) throw new RangeError(`no function ${query.fn}`);
  if (!Number.isSafeInteger(query.fromMs) || !Number.isSafeInteger(query.toMs)) {
    throw new RangeError("fromMs and toMs must be whole milliseconds");
  }
  if (query.everyMs !== null && !(Number.isSafeInteger(query.everyMs) && query.everyMs > 0)) {
    throw new RangeError("everyMs must be a whole number of milliseconds above 0");
  }
}

/**
 * Filters of a question. Null when nothing can match: a filter without names, or on a tag that the measurement lacks.
 *
 * A text that is no name is left out, for nothing was ever stored under it. So all that remains may stand in the text
 * of a query without escaping.
 */
export function filtersOf({
  measurement,
  where,
}: Pick<TelemetryQuery, "measurement" | "where">): TagFilter[] | null {
  const filters: TagFilter[] = [];
  const { seriesTag } = MEASUREMENTS[measurement];
  for (const tag of ["bin", "scale", "node", "zone"] as const) {
    const asked = tag === "zone" ? listOf(where.zone) : where[tag];
    if (asked === undefined) continue;
    const names = asked.filter(isName);
    const known = tag === seriesTag || tag === "node" || tag === "zone";
    if (!known || names.length === 0) return null;
    filters.push({ tag, names });
  }
  return filters;
}

/** A question for one page of events, checked: all of it may stand in the text of a statement. */
export interface BinEventQuestion {
  filters: TagFilter[];
  events: readonly BinEvent["event"][];
  /** Inclusive, and within what a reading's time can be, whatever was asked. */
  fromMs: number;
  /** Exclusive, in the same way. */
  toMs: number;
  /** The event after which the page begins; null for the first page. */
  after: { t: number; bin: string } | null;
  limit: number;
}

/** Form of the cursor of events: `momentCursor` of time and bin. */
const EVENT_CURSOR = /^([0-9]{1,15})~([a-z0-9-]{1,64})$/;

/** Checks a question for events; null when nothing can match. Throws RangeError when the page is none of this list's. */
export function binEventQuestionOf(query: BinEventQuery, page: PageRequest): BinEventQuestion | null {
  const { limit, after } = page;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= PAGE_ROWS_MAX))
    throw new RangeError(`a page has 1 to ${PAGE_ROWS_MAX} rows`);
  const [cursor, at = "", bin = ""] = after === null ? [] : (EVENT_CURSOR.exec(after) ?? []);
  if (after !== null && cursor === undefined) throw new RangeError("the cursor is not one of this list");
  const filters = filtersOf({
    measurement: "bin_event",
    where: { ...(query.bins && { bin: query.bins }), ...(query.zone !== null && { zone: query.zone }) },
  });
  const asked = query.events;
  const events = asked === null ? BIN_EVENTS : BIN_EVENTS.filter((event) => asked.includes(event));
  const fromMs = Math.max(query.fromMs ?? EPOCH_MS_MIN, EPOCH_MS_MIN);
  const toMs = Math.min(query.toMs ?? EPOCH_MS_MAX, EPOCH_MS_MAX);
  if (filters === null || events.length === 0 || fromMs >= toMs) return null;
  return {
    filters,
    events,
    fromMs,
    toMs,
    limit,
    after: cursor === undefined ? null : { t: Number(at), bin },
  };
}

/** The name of an event; null for one that this program does not know. */
export function binEventOf(name: unknown): BinEvent["event"] | null {
  return BIN_EVENTS.find((event) => event === name) ?? null;
}

/** Makes a page of up to `limit + 1` events in their order. */
export function binEventPage(rows: BinEventRow[], limit: number): Page<BinEventRow> {
  return pageOf(rows, limit, ({ t, bin }) => momentCursor(t, bin));
}

/** Most rows that a question can be answered with, as far as it can be told without asking; may be Infinity. */
export function rowsBound(query: TelemetryQuery): number {
  const series = query.where[MEASUREMENTS[query.measurement].seriesTag]?.length ?? Number.POSITIVE_INFINITY;
  const spanMs = Math.max(0, query.toMs - query.fromMs);
  // A window may begin before fromMs and one may end after toMs, hence one more. Raw points are unique by millisecond.
  return series * (query.everyMs === null ? spanMs : Math.ceil(spanMs / query.everyMs) + 1);
}

/** The refusal of a question whose answer is too long. */
export function tooManyRows(rowsMax: number): RangeError {
  return new RangeError(
    `the answer has more than ${rowsMax} rows: ask for less time, fewer series or wider windows`,
  );
}

function listOf(name: string | undefined): string[] | undefined {
  return name === undefined ? undefined : [name];
}
