/**
 * Posts a deposit that was checked: its journal, its rows, its consignments and its differences, in one transaction.
 *
 * What a deposit moves, by purpose and settlement:
 *
 *     bought, saved       D stock_value  C member_savings   D stock             C intake
 *     bought, cash        the same, and then D member_savings C cash_drawer or node_cash
 *     bought, a gift      D stock_value  C donations        D stock             C intake
 *     share of the sale                                     D stock(consigned)  C intake
 *     a share, a gift                                       D stock             C intake
 */
import { AMOUNT_RULE } from "@jumpa-madu/contracts/amount";
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Purpose, Settlement } from "@jumpa-madu/contracts/records";
import { type AccountKey, accountId, gramsLedger } from "../ledger/account.ts";
import { lockAccounts } from "../ledger/lock-accounts.ts";
import { type PlainRequest, type PostRequest, postJournalsWith } from "../ledger/post-journal.ts";
import type { Tx } from "../relational/relational-store.ts";
import { inserter } from "../relational/statement.ts";
import { printable } from "../rows/printable.ts";
import { type BookOwner, bookForDeposit, type FoundBook, savingsKey } from "../savings/books.ts";
import { type DepositRefusal, refusedDeposit } from "./deposit-refusal.ts";
import type { PostedLine } from "./deposits.ts";
import { drawReceiptNo } from "./receipt-series.ts";

/** Part of the stock that is paid for only when it is sold. */
export const CONSIGNED = "consigned";

/** Rule of a line whose amount stands as an older book says it. */
export const AMOUNT_AS_WRITTEN = "as-written";

/** Where a deposit was taken, and by whom. `honouredBy`: the user who has decided that its receipt stands. */
export type DepositSource =
  | { source: "terminal"; node: string; honouredBy?: string | null }
  | { source: "counter"; takenBy: string }
  | { source: "door"; takenBy: string; honouredBy: string | null }
  | { source: "import" };

/** What a receipt says and our own computation does not. `line`: from 0, -1 for the deposit as a whole. */
export interface Difference {
  line: number;
  printedIdr: number;
  computedIdr: number;
  reason: string;
}

/** A deposit that was checked. */
export interface CheckedDeposit {
  id: string;
  bodyHash: string;
  from: DepositSource;
  wasteBank: string;
  member: string;
  purpose: Purpose;
  settlement: Settlement;
  /** Null for what is bought. */
  shareBps: number | null;
  /** Savings product; null for the member's default book. */
  product: string | null;
  device: string;
  /** Null: the next of the series of `device`, which the caller holds. */
  receiptNo: string | null;
  visit: string | null;
  corrects: string | null;
  /** Where the cash comes from; given exactly with the purpose `cash`. */
  cashFrom: AccountKey | null;
  lines: PostedLine[];
  totalIdr: number;
  differences: Difference[];
  occurredMs: number;
  /** When the journal says that it happened; `occurredMs` but for a correction, which happens when it is made. */
  bookedMs: number;
  receivedMs: number;
}

/** What became of it. */
export type DepositPosting = { kind: "posted"; journalId: string } | DepositRefusal;

/** What a caller has done or will do around a posting, which saves PostgreSQL a journey each. */
export interface PostingAround {
  /** The book that `heldBook` has found within this transaction. */
  held?: FoundBook | null;
  /** Goes out behind the last row, without waiting for it. */
  last?: () => Promise<unknown>;
}

/** Posts a deposit. A refusal leaves rows behind: run it within a savepoint. Throws the database's refusal of what the caller did not check. */
export async function postDepositWithin(
  tx: Tx,
  deposit: CheckedDeposit,
  { held = null, last }: PostingAround = {},
): Promise<DepositPosting> {
  const { id, member, wasteBank, product, receivedMs } = deposit;
  let book: BookOwner | null = null;
  if (deposit.purpose !== "donate") {
    const found = await bookForDeposit(tx, { member, wasteBank, product, held }, receivedMs);
    if (found.kind === "refused") {
      const code = found.code === "book_closed" ? "book_closed" : "unknown_product";
      return refusedDeposit(code, found.reason);
    }
    book = found.book;
  }
  const { keys, transfers } = movementsOf(deposit, book);
  await lockAccounts(tx, keys, receivedMs);
  const receiptNo = deposit.receiptNo ?? (await drawReceiptNo(tx, { wasteBank, device: deposit.device }));
  const journal = await postJournalsWith(tx, [journalOf(deposit, transfers)], ([journalId = ""]) => [
    ...writesOf(tx, [rowsOf({ ...deposit, receiptNo }, { book, journalId })]),
    ...(last === undefined ? [] : [last]),
  ]);
  if (journal.kind === "refused") {
    if (journal.refusal === "overdraft" && deposit.purpose === "cash") {
      return refusedDeposit(
        "drawer_short",
        `the drawer does not hold the Rp ${deposit.totalIdr}: bring cash into it from the safe, or let the member save`,
      );
    }
    return refusedDeposit("too_much", `the ledger refuses deposit ${id}: ${journal.refusal}`);
  }
  return { kind: "posted", journalId: journal.journalIds[0] ?? "" };
}

