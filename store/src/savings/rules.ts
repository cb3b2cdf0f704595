/** Rules of savings products: from a moment on, never changed. A later one takes its place, for old books as well. */
import type { Selectable } from "kysely";
import type { Db, Tx } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";

/** A span of days in WIB, `2027-02-24` to `2027-03-09`, both included. */
export interface DayRange {
  from: string;
  until: string;
}

/** What withdrawals must keep to. */
export interface WithdrawalRules {
  /** What must stay on the book. */
  minBalanceIdr: number;
  /** The least that may be withdrawn at once. */
  minWithdrawalIdr: number;
  /** Days on which withdrawals are made; empty: any day. In order, none overlapping. */
  windows: DayRange[];
  /** Days that must have passed since the book was opened. */
  lockDays: number;
  /** First day on which withdrawals are made; null: no such day. */
  lockedUntil: string | null;
}

/** Rules as they were set. */
export interface SavingsRules extends WithdrawalRules {
  id: string;
  product: string;
  validFromMs: number;
  createdMs: number;
  /** Who set them, such as `user:{id}`. */
  createdBy: string;
}

/** Keeps rules. Throws the database's refusal when the product is unknown or has rules with the same start. */
export async function insertRules(tx: Tx, rules: SavingsRules): Promise<void> {
  await tx
    .insertInto("savings_rules")
    .values({
      id: rules.id,
      product_id: rules.product,
      valid_from_ms: rules.validFromMs,
      min_balance_idr: rules.minBalanceIdr,
      min_withdrawal_idr: rules.minWithdrawalIdr,
      windows: JSON.stringify(rules.windows),
      lock_days: rules.lockDays,
      locked_until: rules.lockedUntil,
      created_ms: rules.createdMs,
      created_by: rules.createdBy,
    })
    .execute();
}

/** Rules of a product that hold at a moment; null before the first. */
export async function rulesAt(db: Db, product: string, atMs: number): Promise<SavingsRules | null> {
  const row = await db
    .selectFrom("savings_rules")
    .selectAll()
    .where("product_id", "=", product)
    .where("valid_from_ms", "<=", atMs)
    .orderBy("valid_from_ms", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : toRules(row);
}

/** Every rule that these products ever had or will have, the one that begins latest first. */
export async function rulesOf(db: Db, products: string[]): Promise<SavingsRules[]> {
  if (products.length === 0) return [];
  const rows = await db
    .selectFrom("savings_rules")
    .selectAll()
    .where("product_id", "in", products)
    .orderBy("valid_from_ms", "desc")
    .execute();
  return rows.map(toRules);
}

function toRules(row: Selectable<Tables["savings_rules"]>): SavingsRules {
  return {
    id: row.id,
    product: row.product_id,
    validFromMs: row.valid_from_ms,
    minBalanceIdr: row.min_balance_idr,
    minWithdrawalIdr: row.min_withdrawal_idr,
    windows: JSON.parse(row.windows) as DayRange[],
    lockDays: row.lock_days,
    lockedUntil: row.locked_until,
    createdMs: row.created_ms,
    createdBy: row.created_by,
  };
}
