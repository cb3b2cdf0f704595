/** What lies in the store of a waste bank now. */
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";
import type { StockLevel } from "./stock-accounts.ts";

/** A material in the store. `averageIdrPerKg`: of what the own grams had cost; null when there are none. */
export interface MaterialLevel extends StockLevel {
  material: string;
  averageIdrPerKg: number | null;
}

/** Materials that the waste bank has or had, by id. */
export async function listStock(
  db: Db,
  wasteBank: string,
  { limit, after }: PageRequest,
): Promise<Page<MaterialLevel>> {
  const { rows } = await sql<StockLevel & { material: string }>`
    select materials.id as "material",
      coalesce(owned.debits_posted - owned.credits_posted, 0) as "ownedG",
      coalesce(consigned.debits_posted - consigned.credits_posted, 0) as "consignedG",
      coalesce(worth.debits_posted - worth.credits_posted, 0) as "valueIdr"
    from materials
    left join accounts owned on owned.waste_bank_id = ${wasteBank} and owned.kind = 'stock'
      and owned.ledger = 'g:' || materials.id and owned.part is null
    left join accounts consigned on consigned.waste_bank_id = ${wasteBank} and consigned.kind = 'stock'
      and consigned.ledger = 'g:' || materials.id and consigned.part = 'consigned'
    left join accounts worth on worth.waste_bank_id = ${wasteBank} and worth.kind = 'stock_value'
      and worth.ledger = 'IDR' and worth.part = materials.id
    where (owned.id is not null or consigned.id is not null) and materials.id > ${after ?? ""}
    order by materials.id limit ${limit + 1}`.execute(db);
  const levels = rows.map((row) => ({ ...row, averageIdrPerKg: idrPerKg(row.valueIdr, row.ownedG) }));
  return pageOf(levels, limit, ({ material }) => material);
}

/** Rupiah for a kilogram, rounded to one; null when there are no grams. */
export function idrPerKg(amountIdr: number, grams: number): number | null {
  return grams === 0 ? null : Math.round((amountIdr / grams) * 1_000);
}
