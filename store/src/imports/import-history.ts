/**
 * Takes over the history of a waste bank that kept its books elsewhere: deposits and withdrawals, oldest first.
 *
 * The waste of that time is gone: what a deposit brings leaves the store at once, and a count brings in what still lies there.
 * Amounts stand as they were written, whatever today's prices are. A row is known by what it says and by how many rows before
 * it say the same, so an import that is run again, or goes on after it was cut off, posts only what is missing. What a row
 * cannot do to the books (a withdrawal of more than there was that day), and a row that was changed since it was posted, is
 * refused; all others go on.
 */
import { DAY_MS, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import { sql } from "kysely";
import { accountId, openAccounts } from "../ledger/account.ts";
import { postJournalWithin } from "../ledger/post-journal.ts";
import type { RelationalStore, Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { type BookOwner, savingsKey } from "../savings/books.ts";
import { postDepositWithin } from "../trade/post-deposit.ts";
import { writeOutOfStore } from "../trade/sold-before.ts";
import { faultOfChangedDeposit, faultOfChangedWithdrawal } from "./changed-row.ts";
import { derivedEventId } from "./derived-id.ts";
import { makeMemberOfCode, memberOfCode } from "./import-place.ts";

/** Rows that one transaction posts. */
const IMPORT_BATCH_ROWS = 100;

/** Series of receipts of an import; its numbers follow from the rows. */
const IMPORT_DEVICE = "IMPORT";

const NOON_MS = DAY_MS / 2;

/** A row of the history; `key` tells it from all others of the waste bank. */
export type HistoryRow =
  | {
      kind: "deposit";
      key: string;
      day: string;
      member: string;
      material: string;
      weightG: number;
      amountIdr: number;
    }
  | { kind: "withdrawal"; key: string; day: string; member: string; amountIdr: number };

/** What became of a row. `known`: an import before this one has posted it. */
export type RowOutcome = { kind: "posted" | "known" } | { kind: "refused"; reason: string };

/** Names each row; rows that say the same are told apart by their order. */
export function keyed<Row extends object>(wasteBank: string, rows: Row[]): (Row & { key: string })[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const said = requestHash({ wasteBank, row });
    const count = seen.get(said) ?? 0;
    seen.set(said, count + 1);
    return { ...row, key: requestHash({ said, count }) };
  });
}

/** Posts the rows, oldest day first, deposits of a day before its withdrawals; answers what became of each, in that order. */
export async function* importRows(
  store: RelationalStore,
  { wasteBank, rows, nowMs }: { wasteBank: string; rows: HistoryRow[]; nowMs: number },
): AsyncGenerator<{ row: HistoryRow; outcome: RowOutcome }[]> {
  const inFiles = new Set(rows.map(idOf));
  const inOrder = rows.toSorted((a, b) => compare(a.day, b.day) || compare(a.kind, b.kind));
  for (let start = 0; start < inOrder.length; start += IMPORT_BATCH_ROWS) {
    const batch = inOrder.slice(start, start + IMPORT_BATCH_ROWS);
    yield await store.transaction(async (tx) => {
      const outcomes: { row: HistoryRow; outcome: RowOutcome }[] = [];
      for (const row of batch)
        outcomes.push({
          row,
          outcome: await importRow(tx, { wasteBank, row, inFiles, nowMs }),
        });
      return outcomes;
    });
  }
}

/** The moment that a row is booked at: noon in WIB, because a spreadsheet knows the day alone. */
function noonOf({ day }: HistoryRow): number {
  return startOfDayMs(day) + NOON_MS;
}

