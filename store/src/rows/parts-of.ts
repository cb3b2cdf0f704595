/** Cuts rows into parts that one insert takes: SQLite allows 32,766 values a statement. */

/** Rows of one insert, of up to 32 columns. */
const INSERT_ROWS = 1_000;

/** The rows in order, in parts of at most 1,000. */
export function* partsOf<Row>(rows: Row[]): Generator<Row[]> {
  for (let from = 0; from < rows.length; from += INSERT_ROWS) yield rows.slice(from, from + INSERT_ROWS);
}
