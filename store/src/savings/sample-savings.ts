/** A waste bank, a member and money on books; for tests of savings. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { type AccountKey, accountId, openAccounts } from "../ledger/account.ts";
import { type JournalOutcome, postJournal, type TransferRequest } from "../ledger/post-journal.ts";
import type { RelationalStore } from "../relational/relational-store.ts";
import { openBook } from "./book-changes.ts";
import type { Book } from "./book-list.ts";
import { savingsKey } from "./books.ts";
import { addProduct } from "./products.ts";
import type { WithdrawalRules } from "./rules.ts";

/** Any moment: 2026-11-24T03:00:00Z, 10 o'clock WIB. */
export const NOW_MS = 1_795_489_200_000;

/** Rules that keep nothing back. */
export const FREE: WithdrawalRules = {
  minBalanceIdr: 0,
  minWithdrawalIdr: 1,
  windows: [],
  lockDays: 0,
  lockedUntil: null,
};

/** Makes a waste bank that nothing else uses, and answers its id. */
export async function sampleWasteBank({ db }: RelationalStore): Promise<string> {
  const id = `wb-${newEventId()}`;
  await db
    .insertInto("zones")
    .values({ id: "zone", name: "zone" })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto("waste_banks")
    .values({ id, name: "Bank Sampah", zone_id: "zone", lat: 3.5, lon: 98.8, created_ms: NOW_MS })
    .execute();
  return id;
}

/** Makes a member of the waste bank, and answers the id. */
export async function sampleMember({ db }: RelationalStore, wasteBank: string): Promise<string> {
  const id = newEventId();
  await db
    .insertInto("members")
    .values({ id, number: id, kind: "individual", card: null, waste_bank_id: wasteBank, created_ms: NOW_MS })
    .execute();
  return id;
}

/** Makes a product with these rules in place of the free ones, and answers its id. */
export async function sampleProduct(
  store: RelationalStore,
  rules: Partial<WithdrawalRules>,
  { wasteBank = null, atMs = NOW_MS }: { wasteBank?: string | null; atMs?: number } = {},
): Promise<string> {
  const id = `p-${newEventId()}`;
  const wanted = { id, wasteBank, name: "Tabungan", rules: { ...FREE, ...rules } };
  const outcome = await store.transaction((tx) =>
    addProduct(tx, wanted, { actor: "user:test", nowMs: atMs }),
  );
  if (outcome.kind === "refused") throw new Error(outcome.reason);
  return id;
}

/** Opens a book that must be opened. */
export async function sampleBook(
  store: RelationalStore,
  { product = "regular", isDefault = false, ...owner }: SampleOwner,
  atMs = NOW_MS,
): Promise<Book> {
  const outcome = await store.transaction((tx) =>
    openBook(tx, { ...owner, product, isDefault }, { actor: "user:test", nowMs: atMs }),
  );
  if (outcome.kind === "refused") throw new Error(outcome.reason);
  return outcome.book;
}

interface SampleOwner {
  member: string;
  wasteBank: string;
  product?: string;
  isDefault?: boolean;
}

/** Moves money on a book, in when above zero, else out, and answers the outcome. `pend` only holds it. */
export async function move(
  store: RelationalStore,
  book: Book,
  { amountIdr, phase = "post", kind = "test" }: { amountIdr: number; phase?: "post" | "pend"; kind?: string },
): Promise<JournalOutcome> {
  const savings = savingsKey(book);
  const other: AccountKey = { kind: "capital", ledger: "IDR", wasteBank: book.wasteBank };
  await openAccounts(store.db, [savings, other], NOW_MS);
  const [from, to] = amountIdr > 0 ? [other, savings] : [savings, other];
  return await posted(store, {
    kind,
    transfers: [{ phase, debit: accountId(from), credit: accountId(to), amount: Math.abs(amountIdr) }],
  });
}

/** Posts a journal of these transfers under a new key. */
export async function posted(
  store: RelationalStore,
  request: { kind: string; transfers: TransferRequest[]; reverses?: string },
): Promise<JournalOutcome> {
  return await postJournal(store, {
    idempotencyKey: newEventId(),
    actor: "user:test",
    occurredMs: NOW_MS,
    ...request,
  });
}
