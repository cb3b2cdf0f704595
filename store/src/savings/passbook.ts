/**
 * Passbook: every posted movement of a book in the order of posting, each with the balance after it.
 *
 * It is read from the ledger's transfers alone and adds what else is known of each, so it cannot differ from the ledger.
 * The order is that of the time of posting, which is read while the account is locked. Of what was posted in one millisecond
 * the money that came in stands first: whichever came first in truth, no balance then falls below zero on the way.
 */
import { sql } from "kysely";
import { accountId } from "../ledger/account.ts";
import type { Db } from "../relational/relational-store.ts";
import { type BookOwner, savingsKey } from "./books.ts";
import {
  cashReceipts,
  type DepositedLine,
  depositedLines,
  officersOf,
  soldLines,
} from "./passbook-details.ts";

/** Most lines of one page of a passbook. */
export const PASSBOOK_LINES_MAX = 500;

/** Most holds that are shown beside a passbook, the oldest first. */
export const HOLDS_MAX = 100;

/** One movement. Either `inIdr` or `outIdr` is above zero. */
export interface PassbookLine {
  /** The transfer. */
  id: string;
  journal: string;
  /** Kind of the journal, such as `deposit`. */
  kind: string;
  /** When it happened, by the clock where it happened. */
  occurredMs: number;
  /** When it came into the books: lines are in this order. */
  postedMs: number;
  inIdr: number;
  outIdr: number;
  /** What stands on the book after it. */
  balanceIdr: number;
  /** True when it takes an earlier line back. */
  reverses: boolean;
  /** Material that was brought or sold; null when it is about something else. */
  material: string | null;
  /**
   * Of a deposit's line: grams and price as they stand on the receipt. Of a share of a sale: the member's grams that it has
   * sold, for whatever price. Null for all else.
   */
  netG: number | null;
  priceIdrPerKg: number | null;
  /** Product of the other book, of a move between two. */
  otherBook: string | null;
  receiptNo: string | null;
  /** User or terminal that posted it, by name; null for a job of the system. */
  officer: string | null;
}

/** A page of a passbook. `openingIdr` stands on the book before its first line, `closingIdr` after its last. */
export interface PassbookPage {
  openingIdr: number;
  lines: PassbookLine[];
  closingIdr: number;
  /** Id of the last line when there are more. */
  next: string | null;
}

/** What of a passbook is asked for: lines posted from `fromMs` until before `untilMs`, behind the line `after`. */
export interface PassbookQuery {
  fromMs: number | null;
  untilMs: number | null;
  /** 1 to PASSBOOK_LINES_MAX. */
  limit: number;
  after: string | null;
}

/** A withdrawal that holds money and is not settled yet. */
export interface Hold {
  kind: string;
  sinceMs: number;
  amountIdr: number;
}

/**
 * Reads one page. All of it sees one state of the ledger, so that opening, lines and closing fit. It runs through the whole
 * book each time: a member's has some hundred movements a year. Throws RangeError when `after` is no line of this book, or
 * `limit` not from 1 to PASSBOOK_LINES_MAX.
 */
export async function readPassbook(db: Db, book: BookOwner, query: PassbookQuery): Promise<PassbookPage> {
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > PASSBOOK_LINES_MAX)
    throw new RangeError(`a page has 1 to ${PASSBOOK_LINES_MAX} lines, not ${query.limit}`);
  const { openingIdr, rows } = await movementsOf(db, book, query);
  const shown = rows.slice(0, query.limit);
  const [deposited, sold, officers, receipts] = await Promise.all([
    depositedLines(
      db,
      shown.flatMap(({ deposit }) => deposit ?? []),
    ),
    soldLines(
      db,
      book,
      shown.flatMap((row) => (row.counterKind === "cost_of_sales" ? (row.reversed ?? row.journal) : [])),
    ),
    officersOf(
      db,
      shown.map(({ actor }) => actor),
    ),
    cashReceipts(
      db,
      shown.map(({ journal }) => journal),
    ),
  ]);
  const lines = shown.map((row) =>
    toLine(
      { ...row, receiptNo: row.receiptNo ?? receipts.get(row.journal) ?? null },
      detailOf(row, { deposited, sold }),
      officers.get(row.actor) ?? null,
    ),
  );
  const last = lines.at(-1);
  return {
    openingIdr,
    lines,
    closingIdr: last?.balanceIdr ?? openingIdr,
    next: rows.length > query.limit && last !== undefined ? last.id : null,
  };
}

/** Money of the book that is on its way out, the oldest first; at most HOLDS_MAX. */
export async function holdsOf(db: Db, book: BookOwner): Promise<Hold[]> {
  return await db
    .selectFrom("transfers as held")
    .innerJoin("journals", "journals.id", "held.journal_id")
    .select(["journals.kind as kind", "held.created_ms as sinceMs", "held.amount as amountIdr"])
    .where("held.debit_account_id", "=", accountId(savingsKey(book)))
    .where("held.phase", "=", "pend")
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom("transfers as end").select("end.id").whereRef("end.pending_id", "=", "held.id"),
        ),
      ),
    )
    .orderBy("held.id")
    .limit(HOLDS_MAX)
    .execute();
}