/** Id of what a row posts. */
function idOf(row: HistoryRow): string {
  return derivedEventId(noonOf(row), row.key);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Import<Row extends HistoryRow> {
  wasteBank: string;
  row: Row;
  /** Ids of all rows of the files. */
  inFiles: ReadonlySet<string>;
  nowMs: number;
}

async function importRow(tx: Tx, one: Import<HistoryRow>): Promise<RowOutcome> {
  await sql`savepoint row`.execute(tx);
  const { row } = one;
  const outcome =
    row.kind === "deposit"
      ? await importDeposit(tx, { ...one, row })
      : await importWithdrawal(tx, { ...one, row });
  if (outcome.kind === "refused") await sql`rollback to savepoint row`.execute(tx);
  await sql`release savepoint row`.execute(tx);
  return outcome;
}

type DepositRow = Extract<HistoryRow, { kind: "deposit" }>;
type WithdrawalRow = Extract<HistoryRow, { kind: "withdrawal" }>;

async function importDeposit(
  tx: Tx,
  { wasteBank, row, inFiles, nowMs }: Import<DepositRow>,
): Promise<RowOutcome> {
  const occurredMs = noonOf(row);
  const id = idOf(row);
  const known = await knownDeposit(tx, id);
  if (known !== null) return known;
  const code = { wasteBank, code: row.member };
  const found = await memberOfCode(tx, code);
  if (found?.kind === "refused") return found;
  const changed = found && (await faultOfChangedDeposit(tx, { ...row, ...found, wasteBank, inFiles }));
  if (changed !== null) return { kind: "refused", reason: changed };
  const posting = await postDepositWithin(tx, {
    id,
    bodyHash: row.key,
    from: { source: "import" },
    wasteBank,
    member: found?.member ?? (await makeMemberOfCode(tx, code, nowMs)),
    purpose: "save",
    settlement: "purchase",
    shareBps: null,
    product: null,
    device: IMPORT_DEVICE,
    receiptNo: `IMP-${row.key.slice(0, 16).toUpperCase()}`,
    visit: null,
    corrects: null,
    cashFrom: null,
    lines: [
      {
        material: row.material,
        price: null,
        priceIdrPerKg: null,
        grossG: null,
        tareG: null,
        netG: row.weightG,
        stable: null,
        scale: null,
        verifiedUntilMs: null,
        raw: null,
        typed: null,
        amountIdr: row.amountIdr,
      },
    ],
    totalIdr: row.amountIdr,
    differences: [],
    occurredMs,
    bookedMs: occurredMs,
    receivedMs: nowMs,
  });
  if (posting.kind === "refused") return { kind: "refused", reason: posting.reason };
  const lines = [{ material: row.material, netG: row.weightG, amountIdr: row.amountIdr }];
  await writeOutOfStore(tx, { id, wasteBank, lines, actor: "job:import", bookedMs: occurredMs }, nowMs);
  return { kind: "posted" };
}

/** What a deposit of this id that is in the books makes of its row: known, or refused when somebody has taken it back since. */
async function knownDeposit(tx: Tx, id: string): Promise<RowOutcome | null> {
  const row = await tx
    .selectFrom("deposits")
    .leftJoin("deposit_voids", "deposit_voids.deposit_id", "deposits.id")
    .leftJoin("deposits as after", "after.corrects_id", "deposits.id")
    .select(["deposit_voids.id as void", "after.id as after"])
    .where("deposits.id", "=", id)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (row.void === null) return { kind: "known" };
  const after = row.after === null ? "" : `; deposit ${row.after} stands in its place`;
  return {
    kind: "refused",
    reason: `deposit ${id} was taken back since, and is not counted here${after}: nothing is to be done`,
  };
}

/** Paid out of cash that is in no book of ours, so it counts as put in by the waste bank's founders. */
async function importWithdrawal(
  tx: Tx,
  { wasteBank, row, inFiles, nowMs }: Import<WithdrawalRow>,
): Promise<RowOutcome> {
  const occurredMs = noonOf(row);
  const id = idOf(row);
  const known = await tx
    .selectFrom("imported_withdrawals")
    .select("id")
    .where("id", "=", id)
    .executeTakeFirst();
  if (known !== undefined) return { kind: "known" };
  const found = await memberOfCode(tx, { wasteBank, code: row.member });
  if (found?.kind === "refused") return found;
  const book = found === null ? null : await defaultBook(tx, found.member, wasteBank);
  if (book === null)
    return { kind: "refused", reason: `member ${row.member} has no deposit up to ${row.day}` };
  const changed = await faultOfChangedWithdrawal(tx, { ...row, member: book.member, wasteBank, inFiles });
  if (changed !== null) return { kind: "refused", reason: changed };
  const savings = savingsKey(book);
  const endMs = startOfDayMs(row.day) + DAY_MS;
  const standing = await standingBefore(tx, accountId(savings), endMs);
  if (standing < row.amountIdr) {
    return {
      kind: "refused",
      reason: `member ${row.member} had Rp ${standing} on ${row.day}, the withdrawal is of Rp ${row.amountIdr}; see what is missing and enter it by hand`,
    };
  }
  const capital = { kind: "capital", ledger: "IDR", wasteBank } as const;
  await openAccounts(tx, [capital], nowMs);
  const journal = await postJournalWithin(tx, {
    idempotencyKey: `imported_withdrawal:${id}`,
    kind: "imported_withdrawal",
    actor: "job:import",
    occurredMs,
    transfers: [
      { phase: "post", debit: accountId(savings), credit: accountId(capital), amount: row.amountIdr },
    ],
  });
  if (journal.kind === "refused") {
    return {
      kind: "refused",
      reason: `the savings do not hold the Rp ${row.amountIdr} any more: ${journal.refusal}`,
    };
  }
  await tx
    .insertInto("imported_withdrawals")
    .values({
      id,
      row_key: row.key,
      waste_bank_id: wasteBank,
      member_id: book.member,
      product_id: book.product,
      amount_idr: row.amountIdr,
      journal_id: journal.journalId,
      occurred_ms: occurredMs,
      created_ms: nowMs,
    })
    .execute();
  return { kind: "posted" };
}

async function defaultBook(tx: Tx, member: string, wasteBank: string): Promise<BookOwner | null> {
  const row = await tx
    .selectFrom("books")
    .select("product_id as product")
    .where("member_id", "=", member)
    .where("waste_bank_id", "=", wasteBank)
    .where("is_default", "=", 1)
    .executeTakeFirst();
  return row === undefined ? null : { member, wasteBank, product: row.product };
}

/** What stood on a savings account of what had happened before a moment: what was posted since must not pay for it. */
async function standingBefore(tx: Tx, account: string, beforeMs: number): Promise<number> {
  const { rows } = await sql<{ standing: number }>`
    select cast(coalesce(sum(case when t.credit_account_id = ${account} then t.amount else -t.amount end), 0) as bigint) as "standing"
    from transfers t join journals j on j.id = t.journal_id
    where (t.credit_account_id = ${account} or t.debit_account_id = ${account})
      and t.phase in ('post', 'settle') and j.occurred_ms < ${beforeMs}`.execute(tx);
  return rows[0]?.standing ?? 0;
}
