/** Books of a member with what is on them. */
import { dayOf } from "@jumpa-madu/contracts/local-day";
import { accountId } from "../ledger/account.ts";
import type { Db } from "../relational/relational-store.ts";
import { type BookOwner, savingsKey } from "./books.ts";
import { rulesAt } from "./rules.ts";
import { firstOpenDay } from "./withdrawal-days.ts";

/** Books of one member that a list shows at most: a member has one for each product of a waste bank that was asked for. */
export const BOOKS_MAX = 500;

/** A book and its money, in whole rupiah. */
export interface Book extends BookOwner {
  id: string;
  productName: string;
  isDefault: boolean;
  openedMs: number;
  closedMs: number | null;
  balanceIdr: number;
  /** Part of the balance that is on its way out. */
  heldIdr: number;
}

/** A book as a list shows it: with the first day on which money may be withdrawn, null when none is set. */
export interface ListedBook extends Book {
  openOn: string | null;
}

/** Books of a member, of one waste bank when it is given; at most BOOKS_MAX. */
export async function listBooks(
  db: Db,
  { member, wasteBank, nowMs }: { member: string; wasteBank: string | null; nowMs: number },
): Promise<ListedBook[]> {
  let query = bookQuery(db)
    .where("books.member_id", "=", member)
    .orderBy("books.waste_bank_id")
    .orderBy("books.product_id")
    .limit(BOOKS_MAX);
  if (wasteBank !== null) query = query.where("books.waste_bank_id", "=", wasteBank);
  const books = await withMoney(db, await query.execute());
  return await Promise.all(
    books.map(async (book) => ({ ...book, openOn: await openDayOf(db, book, nowMs) })),
  );
}

/** The book of this id; null when there is none. */
export async function findBook(db: Db, id: string): Promise<Book | null> {
  const [book] = await withMoney(db, await bookQuery(db).where("books.id", "=", id).execute());
  return book ?? null;
}

/** Day from which the rules in force now let money out of the book; null when it is closed or no window is left. */
export async function openDayOf(db: Db, book: Book, nowMs: number): Promise<string | null> {
  const rules = await rulesAt(db, book.product, nowMs);
  if (rules === null || book.closedMs !== null) return null;
  return firstOpenDay(rules, book.openedMs, dayOf(nowMs));
}

function bookQuery(db: Db) {
  return db
    .selectFrom("books")
    .innerJoin("savings_products", "savings_products.id", "books.product_id")
    .select([
      "books.id",
      "books.member_id as member",
      "books.waste_bank_id as wasteBank",
      "books.product_id as product",
      "savings_products.name as productName",
      "books.is_default as default",
      "books.opened_ms as openedMs",
      "books.closed_ms as closedMs",
    ]);
}

type BookRow = Omit<Book, "isDefault" | "balanceIdr" | "heldIdr"> & { default: 0 | 1 };

/** The account of a book is found by the id that its key makes, and may not be there before the first deposit. */
async function withMoney(db: Db, rows: BookRow[]): Promise<Book[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => accountId(savingsKey(row)));
  const accounts = await db
    .selectFrom("accounts")
    .select(["id", "credits_posted", "debits_posted", "debits_pending"])
    .where("id", "in", ids)
    .execute();
  const byId = new Map(accounts.map((account) => [account.id, account]));
  return rows.map(({ default: isDefault, ...row }, index) => {
    const account = byId.get(ids[index] ?? "");
    return {
      ...row,
      isDefault: isDefault === 1,
      balanceIdr: account === undefined ? 0 : account.credits_posted - account.debits_posted,
      heldIdr: account?.debits_pending ?? 0,
    };
  });
}
