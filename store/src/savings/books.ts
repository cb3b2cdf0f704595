/** Books of members: one for each waste bank and savings product. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { dayOf } from "@jumpa-madu/contracts/local-day";
import type { AccountKey } from "../ledger/account.ts";
import type { Tx } from "../relational/relational-store.ts";
import { statement } from "../relational/statement.ts";

/** Product of a book that nobody asked for: withdrawn whenever the member likes. */
export const REGULAR_PRODUCT = "regular";

/** Whose book, where, of which product. */
export interface BookOwner {
  member: string;
  wasteBank: string;
  product: string;
}

/** The book into which a deposit goes, or why it has none. */
export type BookForDeposit =
  | { kind: "open"; book: BookOwner }
  | { kind: "refused"; code: "book_closed" | "product_unknown"; reason: string };

/** Account of the ledger on which the money of a book stands. */
export function savingsKey({ member, wasteBank, product }: BookOwner): AccountKey {
  return { kind: "member_savings", ledger: "IDR", wasteBank, member, part: product };
}

/**
 * The book into which a deposit goes. Of a named product: the member's book of it at the waste bank. Of none: the one that
 * is marked as default there, or else the regular one. A book that is not there yet is opened, the regular one as default.
 *
 * A closed book takes nothing and is not opened again by the way: whoever closed it meant it, and it may have had rules that
 * an opening starts anew. No other book is guessed in its place. Holds the book's row until the transaction ends, so that
 * the book is not closed before the deposit is on it. `held`: what `heldBook` has found within this transaction.
 */
export async function bookForDeposit(
  tx: Tx,
  owner: Omit<BookOwner, "product"> & { product: string | null; held?: FoundBook | null },
  nowMs: number,
): Promise<BookForDeposit> {
  const found = owner.held ?? (await heldBook(tx, owner));
  if (found !== null) return openOrRefused(owner, found);
  const product = owner.product ?? REGULAR_PRODUCT;
  if (!(await isOffered(tx, owner.wasteBank, product))) {
    return {
      kind: "refused",
      code: "product_unknown",
      reason: `waste bank ${owner.wasteBank} has no savings product ${product}`,
    };
  }
  const { member, wasteBank } = owner;
  const wanted: BookRow = { member, wasteBank, product, isDefault: owner.product === null };
  await insertBook(tx, { ...wanted, id: newEventId(nowMs), openedMs: nowMs });
  // What stood in the way, if anything did, is this book or another default one that somebody has opened meanwhile.
  const opened = await heldBook(tx, owner);
  return openOrRefused(owner, opened ?? { product, closedMs: null });
}

/** True when a waste bank offers the product: its own, or one of all. */
export async function isOffered(tx: Tx, wasteBank: string, product: string): Promise<boolean> {
  const row = await tx
    .selectFrom("savings_products")
    .select("waste_bank_id")
    .where("id", "=", product)
    .executeTakeFirst();
  return row !== undefined && (row.waste_bank_id === null || row.waste_bank_id === wasteBank);
}

interface BookRow extends BookOwner {
  isDefault: boolean;
}

/** Keeps a book; false when there is one of this owner and product, or a default one where this is to be it. */
export async function insertBook(
  tx: Tx,
  { id, member, wasteBank, product, isDefault, openedMs }: BookRow & { id: string; openedMs: number },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("books")
    .values({
      id,
      member_id: member,
      waste_bank_id: wasteBank,
      product_id: product,
      is_default: isDefault ? 1 : 0,
      opened_ms: openedMs,
      closed_ms: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** A book that is there. */
export interface FoundBook {
  product: string;
  closedMs: number | null;
}

const lockBookOfProduct = statement<BookOwner, FoundBook>((db, slot, engine) => {
  const query = db
    .selectFrom("books")
    .select(["product_id as product", "closed_ms as closedMs"])
    .where("member_id", "=", slot("member"))
    .where("waste_bank_id", "=", slot("wasteBank"))
    .where("product_id", "=", slot("product"));
  return engine === "postgres" ? query.forShare() : query;
});

// All of them: PostgreSQL asks a row that it has waited for whether it still fits, and never finds one that fits only since. Were
// `is_default` asked for here, the book that was made the default meanwhile would be missing.
const lockBooksOf = statement<Omit<BookOwner, "product">, FoundBook & { isDefault: number }>(
  (db, slot, engine) => {
    const query = db
      .selectFrom("books")
      .select(["product_id as product", "closed_ms as closedMs", "is_default as isDefault"])
      .where("member_id", "=", slot("member"))
      .where("waste_bank_id", "=", slot("wasteBank"))
      .orderBy("id");
    return engine === "postgres" ? query.forShare() : query;
  },
);

/** The book that a deposit would go into, held until the transaction ends; null when it is not there yet. */
export async function heldBook(
  tx: Tx,
  { member, wasteBank, product }: Omit<BookOwner, "product"> & { product: string | null },
): Promise<FoundBook | null> {
  if (product !== null) return (await lockBookOfProduct(tx, { member, wasteBank, product })).rows[0] ?? null;
  const { rows } = await lockBooksOf(tx, { member, wasteBank });
  const found = defaultOf(rows);
  if (found !== null || rows.length === 0) return found;
  // None is marked: one that was opened as the default while this waited is seen by the next statement alone.
  const later = (await lockBooksOf(tx, { member, wasteBank })).rows;
  return defaultOf(later) ?? later.find((book) => book.product === REGULAR_PRODUCT) ?? null;
}

/** The statement of `heldBook` where no product is named, for `askAtOnce`; `defaultOf` reads what it answers. */
export function defaultBookAsked(tx: Tx, owner: Omit<BookOwner, "product">) {
  return lockBooksOf.of(tx, owner);
}

/** The book that is marked as default, of a member's at a waste bank; null when none is, and `heldBook` must look again. */
export function defaultOf<Book extends FoundBook & { isDefault: number }>(books: Book[]): Book | null {
  return books.find(({ isDefault }) => isDefault === 1) ?? null;
}

function openOrRefused(
  { member, wasteBank }: Omit<BookOwner, "product">,
  { product, closedMs }: FoundBook,
): BookForDeposit {
  if (closedMs === null) return { kind: "open", book: { member, wasteBank, product } };
  return {
    kind: "refused",
    code: "book_closed",
    reason: `the member's book ${product} at waste bank ${wasteBank} was closed on ${dayOf(closedMs)}: open it again, or make another one the default`,
  };
}
