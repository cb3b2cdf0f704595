/** The passbook of a book: as JSON, as CSV, or as a page to print. */
import { readFileSync } from "node:fs";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Passbook, PassbookLine, PassbookQuery } from "@jumpa-madu/contracts/http/savings";
import { DAY_MS } from "@jumpa-madu/contracts/local-day";
import type { Book } from "@jumpa-madu/store/book-list";
import {
  holdsOf,
  type PassbookLine as LineRow,
  PASSBOOK_LINES_MAX,
  type PassbookPage,
  readPassbook,
} from "@jumpa-madu/store/passbook";
import { passbookNames } from "@jumpa-madu/store/passbook-names";
import type { FastifyReply } from "fastify";
import Type, { type Static } from "typebox";
import type { Rooms } from "../app.ts";
import { PAGE_ROWS_DEFAULT, sendList, wantsCsv } from "../lists/send-list.ts";
import { parseDays, toIso } from "../moments.ts";
import { PASSBOOK_STYLE_PATH, passbookPage } from "../passbook/passbook-page.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { bookInScope, toBook } from "./book-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

/** Most lines of a printed passbook, some forty sheets; a longer one is refused, to be printed by shorter periods. */
export const PRINTED_LINES_MAX = 2_000;

export const passbookRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, vault, nowMs }) => {
  const style = readFileSync(new URL("../passbook/passbook.css", import.meta.url), "utf8");

  app.get(
    PASSBOOK_STYLE_PATH,
    {
      schema: {
        tags: ["savings"],
        summary: "The style of a printed passbook",
        response: { 200: { content: { "text/css": { schema: Type.String() } } }, ...PROBLEMS },
      },
      config: { permission: "public" },
    },
    async (_request, reply) => {
      await reply.type("text/css; charset=utf-8").header("cache-control", "public, max-age=3600").send(style);
    },
  );

  app.get(
    "/v1/books/:id/passbook",
    {
      schema: {
        tags: ["savings"],
        summary: "The passbook: every movement in the order of posting, with the balance after it",
        description:
          "`from` and `to` are days (WIB) of posting, both included. `format=html` is a page to print, of at most 2000 lines; CSV holds every line. What is only held is told apart.",
        params: EventPath,
        querystring: PassbookQuery,
        response: { 200: Passbook, ...PROBLEMS },
      },
      config: { permission: "books.read" },
    },
    async (request, reply) => {
      const { query } = request;
      const book = await bookInScope(store.db, callerOf(request), request.params.id);
      const period = periodOf(query);
      if (query.format === "html") {
        await sendPage(reply, await printed(book, query, period));
        return;
      }
      const { format, ...rest } = query;
      const asked = format === undefined ? rest : { ...rest, format };
      if (wantsCsv(asked, request.headers.accept)) {
        await sendList({ query: asked, headers: request.headers }, reply, {
          item: PassbookLine,
          read: async (page) => {
            const { lines, next } = await readPassbook(store.db, book, { ...period, ...page });
            return { items: lines.map(toLine), next };
          },
        });
        return;
      }
      const page = { limit: query.limit ?? PAGE_ROWS_DEFAULT, after: query.after ?? null };
      const reading = readPassbook(store.db, book, { ...period, ...page });
      const { openingIdr, lines, closingIdr, next } = await orWrongCursor(reading);
      const holds = await holdsOf(store.db, book);
      await reply.send({
        book: toBook(book),
        currency: "IDR",
        opening_balance_idr: openingIdr,
        lines: lines.map(toLine),
        closing_balance_idr: closingIdr,
        holds: holds.map(({ kind, sinceMs, amountIdr }) => ({
          kind,
          since: toIso(sinceMs),
          amount_idr: amountIdr,
        })),
        next,
      });
    },
  );

  async function printed(book: Book, query: Static<typeof PassbookQuery>, period: Period): Promise<string> {
    const lines: LineRow[] = [];
    let after: string | null = null;
    let opening: number | null = null;
    do {
      const page = await readPassbook(store.db, book, { ...period, limit: PASSBOOK_LINES_MAX, after });
      opening ??= page.openingIdr;
      lines.push(...page.lines);
      after = page.next;
      if (lines.length > PRINTED_LINES_MAX || (after !== null && lines.length === PRINTED_LINES_MAX)) {
        throw new ProblemError(
          "answer_too_long",
          `more than ${PRINTED_LINES_MAX} lines; print a shorter period with from and to, or ask for CSV`,
        );
      }
    } while (after !== null);
    const openingIdr = opening;
    return passbookPage({
      ...(await passbookNames({ db: store.db, vault }, book)),
      product: book.productName,
      openedMs: book.openedMs,
      closedMs: book.closedMs,
      from: query.from ?? null,
      to: query.to ?? null,
      openingIdr,
      closingIdr: lines.at(-1)?.balanceIdr ?? openingIdr,
      lines,
      holds: await holdsOf(store.db, book),
      printedMs: nowMs(),
    });
  }
};

/** The page, or ProblemError `invalid` when it was asked for behind a line that is none of this book. */
async function orWrongCursor(reading: Promise<PassbookPage>): Promise<PassbookPage> {
  try {
    return await reading;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ProblemError("invalid", "the cursor is not a line of this book", {
      faults: [{ path: "/querystring/after", message: "take it from `next` of the page before" }],
      cause,
    });
  }
}

/** Sends a page. Apart, because the schema of the answer knows JSON alone. */
async function sendPage(reply: FastifyReply, page: string): Promise<void> {
  await reply.type("text/html; charset=utf-8").send(page);
}

interface Period {
  fromMs: number | null;
  untilMs: number | null;
}

/** The days asked for, both included. Throws ProblemError `invalid` when one is none, or the last comes before the first. */
function periodOf(query: Static<typeof PassbookQuery>): Period {
  const { fromMs, toMs } = parseDays(query);
  return { fromMs, untilMs: toMs === null ? null : toMs + DAY_MS };
}

function toLine(line: LineRow): PassbookLine {
  return {
    posted_at: toIso(line.postedMs),
    occurred_at: toIso(line.occurredMs),
    kind: line.kind,
    reverses: line.reverses,
    material: line.material,
    net_g: line.netG,
    price_idr_per_kg: line.priceIdrPerKg,
    other_book: line.otherBook,
    in_idr: line.inIdr,
    out_idr: line.outIdr,
    balance_idr: line.balanceIdr,
    officer: line.officer,
    receipt_no: line.receiptNo,
    id: line.id,
    journal: line.journal,
  };
}