/** A deposit that was checked, of a terminal, and the open book into which it goes; null for a gift. */
export interface PlacedDeposit {
  deposit: CheckedDeposit & { receiptNo: string };
  book: BookOwner | null;
}

/**
 * Posts deposits together, in a handful of statements for all of them. Their accounts are held in the one order that everybody
 * keeps. False when the ledger refuses one, without saying which: then, as after a throw of what the database refuses, the
 * caller takes back all to its savepoint. `last` goes out behind the last row.
 */
export async function postDepositsWithin(
  tx: Tx,
  placed: PlacedDeposit[],
  { nowMs, last }: { nowMs: number; last: () => Promise<unknown> },
): Promise<boolean> {
  const movements = placed.map(({ deposit, book }) => movementsOf(deposit, book));
  const keys = new Map(movements.flatMap((movement) => movement.keys.map((key) => [accountId(key), key])));
  await lockAccounts(tx, [...keys.values()], nowMs);
  const journals = await postJournalsWith(
    tx,
    placed.map(({ deposit }, at) => journalOf(deposit, movements[at]?.transfers ?? [])),
    (journalIds) => [
      ...writesOf(
        tx,
        placed.map(({ deposit, book }, at) => rowsOf(deposit, { book, journalId: journalIds[at] ?? "" })),
      ),
      last,
    ],
  );
  return journals.kind === "posted";
}

function journalOf({ id, from, bookedMs }: CheckedDeposit, transfers: PostRequest[]): PlainRequest {
  return {
    idempotencyKey: `deposit:${id}`,
    kind: "deposit",
    actor: actorOf(from),
    occurredMs: bookedMs,
    transfers,
  };
}

/** Who has done it, for the ledger. */
function actorOf(from: DepositSource): string {
  switch (from.source) {
    case "terminal":
      return `node:${from.node}`;
    case "import":
      return "job:import";
    default:
      return `user:${from.takenBy}`;
  }
}

function movementsOf(
  { wasteBank, purpose, settlement, lines, totalIdr, cashFrom }: CheckedDeposit,
  book: BookOwner | null,
): { keys: AccountKey[]; transfers: PostRequest[] } {
  const keys = new Map<string, AccountKey>();
  const transfers: PostRequest[] = [];
  const move = (debit: AccountKey, credit: AccountKey, amount: number) => {
    // A material without a price still counts in grams.
    if (amount === 0) return;
    for (const key of [debit, credit]) keys.set(accountId(key), key);
    transfers.push({ phase: "post", debit: accountId(debit), credit: accountId(credit), amount });
  };
  const owed: AccountKey = book === null ? { kind: "donations", ledger: "IDR", wasteBank } : savingsKey(book);
  const isConsigned = settlement === "share_of_sale" && purpose !== "donate";
  for (const { material, netG, amountIdr } of lines) {
    const ledger = gramsLedger(material);
    const stock: AccountKey = { kind: "stock", ledger, wasteBank, ...(isConsigned && { part: CONSIGNED }) };
    move(stock, { kind: "intake", ledger, wasteBank }, netG);
    move({ kind: "stock_value", ledger: "IDR", wasteBank, part: material }, owed, amountIdr);
  }
  if (cashFrom !== null) move(owed, cashFrom, totalIdr);
  return { keys: [...keys.values()], transfers };
}

const insertDeposits = inserter("deposits", [
  "id",
  "body_hash",
  "source",
  "node_id",
  "taken_by",
  "honoured_by",
  "waste_bank_id",
  "member_id",
  "purpose",
  "settlement",
  "share_bps",
  "product_id",
  "device",
  "receipt_no",
  "visit_id",
  "corrects_id",
  "total_idr",
  "amount_rule",
  "journal_id",
  "occurred_ms",
  "received_ms",
]);

