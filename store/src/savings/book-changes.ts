/** Opening, closing and choosing books. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { accountId } from "../ledger/account.ts";
import { memberToAct } from "../people/members.ts";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { waitingFor } from "../stock/consignments.ts";
import { type Book, findBook } from "./book-list.ts";
import { type BookOwner, insertBook, isOffered, savingsKey } from "./books.ts";
import type { Doer } from "./products.ts";
import { refuse, type SavingsRefusal } from "./refusal.ts";

/** What became of a deed on a book. */
export type BookOutcome = { kind: "done"; book: Book } | SavingsRefusal;

/** Opens a book for a member, at whichever waste bank. Throws the database's refusal when that is unknown. */
export async function openBook(
  tx: Tx,
  { isDefault, ...owner }: BookOwner & { isDefault: boolean },
  { actor, nowMs }: Doer,
): Promise<BookOutcome> {
  const { member, wasteBank, product } = owner;
  const gone = await faultOfMember(tx, member);
  if (gone !== null) return gone;
  if (!(await isOffered(tx, wasteBank, product)))
    return refuse("product_unknown", `waste bank ${wasteBank} has no savings product ${product}`);
  if (isDefault) {
    await lockBooksAt(tx, owner);
    await unmarkDefault(tx, owner);
  }
  const id = newEventId(nowMs);
  if (!(await insertBook(tx, { ...owner, isDefault, id, openedMs: nowMs }))) {
    return refuse(
      "book_exists",
      `the member has a book ${product} at waste bank ${wasteBank} already; if it is closed, open it again`,
    );
  }
  await recordDeed(tx, {
    actor,
    action: "book.opened",
    subject: `book:${id}`,
    atMs: nowMs,
  });
  return await done(tx, id);
}

/** Makes a book the one that takes the member's deposits at its waste bank when they name no product. */
export async function makeDefault(tx: Tx, id: string, { actor, nowMs }: Doer): Promise<BookOutcome> {
  const found = await findBook(tx, id);
  if (found !== null) await lockBooksAt(tx, found);
  const book = await findBook(tx, id);
  if (book === null) return refuse("book_unknown", "there is no such book");
  if (book.closedMs !== null) return refuse("book_closed", "the book is closed; open it again first");
  if (book.isDefault) return { kind: "done", book };
  await unmarkDefault(tx, book);
  await tx.updateTable("books").set({ is_default: 1 }).where("id", "=", id).execute();
  await recordDeed(tx, { actor, action: "book.made_default", subject: `book:${id}`, atMs: nowMs });
  return await done(tx, id);
}

/**
 * Closes a book with nothing on it, nothing held and nothing to come from waste that waits to be sold. The default book is
 * closed last, so that the member's deposits always have where to go while one is open.
 */
export async function closeBook(
  tx: Tx,
  { id, reason }: { id: string; reason: string },
  { actor, nowMs }: Doer,
): Promise<BookOutcome> {
  const book = await lockedBook(tx, id);
  if (book === null) return refuse("book_unknown", "there is no such book");
  if (book.closedMs !== null) return refuse("book_closed", "the book is closed already");
  // Before the balance: what is sold behind this look stands on the book in the next.
  const waiting = await waitingFor(tx, book);
  if (waiting.length > 0) {
    const what = waiting.map(({ material, grams }) => `${grams} g of ${material}`).join(", ");
    return refuse(
      "book_not_empty",
      `${what} wait to be sold, and the money goes into this book: sell them first`,
    );
  }
  const { balanceIdr, heldIdr } = (await findBook(tx, id)) ?? book;
  if (balanceIdr !== 0 || heldIdr !== 0) {
    return refuse(
      "book_not_empty",
      `Rp ${balanceIdr} stand on the book, Rp ${heldIdr} of it on their way out: withdraw or move all of it first`,
    );
  }
  if (book.isDefault && (await hasOtherOpen(tx, book)))
    return refuse(
      "book_is_default",
      "the member's deposits go to this book: make another one the default first",
    );
  await tx.updateTable("books").set({ closed_ms: nowMs }).where("id", "=", id).execute();
  await recordDeed(tx, { actor, action: "book.closed", subject: `book:${id}`, reason, atMs: nowMs });
  return await done(tx, id);
}

/** Opens a closed book again. Its lock counts from now, or closing would be a way round it. */
export async function reopenBook(
  tx: Tx,
  { id, reason }: { id: string; reason: string },
  { actor, nowMs }: Doer,
): Promise<BookOutcome> {
  const book = await lockedBook(tx, id);
  if (book === null) return refuse("book_unknown", "there is no such book");
  if (book.closedMs === null) return refuse("book_open", "the book is open");
  const gone = await faultOfMember(tx, book.member);
  if (gone !== null) return gone;
  await tx.updateTable("books").set({ closed_ms: null, opened_ms: nowMs }).where("id", "=", id).execute();
  await recordDeed(tx, {
    actor,
    action: "book.reopened",
    subject: `book:${id}`,
    reason,
    atMs: nowMs,
  });
  return await done(tx, id);
}

/**
 * The book, locked until the transaction ends together with its account: a deposit that has chosen it waits or is waited
 * for, and a withdrawal as well. First the book and then the account, as everywhere.
 */
async function lockedBook(tx: Tx, id: string): Promise<Book | null> {
  const book = await findBook(tx, id);
  if (book === null || engineOf(tx) === "sqlite") return book;
  await tx.selectFrom("books").select("id").where("id", "=", id).forUpdate().execute();
  await tx
    .selectFrom("accounts")
    .select("id")
    .where("id", "=", accountId(savingsKey(book)))
    .forNoKeyUpdate()
    .execute();
  return await findBook(tx, id);
}

/** Locks every book of a member at a waste bank, so that two do not become the default one at once. */
async function lockBooksAt(tx: Tx, { member, wasteBank }: Omit<BookOwner, "product">): Promise<void> {
  if (engineOf(tx) === "sqlite") return;
  await tx
    .selectFrom("books")
    .select("id")
    .where("member_id", "=", member)
    .where("waste_bank_id", "=", wasteBank)
    .orderBy("id")
    .forUpdate()
    .execute();
}

async function unmarkDefault(tx: Tx, { member, wasteBank }: BookOwner): Promise<void> {
  await tx
    .updateTable("books")
    .set({ is_default: 0 })
    .where("member_id", "=", member)
    .where("waste_bank_id", "=", wasteBank)
    .where("is_default", "=", 1)
    .execute();
}

async function hasOtherOpen(tx: Tx, { id, member, wasteBank }: Book): Promise<boolean> {
  const row = await tx
    .selectFrom("books")
    .select("id")
    .where("member_id", "=", member)
    .where("waste_bank_id", "=", wasteBank)
    .where("closed_ms", "is", null)
    .where("id", "<>", id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Nobody closes the member until the transaction ends. */
async function faultOfMember(tx: Tx, id: string): Promise<SavingsRefusal | null> {
  const found = await memberToAct(tx, id);
  if (found.kind === "may") return null;
  const code =
    found.code === "member_closed" || found.code === "member_erased" ? found.code : "member_unknown";
  return refuse(code, found.reason);
}

async function done(tx: Tx, id: string): Promise<BookOutcome> {
  const book = await findBook(tx, id);
  if (book === null) throw new Error(`book ${id} is gone from its own transaction`);
  return { kind: "done", book };
}
