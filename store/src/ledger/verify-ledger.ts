/**
 * Verifies the books: recomputes from the transfers what the counters say, and from the deposits what the transfers say.
 *
 * It trusts neither triggers nor constraints, so it also finds what somebody did to the file behind their back. It reads
 * page by page, holds no locks on PostgreSQL and yields between pages, so it may run beside the services.
 */
import type { Db } from "../relational/relational-store.ts";
import { ACCOUNT_CHECKS, unbalancedLedgers } from "./account-checks.ts";
import { DEPOSIT_CHECKS } from "./deposit-checks.ts";
import { JOURNAL_CHECKS } from "./journal-checks.ts";
import { type Check, pagesOf, type Violation } from "./violation.ts";

export type { Violation };

/** Violations after which a verification stops: whoever reads a thousand needs no more to know that the books are broken. */
export const VIOLATIONS_MAX = 1_000;

const CHECKS: Check[] = [...ACCOUNT_CHECKS, ...JOURNAL_CHECKS, ...DEPOSIT_CHECKS];

/** Every breach of the books' promises; empty when they are in order. Stops after VIOLATIONS_MAX. */
export async function verifyLedger(db: Db): Promise<Violation[]> {
  const violations: Violation[] = await unbalancedLedgers(db);
  for (const table of ["accounts", "journals", "transfers", "deposits"] as const) {
    const checks = CHECKS.filter((check) => check.table === table);
    for await (const page of pagesOf(db, table)) {
      for (const check of checks) {
        const { rows } = await check.breaches(page).execute(db);
        violations.push(...rows);
        if (violations.length >= VIOLATIONS_MAX) return violations.slice(0, VIOLATIONS_MAX);
      }
    }
  }
  return violations;
}
