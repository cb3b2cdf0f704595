/** Pages of a list. A list is read by cursor: where the last page ended, not how many rows to skip, so that rows which arrive meanwhile neither repeat nor hide others. */
import { type RawBuilder, sql } from "kysely";

/** Most rows of one page. */
export const PAGE_ROWS_MAX = 500;

/** Which page is asked for. `after`: the cursor that the page before gave, null for the first. */
export interface PageRequest {
  /** 1 to PAGE_ROWS_MAX. */
  limit: number;
  after: string | null;
}

/** One page. `next`: cursor of the page that follows, null at the end. */
export interface Page<Row> {
  items: Row[];
  next: string | null;
}

/** Form of the cursor of a list that runs by time: milliseconds, `~`, and the ids that tell equal times apart. */
export const MOMENT_CURSOR_PATTERN = "^[0-9]{1,15}~[A-Za-z0-9_/~:-]{1,300}$";

/** Makes a page of up to `limit + 1` rows: the row too many only tells that there is a next page. */
export function pageOf<Row>(rows: Row[], limit: number, cursorOf: (last: Row) => string): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** Cursor of a row in a list by time. */
export function momentCursor(atMs: number, ...ids: string[]): string {
  return [atMs, ...ids].join("~");
}

/**
 * Condition that a row stands behind the cursor in a list from the newest to the oldest.
 *
 * `columns`: the time and the ids, as the list is ordered. Throws RangeError when the cursor is none of this list's.
 */
export function isBefore(columns: string[], cursor: string): RawBuilder<boolean> {
  const [at, ...ids] = cursor.split("~");
  const atMs = Number(at);
  if (!Number.isSafeInteger(atMs) || ids.length !== columns.length - 1) {
    throw new RangeError("the cursor is not one of this list");
  }
  const refs = sql.join(columns.map((column) => sql.ref(column)));
  return sql<boolean>`(${refs}) < (${sql.join([atMs, ...ids])})`;
}
