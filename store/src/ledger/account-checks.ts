/** Promises about accounts: counters equal the transfers, none below its floor, every ledger in balance. */
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import { type Check, type Violation, within } from "./violation.ts";

/** Counter of accounts, the side whose transfers move it, and what one transfer adds to it. */
const COUNTERS = [
  { counter: "debits_posted", side: "debit_account_id", adds: "posted" },
  { counter: "credits_posted", side: "credit_account_id", adds: "posted" },
  { counter: "debits_pending", side: "debit_account_id", adds: "pending" },
  { counter: "credits_pending", side: "credit_account_id", adds: "pending" },
] as const;

const ADDED = {
  posted: sql`case when t.phase in ('post', 'settle') then t.amount else 0 end`,
  pending: sql`case t.phase when 'post' then 0 when 'pend' then t.amount else -t.amount end`,
};

const counterChecks: Check[] = COUNTERS.map(({ counter, side, adds }) => ({
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, ${sql.lit(`${counter} equals the transfers`)} as "what", expected, found from (
      select a.id, a.${sql.ref(counter)} as found, coalesce((
        select sum(${ADDED[adds]}) from transfers t where t.${sql.ref(side)} = a.id
      ), 0) as expected
      from accounts a where ${within("a.id", page)}
    ) counted where found <> expected`,
}));

const floorCheck: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, 'not below zero' as "what", 0 as expected, available as found from (
      select id, case normal
        when 'C' then credits_posted - debits_posted - debits_pending
        else debits_posted - credits_posted - credits_pending end as available
      from accounts where floor_zero = 1 and ${within("id", page)}
    ) counted where available < 0`,
};

/** A member's savings are the deposits less the voids, as far as the journals of those two kinds go. */
const savingsCheck: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, 'savings from deposits equal the deposits less the voids' as "what", expected, found from (
      select a.id,
        coalesce((select sum(t.amount) from transfers t join journals j on j.id = t.journal_id
          where t.credit_account_id = a.id and t.phase in ('post', 'settle') and j.kind in ('deposit', 'deposit_void')), 0)
        - coalesce((select sum(t.amount) from transfers t join journals j on j.id = t.journal_id
          where t.debit_account_id = a.id and t.phase in ('post', 'settle') and j.kind in ('deposit', 'deposit_void')), 0)
          as found,
        coalesce((select sum(d.total_idr) from deposits d
          where d.member_id = a.member_id and d.waste_bank_id = a.waste_bank_id
            and not exists (select 1 from deposit_voids v where v.deposit_id = d.id)), 0) as expected
      from accounts a where a.kind = 'member_savings' and ${within("a.id", page)}
    ) counted where found <> expected`,
};

export const ACCOUNT_CHECKS: Check[] = [...counterChecks, floorCheck, savingsCheck];

/** Ledgers whose debits and credits differ, posted or pending. */
export async function unbalancedLedgers(db: Db): Promise<Violation[]> {
  const { rows } = await sql<Violation>`
    select 'accounts' as "table", ledger as id, 'debits equal credits in the ledger' as "what", debits as expected, credits as found
    from (
      select ledger, sum(debits_posted) + sum(debits_pending) as debits, sum(credits_posted) + sum(credits_pending) as credits,
        sum(debits_posted) - sum(credits_posted) as posted, sum(debits_pending) - sum(credits_pending) as pending
      from accounts group by ledger
    ) totals where posted <> 0 or pending <> 0 order by ledger`.execute(db);
  return rows;
}
