/** Which price holds: the waste bank's own, else its parent's, else the general one. */
import type { Db, Tx } from "../relational/relational-store.ts";
import { isInForce } from "./price-query.ts";

/** What is asked for: one material at one waste bank, at a time in milliseconds. */
export interface PriceQuestion {
  material: string;
  wasteBank: string;
  atMs: number;
}

/** A price that holds, whole rupiah a kilogram. */
export interface HoldingPrice {
  id: string;
  priceIdrPerKg: number;
}

/**
 * The price that a waste bank pays for a material; null when none holds. An own price that was ended leaves the place to
 * the parent's, and a parent's that was ended to the general one. `withoutOwn`: as if the waste bank had none of its own.
 */
export async function priceInForce(
  tx: Tx | Db,
  { material, wasteBank, atMs }: PriceQuestion,
  { withoutOwn = false }: { withoutOwn?: boolean } = {},
): Promise<HoldingPrice | null> {
  const rows = await tx
    .selectFrom("prices")
    .leftJoin("waste_banks as place", (join) => join.on("place.id", "=", wasteBank))
    .select(["prices.id", "prices.waste_bank_id as owner", "prices.price_idr_per_kg as priceIdrPerKg"])
    .where("prices.material_id", "=", material)
    .where((eb) =>
      eb.or([
        eb("prices.waste_bank_id", "is", null),
        eb("prices.waste_bank_id", "=", wasteBank),
        eb("prices.waste_bank_id", "=", eb.ref("place.parent_id")),
      ]),
    )
    .where(isInForce(atMs))
    .execute();
  const amounts = rows.flatMap(({ priceIdrPerKg, ...row }) =>
    priceIdrPerKg === null || (withoutOwn && row.owner === wasteBank) ? [] : [{ ...row, priceIdrPerKg }],
  );
  const price =
    amounts.find(({ owner }) => owner === wasteBank) ??
    amounts.find(({ owner }) => owner !== null) ??
    amounts[0];
  return price === undefined ? null : { id: price.id, priceIdrPerKg: price.priceIdrPerKg };
}
