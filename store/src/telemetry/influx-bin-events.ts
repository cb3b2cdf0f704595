/**
 * Events of bins in InfluxDB, newest first.
 *
 * InfluxQL cannot compare names, so the events of one millisecond come in an order of its own, of which a LIMIT keeps
 * any. Hence the milliseconds at both ends of a page are read whole: one row of each bin at most.
 */
import type { Page, PageRequest } from "../rows/page.ts";
import type { AnswerSeries } from "./influx-read.ts";
import { selectBinEventsWithin } from "./influx-statements.ts";
import { type BinEventQuestion, binEventOf, binEventPage, binEventQuestionOf } from "./telemetry-query.ts";
import type { BinEventQuery, BinEventRow } from "./telemetry-store.ts";

const DAY_MS = 86_400_000;

/** How far back a page is looked for, nearest first: a statement opens the files of all its days, however few it needs. */
const SPANS_MS = [DAY_MS, 8 * DAY_MS, Number.POSITIVE_INFINITY];

type Run = (statement: string) => Promise<AnswerSeries[]>;

/** Reads one page. Throws RangeError when the page is none of this list's. */
export async function readBinEvents(
  run: Run,
  query: BinEventQuery,
  page: PageRequest,
): Promise<Page<BinEventRow>> {
  const question = binEventQuestionOf(query, page);
  if (question === null) return { items: [], next: null };
  const { after, limit, fromMs, toMs } = question;
  const moment = (t: number) => rowsWithin(run, question, { fromMs: t, toMs: t });
  const rows: BinEventRow[] = [];
  if (after !== null && after.t >= fromMs && after.t < toMs) {
    rows.push(...(await moment(after.t)).filter(({ bin }) => bin < after.bin));
  }
  if (rows.length <= limit) {
    const older = await readOlder(run, question);
    const last = older.length > limit ? older.at(-1) : undefined;
    rows.push(...older.filter(({ t }) => t !== last?.t));
    if (last !== undefined) rows.push(...(await moment(last.t)));
  }
  return binEventPage(rows.sort(inOrder), limit);
}

/** Events before the cursor's millisecond: one more than the page has, or all that there are. */
async function readOlder(run: Run, question: BinEventQuestion): Promise<BinEventRow[]> {
  const { fromMs, after, limit } = question;
  const lastMs = Math.min(question.toMs, after?.t ?? Number.POSITIVE_INFINITY) - 1;
  const nearMs = Math.min(lastMs, Date.now());
  const rows: BinEventRow[] = [];
  let toMs = lastMs;
  for (const spanMs of SPANS_MS) {
    const span = { fromMs: Math.max(fromMs, nearMs - spanMs), toMs };
    if (span.toMs < span.fromMs) continue;
    rows.push(...(await rowsWithin(run, question, span, limit + 1 - rows.length)));
    if (rows.length > limit) break;
    toMs = span.fromMs - 1;
  }
  return rows;
}

async function rowsWithin(
  run: Run,
  question: BinEventQuestion,
  span: { fromMs: number; toMs: number },
  rowsMax: number | null = null,
): Promise<BinEventRow[]> {
  const [series] = await run(selectBinEventsWithin(question, span, rowsMax));
  return (series?.values ?? []).flatMap(([t, name, fillBefore, fillAfter, bin, zone]) => {
    const event = binEventOf(name);
    if (event === null) return [];
    const row: BinEventRow = {
      bin: String(bin),
      t: Number(t),
      zone: typeof zone === "string" && zone !== "" ? zone : null,
      event,
      fillBefore: typeof fillBefore === "number" ? fillBefore : null,
      fillAfter: typeof fillAfter === "number" ? fillAfter : null,
    };
    return [row];
  });
}

function inOrder(a: BinEventRow, b: BinEventRow): number {
  return b.t - a.t || (a.bin < b.bin ? 1 : -1);
}
