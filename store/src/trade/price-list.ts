/** Price list of a waste bank from now on, as one line of time for each material. */
import type { Db, Tx } from "../relational/relational-store.ts";
import { isInForce } from "./price-query.ts";

/** A price and the time from which it holds at the waste bank, which may be later than its own first day. */
export interface ListedPrice {
  id: string;
  material: string;
  priceIdrPerKg: number;
  fromMs: number;
}

interface Row {
  id: string;
  material: string;
  owner: string | null;
  priceIdrPerKg: number | null;
  validFromMs: number;
}

/**
 * Prices that hold at a waste bank from `nowMs` on: those in force, and those to come. Of the own price, the parent's and
 * the general one only the one that wins is listed, from when it wins, so that whoever reads the list needs to know
 * nothing of the rule: the latest that has begun holds. Ordered by material and time.
 */
export async function pricesFrom(db: Db, wasteBank: string, nowMs: number): Promise<ListedPrice[]> {
  const rows = await rowsFrom(db, wasteBank, nowMs).where("materials.retired_ms", "is", null).execute();
  const byMaterial = Map.groupBy(rows, ({ material }) => material);
  return [...byMaterial.values()].flatMap((prices) => heldFrom(prices, wasteBank, nowMs));
}

/** Which prices are asked for: those of one material that have won at a waste bank at some time from `fromMs` to `toMs`. */
export interface PriceSpan {
  material: string;
  wasteBank: string;
  fromMs: number;
  toMs: number;
}

/** Rupiah a kilogram of each price that held at some time of the span, also of a material that is retired by now. */
export async function pricesWithin(
  tx: Tx,
  { material, wasteBank, fromMs, toMs }: PriceSpan,
): Promise<Set<number>> {
  const rows = await rowsFrom(tx, wasteBank, fromMs)
    .where("prices.material_id", "=", material)
    .where("prices.valid_from_ms", "<=", toMs)
    .execute();
  return new Set(heldFrom(rows, wasteBank, fromMs).map(({ priceIdrPerKg }) => priceIdrPerKg));
}

/** Own, parent's and general prices that are in force at `fromMs` or begin later, by material and time. */
function rowsFrom(db: Db, wasteBank: string, fromMs: number) {
  return db
    .selectFrom("prices")
    .leftJoin("waste_banks as place", (join) => join.on("place.id", "=", wasteBank))
    .innerJoin("materials", "materials.id", "prices.material_id")
    .select([
      "prices.id",
      "prices.material_id as material",
      "prices.waste_bank_id as owner",
      "prices.price_idr_per_kg as priceIdrPerKg",
      "prices.valid_from_ms as validFromMs",
    ])
    .where((eb) =>
      eb.or([
        eb("prices.waste_bank_id", "is", null),
        eb("prices.waste_bank_id", "=", wasteBank),
        eb("prices.waste_bank_id", "=", eb.ref("place.parent_id")),
      ]),
    )
    .where((eb) => eb.or([eb("prices.valid_from_ms", ">", fromMs), isInForce(fromMs)]))
    .orderBy("prices.material_id")
    .orderBy("prices.valid_from_ms")
    .orderBy("prices.id");
}

/** Prices of one material that still win at `fromMs` or later. */
function heldFrom(prices: Row[], wasteBank: string, fromMs: number): ListedPrice[] {
  const line = lineOfTime(prices, wasteBank);
  return line.filter((_, index) => (line[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY) > fromMs);
}

/** `rows` of one material in order of time. */
function lineOfTime(rows: Row[], wasteBank: string): ListedPrice[] {
  const line: ListedPrice[] = [];
  // The own price, the parent's and the general one, each the latest so far; null where there is none or it was ended.
  const latest: (ListedPrice | null)[] = [null, null, null];
  for (const [index, { id, material, owner, priceIdrPerKg, validFromMs }] of rows.entries()) {
    const rank = owner === wasteBank ? 0 : owner === null ? 2 : 1;
    latest[rank] = priceIdrPerKg === null ? null : { id, material, priceIdrPerKg, fromMs: validFromMs };
    // Prices that begin together are judged together.
    if (rows[index + 1]?.validFromMs === validFromMs) continue;
    const winner = latest.find((price) => price !== null);
    if (winner != null && winner.id !== line.at(-1)?.id) line.push({ ...winner, fromMs: validFromMs });
  }
  return line;
}
