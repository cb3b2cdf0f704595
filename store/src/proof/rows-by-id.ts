/** Whole rows of a table as they are fingerprinted: read by ids, many at a time. */
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";

/** Rows whose column `key` has one of these ids, by that id, each group in the order of a column. Bytes are in base64. */
export async function rowsById(
  db: Db,
  table: keyof Tables,
  { key, ids, order }: { key: string; ids: string[]; order: string },
): Promise<Map<string, Record<string, unknown>[]>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<Record<string, unknown>>`
    select * from ${sql.table(table)} where ${sql.ref(key)} in (${sql.join(ids)}) order by ${sql.ref(order)}`.execute(
    db,
  );
  return Map.groupBy(rows.map(plain), (row) => String(row[key]));
}

/** Columns of a row: these alone, or all but others. */
export function columnsOf(
  row: Record<string, unknown>,
  { only, except }: { only?: readonly string[] | undefined; except?: readonly string[] | undefined },
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).filter(([column]) => only?.includes(column) ?? !except?.includes(column)),
  );
}

/** The two engines read bytes as objects of different classes. */
function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
    ]),
  );
}
