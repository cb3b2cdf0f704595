/** Condition that every look-up of prices shares. */
import { type RawBuilder, sql } from "kysely";

/** True for prices that have begun and that no later one of the same material and waste bank has replaced. */
export function isInForce(atMs: number): RawBuilder<boolean> {
  return sql<boolean>`(prices.valid_from_ms <= ${atMs} and not exists (
    select 1 from prices later
    where later.material_id = prices.material_id
      and coalesce(later.waste_bank_id, '') = coalesce(prices.waste_bank_id, '')
      and later.valid_from_ms > prices.valid_from_ms and later.valid_from_ms <= ${atMs}))`;
}
