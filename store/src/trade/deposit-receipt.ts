/** What is printed of a deposit besides the deposit itself: names of places and materials, never of a person. */
import { accountId, availableOf, findAccount } from "../ledger/account.ts";
import type { Db } from "../relational/relational-store.ts";
import { savingsKey } from "../savings/books.ts";
import type { PostedDeposit } from "./deposits.ts";

/** Names for the receipt. `materials`: by id. `balanceIdr`: what the book holds now; null for a gift. */
export interface DepositReceipt {
  wasteBankName: string;
  memberNumber: string;
  materials: Map<string, string>;
  balanceIdr: number | null;
}

/** Reads them. */
export async function receiptOf(db: Db, deposit: PostedDeposit): Promise<DepositReceipt> {
  const { member, wasteBank, product, lines } = deposit;
  const names = await db
    .selectFrom("waste_banks")
    .innerJoin("members", (join) => join.on("members.id", "=", member))
    .select(["waste_banks.name as wasteBankName", "members.number as memberNumber"])
    .where("waste_banks.id", "=", wasteBank)
    .executeTakeFirstOrThrow();
  const materials = await materialNames(
    db,
    lines.map(({ material }) => material),
  );
  const book =
    product === null ? null : await findAccount(db, accountId(savingsKey({ member, wasteBank, product })));
  return {
    ...names,
    materials,
    balanceIdr: product === null ? null : book === null ? 0 : availableOf(book),
  };
}

/** Names of materials, by id; one that does not exist is left out. */
export async function materialNames(db: Db, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("materials")
    .select(["id", "name"])
    .where("id", "in", [...new Set(ids)])
    .execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Numbers of members, by id; one that does not exist is left out. */
export async function memberNumbers(db: Db, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("members")
    .select(["id", "number"])
    .where("id", "in", [...new Set(ids)])
    .execute();
  return new Map(rows.map(({ id, number }) => [id, number]));
}
