/** What a verification of the books finds, and how it walks through large tables. */
import { type RawBuilder, sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";

/** One row that breaks a promise of the books. */
export interface Violation {
  table: string;
  /** Key of the row; of a ledger when the promise is about all of its accounts. */
  id: string;
  /** The promise in words, such as `debits_posted equals the transfers`. */
  what: string;
  expected: number | string | null;
  found: number | string | null;
}

/** A span of ids, `above` excluded and `upto` included, that a check looks at in one statement. */
export interface Page {
  above: string;
  upto: string;
}

/**
 * One promise: a statement over one page that answers a row for each breach. One statement sees one state of the
 * database, so a check is right while others write.
 */
export interface Check {
  /** Table whose rows are walked; its key is the text column `id`. */
  table: keyof Tables;
  breaches(page: Page): RawBuilder<Violation>;
}

/** Rows of one page: a page of transfers takes a few milliseconds. */
const PAGE_ROWS = 500;

/** The pages of a table, in the order of its ids. */
export async function* pagesOf(db: Db, table: Check["table"]): AsyncGenerator<Page> {
  let above = "";
  for (;;) {
    const { rows } = await sql<{ id: string }>`
      select max(id) as id from (select id from ${sql.table(table)} where id > ${above} order by id limit ${PAGE_ROWS}) p
      having max(id) is not null`.execute(db);
    const last = rows[0];
    if (last === undefined) return;
    yield { above, upto: last.id };
    above = last.id;
  }
}

/** Condition that a column lies in the page. */
export function within(column: string, { above, upto }: Page): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} > ${above} and ${sql.ref(column)} <= ${upto}`;
}
