/** Answers with a list: one page as JSON, or all of it as CSV. */
import { Readable } from "node:stream";
import { PAGE_ROWS_MAX, type Page, type PageRequest } from "@jumpa-madu/store/page";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { TSchema } from "typebox";
import { ProblemError } from "../problem-error.ts";
import { type CsvColumn, csvColumnsOf, csvHeader, csvLine } from "./csv.ts";

/** Rows of a page when the request does not say. */
export const PAGE_ROWS_DEFAULT = 100;

/** Where a list comes from. */
export interface ListSource<Item> {
  /** Schema of one item: the columns of the CSV, where `csv` gives no others. */
  item: TSchema;
  /** Rows of the CSV where an item is several of them: their schema, and those of a page. `limit` counts items all the same. */
  csv?: { row: TSchema; rowsOf(items: Item[]): Promise<object[]> };
  /** Reads a page. Throws RangeError when the cursor is none of this list's. */
  read(page: PageRequest): Promise<Page<Item>>;
}

/** The part of a query that every list has. */
export interface ListQuery {
  limit?: number;
  after?: string;
  format?: "json" | "csv";
}

/** Reads and sends. CSV runs page by page to the end of the list, so its length costs no memory; `limit` ends it early. */
export async function sendList<Item>(
  { query, headers }: { query: ListQuery; headers: FastifyRequest["headers"] },
  reply: FastifyReply,
  source: ListSource<Item>,
): Promise<void> {
  if (!wantsCsv(query, headers.accept)) {
    const page = await readPage(source, {
      limit: query.limit ?? PAGE_ROWS_DEFAULT,
      after: query.after ?? null,
    });
    await reply.send(page);
    return;
  }
  const columns = csvColumnsOf(source.csv?.row ?? source.item);
  const rowsMax = query.limit ?? Number.POSITIVE_INFINITY;
  const limit = Math.min(rowsMax, PAGE_ROWS_MAX);
  // The first page is read before anything is sent: until then trouble can still be told as a problem.
  const first = await readPage(source, { limit, after: query.after ?? null });
  await sendCsv(reply, Readable.from(csvOf(source, { columns, first, rowsMax })));
}

/** True when CSV is asked for. */
export function wantsCsv(query: ListQuery, accept: string | undefined): boolean {
  return query.format === undefined ? /\btext\/csv\b/i.test(accept ?? "") : query.format === "csv";
}

/** Sends CSV from a stream or a text; ends when it is sent, for a handler that ends before makes Fastify send again. */
export async function sendCsv(reply: FastifyReply, body: Readable | string): Promise<void> {
  await reply.type("text/csv; charset=utf-8; header=present").header("vary", "accept").send(body);
}

async function* csvOf<Item>(
  source: ListSource<Item>,
  { columns, first, rowsMax }: { columns: CsvColumn[]; first: Page<Item>; rowsMax: number },
): AsyncGenerator<string> {
  yield csvHeader(columns);
  let page = first;
  let left = rowsMax;
  for (;;) {
    const rows: unknown[] = (await source.csv?.rowsOf(page.items)) ?? page.items;
    yield rows.map((item) => csvLine(columns, item)).join("");
    left -= page.items.length;
    if (page.next === null || left <= 0) return;
    page = await source.read({ limit: Math.min(left, PAGE_ROWS_MAX), after: page.next });
  }
}

/** Reads one page. Throws ProblemError `invalid` when the cursor is none of this list's. */
export async function readPage<Item>(
  source: Pick<ListSource<Item>, "read">,
  page: PageRequest,
): Promise<Page<Item>> {
  try {
    return await source.read(page);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ProblemError("invalid", "the cursor is not one of this list", {
      faults: [{ path: "/querystring/after", message: "take it from `next` of the page before" }],
      cause,
    });
  }
}
