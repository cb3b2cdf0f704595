/** Names that a printed passbook needs: of the waste bank, the member, materials and products. */
import { nameOf } from "../people/personal-data.ts";
import type { Db } from "../relational/relational-store.ts";
import type { Vault } from "../vault/vault.ts";
import type { BookOwner } from "./books.ts";

/** Names by what they are of. */
export interface PassbookNames {
  wasteBank: string;
  /** Null: nothing is known of the member any more. */
  memberName: string | null;
  memberNumber: string;
  /** Of materials and products, by id. */
  names: Map<string, string>;
}

/** Reads the names. Throws when the book's member or waste bank does not exist, which the database rules out. */
export async function passbookNames(
  { db, vault }: { db: Db; vault: Vault },
  { member, wasteBank }: BookOwner,
): Promise<PassbookNames> {
  const place = await db
    .selectFrom("waste_banks")
    .select("name")
    .where("id", "=", wasteBank)
    .executeTakeFirstOrThrow();
  const { number } = await db
    .selectFrom("members")
    .select("number")
    .where("id", "=", member)
    .executeTakeFirstOrThrow();
  const materials = await db.selectFrom("materials").select(["id", "name"]).execute();
  const products = await db.selectFrom("savings_products").select(["id", "name"]).execute();
  return {
    wasteBank: place.name,
    memberName: await nameOf(vault, db, member),
    memberNumber: number,
    names: new Map([...products, ...materials].map(({ id, name }) => [id, name])),
  };
}
