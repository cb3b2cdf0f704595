/**
 * The book of a payout that takes everything: it is closed when the payout is paid, so that it does not go on taking deposits.
 * Where it cannot be closed, because money came meanwhile or is still to come, an alarm tells of it.
 */
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { closeBook } from "../savings/book-changes.ts";
import type { Payout } from "./payout.ts";
import type { Doing } from "./payout-journals.ts";
import { raiseAlarm } from "./reviews.ts";

/**
 * Holds the book that a payout is to close, if it is to close one: whatever would go into it waits. Call it before accounts are
 * locked: the book comes first, as everywhere.
 */
export async function holdLeavingBook(tx: Tx, payout: Payout): Promise<void> {
  if (!payout.closes || engineOf(tx) === "sqlite") return;
  await booksOf(tx, payout).forUpdate().execute();
}

/** Closes the book of a payout that takes everything and has just been paid, or raises an alarm. The book is held. */
export async function closeLeavingBook(
  tx: Tx,
  payout: Payout,
  { attempt, actor, nowMs }: Doing & { attempt: string | null },
): Promise<void> {
  if (!payout.closes) return;
  const { id, closedMs } = await booksOf(tx, payout).executeTakeFirstOrThrow();
  if (closedMs !== null) return;
  const reason = `payout ${payout.id} has taken everything`;
  const outcome = await closeBook(tx, { id, reason }, { actor, nowMs });
  if (outcome.kind === "refused")
    await raiseAlarm(tx, { kind: "book_not_closed", payout: payout.id, attempt, nowMs });
}

function booksOf(tx: Tx, { member, wasteBank, product }: Payout) {
  return tx
    .selectFrom("books")
    .select(["id", "closed_ms as closedMs"])
    .where("member_id", "=", member)
    .where("waste_bank_id", "=", wasteBank)
    .where("product_id", "=", product);
}
