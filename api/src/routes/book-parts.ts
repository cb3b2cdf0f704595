/** What the routes of books share: who may see a book, and how it is told. */
import type { Book } from "@jumpa-madu/contracts/http/savings";
import { type Book as BookRow, findBook } from "@jumpa-madu/store/book-list";
import type { Db } from "@jumpa-madu/store/relational-store";
import type { User } from "@jumpa-madu/store/users";
import { wasteBankInScope } from "../auth/scope.ts";
import { toIso, toIsoOrNull } from "../moments.ts";
import { ProblemError } from "../problem-error.ts";

/**
 * The book when the caller may see it: a member the own, an operator those of the own waste bank. Throws `not_found` when
 * there is none, or none for this member to know of.
 */
export async function bookInScope(db: Db, caller: User, id: string): Promise<BookRow> {
  const book = await findBook(db, id);
  if (book === null || (caller.role === "member" && caller.member !== book.member)) {
    throw new ProblemError("not_found", "there is no such book");
  }
  wasteBankInScope(caller, book.wasteBank);
  return book;
}

/** A book as the HTTP face tells it. */
export function toBook(book: BookRow): Book {
  return {
    id: book.id,
    member: book.member,
    waste_bank: book.wasteBank,
    product: book.product,
    product_name: book.productName,
    default: book.isDefault,
    opened_at: toIso(book.openedMs),
    closed_at: toIsoOrNull(book.closedMs),
    balance_idr: book.balanceIdr,
    held_idr: book.heldIdr,
  };
}
