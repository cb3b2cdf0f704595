/**
 * Verifies the books: recomputes from the transfers what the counters say, and from the deposits what the transfers say.
 *
 * It trusts neither triggers nor constraints, so it also finds what somebody did to the file behind their back. It reads
 * page by page, holds no locks on PostgreSQL and yields between pages, so it may run beside the services.
 */

import { CASH_CHECKS } from "../cash/cash-checks.ts";
import { PAYOUT_CHECKS } from "../payouts/payout-checks.ts";
import type { NamedHead } from "../proof/chain-heads.ts";
import { brokenCloses } from "../proof/close-checks.ts";
import { DEED_CHECKS } from "../proof/deed-checks.ts";
import { brokenDeedRows } from "../proof/deed-row-checks.ts";
import { brokenSeals } from "../proof/seal-checks.ts";
import type { Db } from "../relational/relational-store.ts";
import { SAVINGS_CHECKS } from "../savings/savings-checks.ts";
import { STOCK_CHECKS } from "../stock/stock-checks.ts";
import { ACCOUNT_CHECKS, unbalancedLedgers } from "./account-checks.ts";
import { DEPOSIT_CHECKS } from "./deposit-checks.ts";
import { JOURNAL_CHECKS } from "./journal-checks.ts";
import { ROW_CHECKS } from "./row-checks.ts";
import { SOLD_BEFORE_CHECKS } from "./sold-before-checks.ts";
import { type Check, pagesOf, type Violation } from "./violation.ts";

export type { Violation };

/** Violations after which a verification stops: whoever reads a thousand needs no more to know that the books are broken. */
export const VIOLATIONS_MAX = 1_000;

/** Every promise that is looked at page by page. */
export const BOOK_CHECKS: readonly Check[] = [
  ...ACCOUNT_CHECKS,
  ...JOURNAL_CHECKS,
  ...ROW_CHECKS,
  ...DEPOSIT_CHECKS,
  ...SOLD_BEFORE_CHECKS,
  ...SAVINGS_CHECKS,
  ...CASH_CHECKS,
  ...PAYOUT_CHECKS,
  ...STOCK_CHECKS,
  ...DEED_CHECKS,
];

/**
 * Every breach of the books' promises; empty when they are in order. Stops after VIOLATIONS_MAX. `nowMs` tells which rows are
 * old enough that they must be sealed; `heads` are heads of chains that somebody has kept outside of the books.
 */
export function verifyLedger(db: Db, nowMs = Date.now(), heads: NamedHead[] = []): Promise<Violation[]> {
  return verifyBy(BOOK_CHECKS, db, { nowMs, heads });
}

/** Verifies as verifyLedger does, page by page by these checks alone. */
export async function verifyBy(
  checks: readonly Check[],
  db: Db,
  { nowMs, heads }: { nowMs: number; heads: NamedHead[] },
): Promise<Violation[]> {
  const violations: Violation[] = [
    ...(await unbalancedLedgers(db)),
    ...(await brokenSeals(db, nowMs)),
    ...(await brokenCloses(db, heads)),
    ...(await brokenDeedRows(db)),
  ];
  if (violations.length >= VIOLATIONS_MAX) return violations.slice(0, VIOLATIONS_MAX);
  for (const [table, ofTable] of Map.groupBy(checks, (check) => check.table)) {
    for await (const page of pagesOf(db, table)) {
      for (const check of ofTable) {
        const { rows } = await check.breaches(page).execute(db);
        violations.push(...rows);
        if (violations.length >= VIOLATIONS_MAX) return violations.slice(0, VIOLATIONS_MAX);
      }
    }
  }
  return violations;
}
