/** What a passbook tells of its lines beyond the ledger: what was weighed, and by whom it was posted. */
import type { Db } from "../relational/relational-store.ts";
import type { BookOwner } from "./books.ts";

/** A line of a deposit that was paid for. */
export interface DepositedLine {
  material: string;
  netG: number;
  /** Null where the amount stands as an import brought it. */
  priceIdrPerKg: number | null;
}

/** Lines of these deposits that were paid for when they were brought, in order, by deposit. */
export async function depositedLines(db: Db, deposits: string[]): Promise<Map<string, DepositedLine[]>> {
  const ids = [...new Set(deposits)];
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("deposit_lines")
    .innerJoin("deposits", "deposits.id", "deposit_lines.deposit_id")
    .select([
      "deposit_id as deposit",
      "material_id as material",
      "net_g as netG",
      "price_idr_per_kg as priceIdrPerKg",
    ])
    .where("deposit_id", "in", ids)
    .where("settlement", "=", "purchase")
    .where("amount_idr", ">", 0)
    .orderBy("deposit_id")
    .orderBy("line")
    .execute();
  return Map.groupBy(rows, ({ deposit }) => deposit);
}

/** Grams that sales have sold of a member for one book, by the journal of the sale and then by material. */
export async function soldLines(
  db: Db,
  { member, wasteBank, product }: BookOwner,
  journals: string[],
): Promise<Map<string, Map<string, number>>> {
  const ids = [...new Set(journals)];
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("sale_journals")
    .innerJoin("consignment_sales as sold", "sold.sale_id", "sale_journals.sale_id")
    .innerJoin("consignments as waste", (join) =>
      join.onRef("waste.deposit_id", "=", "sold.deposit_id").onRef("waste.line", "=", "sold.line"),
    )
    .select((eb) => [
      "sale_journals.journal_id as journal",
      "waste.material_id as material",
      eb.cast<number>(eb.fn.sum("sold.grams"), "bigint").as("grams"),
    ])
    .where("sale_journals.journal_id", "in", ids)
    .where("waste.member_id", "=", member)
    .where("waste.waste_bank_id", "=", wasteBank)
    .where("waste.product_id", "=", product)
    .groupBy(["sale_journals.journal_id", "waste.material_id"])
    .execute();
  const byJournal = new Map<string, Map<string, number>>();
  for (const { journal, material, grams } of rows)
    byJournal.set(journal, (byJournal.get(journal) ?? new Map<string, number>()).set(material, grams));
  return byJournal;
}

/** Receipts of cash that payouts have handed out, by the journal that took the money out of the book. */
export async function cashReceipts(db: Db, journals: string[]): Promise<Map<string, string>> {
  const ids = [...new Set(journals)];
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("transfers as settled")
    .innerJoin("transfers as held", "held.id", "settled.pending_id")
    .innerJoin("payout_holds", "payout_holds.journal_id", "held.journal_id")
    .innerJoin("cash_payouts", "cash_payouts.payout_id", "payout_holds.payout_id")
    .select(["settled.journal_id as journal", "cash_payouts.receipt_no as receiptNo"])
    .where("settled.journal_id", "in", ids)
    .where("settled.phase", "=", "settle")
    .execute();
  return new Map(rows.map(({ journal, receiptNo }) => [journal, receiptNo]));
}

/** Names of users and terminals among these actors, by actor. */
export async function officersOf(db: Db, actors: string[]): Promise<Map<string, string>> {
  const distinct = [...new Set(actors)];
  const ids = (kind: string) =>
    distinct.filter((actor) => actor.startsWith(kind)).map((actor) => actor.slice(kind.length));
  const users = ids("user:");
  const nodes = ids("node:");
  const names = new Map<string, string>();
  if (users.length > 0) {
    const rows = await db.selectFrom("users").select(["id", "username"]).where("id", "in", users).execute();
    for (const { id, username } of rows) names.set(`user:${id}`, username);
  }
  if (nodes.length > 0) {
    const rows = await db.selectFrom("nodes").select(["id", "name"]).where("id", "in", nodes).execute();
    for (const { id, name } of rows) names.set(`node:${id}`, name);
  }
  return names;
}
