/** Accounts on which the waste of a store stands, in grams and in rupiah. */
import { type AccountKey, availableOf, balanceOf, gramsLedger } from "../ledger/account.ts";
import { lockAccounts, lockedAccount } from "../ledger/lock-accounts.ts";
import type { Tx } from "../relational/relational-store.ts";

/** A material in the store of a waste bank. */
export interface StockPlace {
  wasteBank: string;
  material: string;
}

/** What lies in the store: grams that the waste bank owns and what it gave for them, and grams that members still own. */
export interface StockLevel {
  ownedG: number;
  consignedG: number;
  /** Of the owned grams alone. */
  valueIdr: number;
}

/** Grams that the waste bank owns. */
export function ownedKey({ wasteBank, material }: StockPlace): AccountKey {
  return { kind: "stock", ledger: gramsLedger(material), wasteBank };
}

/** Grams whose members are paid when they are sold. */
export function consignedKey({ wasteBank, material }: StockPlace): AccountKey {
  return { kind: "stock", ledger: gramsLedger(material), wasteBank, part: "consigned" };
}

/** Where grams come from or go to. */
export function gramsKey(
  kind: "received" | "surplus" | "sold" | "delivered" | "shrinkage" | "rejects",
  { wasteBank, material }: StockPlace,
): AccountKey {
  return { kind, ledger: gramsLedger(material), wasteBank };
}

/** Rupiah of one material. */
export function valueKey(
  kind: "stock_value" | "sales" | "cost_of_sales" | "shrinkage_value",
  { wasteBank, material }: StockPlace,
): AccountKey {
  return { kind, ledger: "IDR", wasteBank, part: material };
}

/**
 * Holds the grams of these materials until the transaction ends, with all `other` accounts that it is going to move: locked
 * later they would be out of the order of everyone else.
 */
export async function lockStock(
  tx: Tx,
  { places, other }: { places: StockPlace[]; other: AccountKey[] },
  nowMs: number,
): Promise<void> {
  const grams = places.flatMap((place) => [ownedKey(place), consignedKey(place)]);
  await lockAccounts(tx, [...grams, ...other], nowMs);
}

/** Grams that lie in the store, of stock that is held. */
export async function lockedGrams(
  tx: Tx,
  place: StockPlace,
): Promise<Pick<StockLevel, "ownedG" | "consignedG">> {
  const owned = await lockedAccount(tx, ownedKey(place));
  const consigned = await lockedAccount(tx, consignedKey(place));
  return { ownedG: availableOf(owned), consignedG: availableOf(consigned) };
}

/** What lies in the store, of stock that is held together with its `stock_value`. */
export async function lockedStock(tx: Tx, place: StockPlace): Promise<StockLevel> {
  const value = await lockedAccount(tx, valueKey("stock_value", place));
  return { ...(await lockedGrams(tx, place)), valueIdr: balanceOf(value) };
}