/** Statements that keep deposits, their lines, and what goes with them. */
function writesOf(tx: Tx, rows: ReturnType<typeof rowsOf>[]): (() => Promise<unknown>)[] {
  return [
    ...insertDeposits(
      tx,
      rows.map(({ row }) => row),
    ),
    ...insertLines(
      tx,
      rows.flatMap(({ lines }) => lines),
    ),
    ...insertConsignments(
      tx,
      rows.flatMap(({ consignments }) => consignments),
    ),
    ...insertDifferences(
      tx,
      rows.flatMap(({ differences }) => differences),
    ),
  ];
}

function rowsOf(
  deposit: CheckedDeposit & { receiptNo: string },
  { book, journalId }: { book: BookOwner | null; journalId: string },
) {
  const { from } = deposit;
  const row = {
    id: deposit.id,
    body_hash: deposit.bodyHash,
    source: from.source,
    node_id: from.source === "terminal" ? from.node : null,
    taken_by: "takenBy" in from ? from.takenBy : null,
    honoured_by: "honouredBy" in from ? (from.honouredBy ?? null) : null,
    waste_bank_id: deposit.wasteBank,
    member_id: deposit.member,
    purpose: deposit.purpose,
    settlement: deposit.settlement,
    share_bps: deposit.shareBps,
    product_id: book?.product ?? null,
    device: deposit.device,
    receipt_no: deposit.receiptNo,
    visit_id: deposit.visit,
    corrects_id: deposit.corrects,
    total_idr: deposit.totalIdr,
    amount_rule: from.source === "import" ? AMOUNT_AS_WRITTEN : AMOUNT_RULE,
    journal_id: journalId,
    occurred_ms: deposit.occurredMs,
    received_ms: deposit.receivedMs,
  };
  const isConsigned = deposit.settlement === "share_of_sale" && book !== null;
  return {
    row,
    lines: deposit.lines.map((line, index) => lineRow(deposit.id, line, index)),
    consignments: isConsigned ? consignmentRows(deposit, book) : [],
    differences: deposit.differences.map((difference) => differenceRow(deposit, difference)),
  };
}

const insertLines = inserter("deposit_lines", [
  "deposit_id",
  "line",
  "material_id",
  "price_id",
  "price_idr_per_kg",
  "gross_g",
  "tare_g",
  "net_g",
  "stable",
  "scale_id",
  "verified_until_ms",
  "raw",
  "supervisor_id",
  "typed_reason",
  "amount_idr",
]);

function lineRow(deposit: string, line: PostedLine, index: number) {
  return {
    deposit_id: deposit,
    line: index,
    material_id: line.material,
    price_id: line.price,
    price_idr_per_kg: line.priceIdrPerKg,
    gross_g: line.grossG,
    tare_g: line.tareG,
    net_g: line.netG,
    stable: line.stable === null ? null : line.stable ? (1 as const) : (0 as const),
    scale_id: line.scale,
    verified_until_ms: line.verifiedUntilMs,
    raw: line.raw,
    supervisor_id: line.typed?.supervisor ?? null,
    typed_reason: line.typed === null ? null : printable(line.typed.reason),
    amount_idr: line.amountIdr,
  };
}

const insertConsignments = inserter("consignments", [
  "deposit_id",
  "line",
  "member_id",
  "waste_bank_id",
  "material_id",
  "share_bps",
  "net_g",
  "product_id",
  "occurred_ms",
]);

function consignmentRows(deposit: CheckedDeposit, book: BookOwner) {
  return deposit.lines.map(({ material, netG }, line) => ({
    deposit_id: deposit.id,
    line,
    member_id: deposit.member,
    waste_bank_id: deposit.wasteBank,
    material_id: material,
    share_bps: deposit.shareBps ?? 0,
    net_g: netG,
    product_id: book.product,
    occurred_ms: deposit.occurredMs,
  }));
}

const insertDifferences = inserter("deposit_differences", [
  "id",
  "deposit_id",
  "line",
  "printed_idr",
  "computed_idr",
  "reason",
  "noticed_ms",
  "settled_by",
  "settled_ms",
  "note",
]);

function differenceRow(
  { id, receivedMs }: CheckedDeposit,
  { line, printedIdr, computedIdr, reason }: Difference,
) {
  return {
    id: newEventId(receivedMs),
    deposit_id: id,
    line,
    printed_idr: printedIdr,
    computed_idr: computedIdr,
    reason,
    noticed_ms: receivedMs,
    settled_by: null,
    settled_ms: null,
    note: null,
  };
}
