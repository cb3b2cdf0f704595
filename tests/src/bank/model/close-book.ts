/** When a book of the model is closed: by hand, and by a payout that takes everything. */
import type { ModelBook, Scene } from "./scene.ts";

/** Closes a book in the model, where it can be closed; answers what becomes of it. */
export function closeIfEmpty(scene: Scene, book: ModelBook): string {
  const { books, bookList, consignments } = scene;
  const account = scene.book(book.member, book.product);
  const isAwaited = consignments.some(
    ({ deposit, line, usedG, account: into }) =>
      deposit.stands && into === account && usedG < (deposit.lines[line]?.netG ?? 0),
  );
  if (book.isClosed) return "book_closed";
  if (books.at(account) !== 0 || books.held(account) !== 0 || isAwaited) return "book_not_empty";
  const others = bookList.filter((one) => one.member === book.member && one !== book);
  if (book.isDefault && others.some(({ isClosed }) => !isClosed)) return "book_is_default";
  book.isClosed = true;
  return "done";
}
