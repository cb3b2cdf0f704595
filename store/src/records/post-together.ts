/**
 * Posts many deposits of terminals together, as far as nothing about them needs a second look.
 *
 * Asking and writing for all of them at once costs a fraction of doing so for each. Whatever is not wholly ordinary goes one by
 * one through `postRecord`, which knows every outcome; nothing here refuses a deposit.
 */
import type { Deposit } from "@jumpa-madu/contracts/records";
import { sql } from "kysely";
import { databaseRefusal } from "../ledger/database-refusal.ts";
import { dataTrouble } from "../relational/data-trouble.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { type PlacedDeposit, postDepositsWithin } from "../trade/post-deposit.ts";
import { unusualOf } from "../trade/unusual-deposit.ts";
import { checkDeposit } from "./deposit-check.ts";
import { type GroundOfOne, groundsOf } from "./ground-of-many.ts";
import { checkedOf } from "./post-record.ts";

/** Most lines of deposits that are posted together; whoever has more makes several of them. */
export const LINES_TOGETHER_MAX = 1_000;

/** A deposit with the node that sent it and when it came. */
export interface ReceivedDeposit {
  node: string;
  receivedMs: number;
  deposit: Deposit;
}

/** Deposits of which each is as it should be, ready to be posted together. */
export type ReadyDeposit = PlacedDeposit;

/**
 * Tells which deposits are ready to be posted together, in their order; null stands for one that `postRecord` is to judge: it is
 * refused, was posted before, says otherwise than our books, hands out cash, was typed in, is unusually much, or opens a book. Holds the members'
 * rows and their books' until the transaction ends. Throws RangeError beyond LINES_TOGETHER_MAX.
 */
export async function readyOf(tx: Tx, received: ReceivedDeposit[]): Promise<(ReadyDeposit | null)[]> {
  const lines = received.reduce((sum, { deposit }) => sum + deposit.lines.length, 0);
  if (lines > LINES_TOGETHER_MAX)
    throw new RangeError(`${lines} lines together; at most ${LINES_TOGETHER_MAX} are`);
  if (lines === 0) return received.map(() => null);
  const grounds = await groundsOf(tx, received);
  const seen = new Set<string>();
  return received.map((each, at) => {
    const ground = grounds[at];
    const { id } = each.deposit;
    // Of two with one id the second one waits for what becomes of the first.
    if (ground === undefined || seen.has(id)) return null;
    seen.add(id);
    return readyOne(each, ground);
  });
}

function readyOne({ node, receivedMs, deposit }: ReceivedDeposit, ground: GroundOfOne): ReadyDeposit | null {
  const { purpose, lines, member, waste_bank: wasteBank } = deposit;
  if (
    ground.isKnown ||
    lines.length === 0 ||
    purpose === "cash" ||
    lines.some(({ typed }) => typed !== undefined)
  )
    return null;
  const isGift = purpose === "donate";
  const { book } = ground;
  if (!isGift && (book === null || book.closedMs !== null)) return null;
  const check = checkDeposit({ node, deposit }, { ...ground, supervisors: new Map() });
  if (!check.ok || check.differences.length > 0 || check.excessIdr !== 0) return null;
  const body = { bodyHash: requestHash(deposit), differences: [] };
  const checked = checkedOf({ node, receivedMs }, deposit, body);
  if (unusualOf(checked.lines) !== null) return null;
  return {
    deposit: checked,
    book: isGift || book === null ? null : { member, wasteBank, product: book.product },
  };
}

/**
 * Posts all, or none: false when the database or the ledger refuses one of them, which leaves no trace. What is thrown is trouble
 * of the store and spoils the transaction.
 */
export async function postTogether(tx: Tx, ready: ReadyDeposit[]): Promise<boolean> {
  if (ready.length === 0) return true;
  await sql`savepoint together`.execute(tx);
  let isPosted = false;
  try {
    isPosted = await postDepositsWithin(tx, ready, {
      nowMs: Math.max(...ready.map(({ deposit }) => deposit.receivedMs)),
      last: () => sql`release savepoint together`.execute(tx),
    });
  } catch (error) {
    if (dataTrouble(error) === null && databaseRefusal(error) === null) throw error;
  }
  if (isPosted) return true;
  await sql`rollback to savepoint together`.execute(tx);
  await sql`release savepoint together`.execute(tx);
  return false;
}