interface Movement {
  id: string;
  journal: string;
  kind: string;
  occurredMs: number;
  postedMs: number;
  amount: number;
  balance: number;
  reversed: string | null;
  actor: string;
  counterKind: string;
  counterPart: string | null;
  /** Deposit that the journal posts or takes back. */
  deposit: string | null;
  receiptNo: string | null;
  /** Of the journal's movements against the same account, the how manieth it is, from 1. */
  nth: number;
}

/** One statement, so that it sees one state: the book's whole run, numbered, and of it the page. */
async function movementsOf(
  db: Db,
  book: BookOwner,
  { fromMs, untilMs, limit, after }: PassbookQuery,
): Promise<{ openingIdr: number; rows: Movement[] }> {
  const account = accountId(savingsKey(book));
  const start =
    after === null
      ? sql`select count(*) as n from run where created_ms < ${fromMs ?? 0}`
      : sql`select n from run where id = ${after}`;
  const isInTime = untilMs === null ? sql<boolean>`1 = 1` : sql<boolean>`created_ms < ${untilMs}`;
  const { rows } = await sql<Movement & { opening: number; id: string | null }>`
    with moved as (
      select id, journal_id, created_ms, amount, debit_account_id as counter from transfers
        where credit_account_id = ${account} and phase in ('post', 'settle')
      union all
      select id, journal_id, created_ms, -amount, credit_account_id from transfers
        where debit_account_id = ${account} and phase in ('post', 'settle')
    ), run as (
      select moved.*, row_number() over passing as n, cast(sum(amount) over passing as bigint) as balance,
        row_number() over (partition by journal_id, counter order by id) as nth
      from moved
      window passing as (
        order by created_ms, case when amount > 0 then 0 else 1 end, id
        rows between unbounded preceding and current row
      )
    ), start as (
      ${start}
    ), page as (
      select run.* from run, start where run.n > start.n and ${isInTime} order by run.n limit ${limit + 1}
    )
    select cast(coalesce((select balance from run where run.n = start.n), 0) as bigint) as "opening",
      page.id as "id", page.journal_id as "journal", page.created_ms as "postedMs", page.amount as "amount",
      page.balance as "balance", page.nth as "nth", j.kind as "kind", j.occurred_ms as "occurredMs",
      j.reverses_id as "reversed", j.actor as "actor", other.kind as "counterKind", other.part as "counterPart",
      d.id as "deposit", d.receipt_no as "receiptNo"
    from start
    left join page on 1 = 1
    left join journals j on j.id = page.journal_id
    left join accounts other on other.id = page.counter
    left join deposits d on d.journal_id = coalesce(j.reverses_id, j.id)
    order by page.n`.execute(db);
  const [first] = rows;
  if (first === undefined) throw new RangeError("the cursor is not one of this book");
  return { openingIdr: first.opening, rows: rows.filter(({ id }) => id !== null) };
}

/** What a movement pays for: the deposit's nth line of its material that has a price, or what a sale has sold. */
function detailOf(
  { deposit, counterKind, counterPart, reversed, journal, nth }: Movement,
  { deposited, sold }: { deposited: Map<string, DepositedLine[]>; sold: Map<string, Map<string, number>> },
): Pick<DepositedLine, "netG" | "priceIdrPerKg"> | null {
  if (counterKind === "cost_of_sales") {
    const netG = sold.get(reversed ?? journal)?.get(counterPart ?? "");
    return netG === undefined ? null : { netG, priceIdrPerKg: null };
  }
  const lines = deposited.get(deposit ?? "") ?? [];
  return lines.filter(({ material }) => material === counterPart)[nth - 1] ?? null;
}

/** Kinds of account whose part is the material that the money was for. */
const MATERIAL_KINDS = new Set(["stock_value", "sales", "cost_of_sales"]);

function toLine(row: Movement, detail: ReturnType<typeof detailOf>, officer: string | null): PassbookLine {
  const { counterKind, counterPart } = row;
  return {
    id: row.id,
    journal: row.journal,
    kind: row.kind,
    occurredMs: row.occurredMs,
    postedMs: row.postedMs,
    inIdr: Math.max(row.amount, 0),
    outIdr: Math.max(-row.amount, 0),
    balanceIdr: row.balance,
    reverses: row.reversed !== null,
    material: MATERIAL_KINDS.has(counterKind) ? counterPart : null,
    netG: detail?.netG ?? null,
    priceIdrPerKg: detail?.priceIdrPerKg ?? null,
    otherBook: counterKind === "member_savings" ? counterPart : null,
    receiptNo: row.receiptNo,
    officer,
  };
}
