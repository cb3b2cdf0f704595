/** Money that is moved from one book of a member to another at the same waste bank. */

import { accountId, openAccounts } from "../ledger/account.ts";
import { holdAccounts } from "../ledger/lock-accounts.ts";
import { postJournalWithin } from "../ledger/post-journal.ts";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { type Book, findBook } from "./book-list.ts";
import { savingsKey } from "./books.ts";
import type { Doer } from "./products.ts";
import { refuse, type SavingsRefusal } from "./refusal.ts";
import { faultOfWithdrawal } from "./withdrawal-rules.ts";

/** A move, as whoever wants it asks: ids of the move and the books. */
export interface NewBookMove {
  id: string;
  from: string;
  to: string;
  amountIdr: number;
}

/** A move that was made. */
export interface BookMove extends NewBookMove {
  journal: string;
  movedBy: string;
  movedMs: number;
}

/** What became of a move. `replayed`: the same had been made before. */
export type BookMoveOutcome = { kind: "moved" | "replayed"; move: BookMove } | SavingsRefusal;

/** Moves money by the rules of the book that it leaves. The same id moves it once, for ever. */
export async function moveBetweenBooks(
  tx: Tx,
  request: NewBookMove,
  { actor, nowMs }: Doer,
): Promise<BookMoveOutcome> {
  const bodyHash = requestHash({ ...request, actor });
  const [from, to] = await lockBooks(tx, request);
  const before = await findMove(tx, request.id);
  if (before !== null) {
    if (before.bodyHash === bodyHash) return { kind: "replayed", move: before.move };
    return refuse("id_taken", `the id ${request.id} names another move; draw a new one`);
  }
  const refused = faultOfBooks(from, to);
  if (refused !== null) return refused;
  if (from === null || to === null) throw new Error("books were found that are not there");
  const fault = await faultOfWithdrawal(tx, {
    book: from,
    amountIdr: request.amountIdr,
    closes: false,
    nowMs,
  });
  if (fault !== null) return refuse(fault.code, fault.reason);

  await openAccounts(tx, [savingsKey(from), savingsKey(to)], nowMs);
  const journal = await postJournalWithin(tx, {
    idempotencyKey: `book_move:${request.id}`,
    kind: "book_move",
    actor,
    occurredMs: nowMs,
    transfers: [
      {
        phase: "post",
        debit: accountId(savingsKey(from)),
        credit: accountId(savingsKey(to)),
        amount: request.amountIdr,
      },
    ],
  });
  if (journal.kind === "refused")
    return refuse("ledger_refused", `the ledger refuses the move: ${journal.refusal}`);
  const move: BookMove = { ...request, journal: journal.journalId, movedBy: actor, movedMs: nowMs };
  await insertMove(tx, move, bodyHash);
  await recordDeed(tx, {
    actor,
    action: "book_move.made",
    subject: `book_move:${move.id}`,
    atMs: nowMs,
  });
  return { kind: "moved", move };
}

function faultOfBooks(from: Book | null, to: Book | null): SavingsRefusal | null {
  if (from === null || to === null) return refuse("book_unknown", "one of the two books does not exist");
  if (from.id === to.id) return refuse("not_one_owner", "the two books are one; choose another to move to");
  if (from.member !== to.member || from.wasteBank !== to.wasteBank) {
    return refuse(
      "not_one_owner",
      "money moves between books of one member at one waste bank; pay it out and in for any other",
    );
  }
  if (to.closedMs !== null)
    return refuse("book_closed", "the book to move to is closed; open it again first");
  return null;
}

/**
 * Finds both books. On PostgreSQL they and their accounts stay locked, each kind in one order for everyone: two moves in
 * opposite directions would deadlock otherwise, and a book that takes money must not be closed meanwhile.
 */
async function lockBooks(tx: Tx, { from, to }: NewBookMove): Promise<[Book | null, Book | null]> {
  if (engineOf(tx) === "postgres") {
    await tx
      .selectFrom("books")
      .select("id")
      .where("id", "in", [from, to])
      .orderBy("id")
      .forShare()
      .execute();
  }
  const books: [Book | null, Book | null] = [await findBook(tx, from), await findBook(tx, to)];
  const accounts = books.flatMap((book) => (book === null ? [] : [accountId(savingsKey(book))]));
  await holdAccounts(tx, accounts);
  return books;
}

async function findMove(tx: Tx, id: string): Promise<{ move: BookMove; bodyHash: string } | null> {
  const row = await tx.selectFrom("book_moves").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  return {
    bodyHash: row.body_hash,
    move: {
      id: row.id,
      from: row.from_book_id,
      to: row.to_book_id,
      amountIdr: row.amount_idr,
      journal: row.journal_id,
      movedBy: row.moved_by,
      movedMs: row.moved_ms,
    },
  };
}

async function insertMove(tx: Tx, move: BookMove, bodyHash: string): Promise<void> {
  await tx
    .insertInto("book_moves")
    .values({
      id: move.id,
      body_hash: bodyHash,
      from_book_id: move.from,
      to_book_id: move.to,
      amount_idr: move.amountIdr,
      journal_id: move.journal,
      moved_by: move.movedBy,
      moved_ms: move.movedMs,
    })
    .execute();
}
