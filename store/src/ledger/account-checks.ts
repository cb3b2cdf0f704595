/** Promises about accounts: counters equal the transfers, none below its floor, every ledger in balance. */
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import { ACCOUNT_KINDS } from "./account.ts";
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

const KINDS = Object.entries<{ normal: "D" | "C"; floorZero: boolean }>(ACCOUNT_KINDS);

/** What a kind of account is by the programme: the columns may have been changed. */
const normalOf = sql`case kind ${sql.join(
  KINDS.map(([kind, { normal }]) => sql`when ${sql.lit(kind)} then ${sql.lit(normal)}`),
  sql` `,
)} end`;
const floorOf = sql`case kind ${sql.join(
  KINDS.map(([kind, { floorZero }]) => sql`when ${sql.lit(kind)} then ${sql.lit(floorZero ? 1 : 0)}`),
  sql` `,
)} end`;

/** As `accountId` builds it. */
const idOf = sql`kind || '/' || ledger || '/' || waste_bank_id
  || case when part is not null then '/' || coalesce(member_id, '') || '/' || part
    when member_id is not null then '/' || member_id else '' end`;

const kindChecks: Check[] = (
  [
    ["has the id of what it is", idOf, sql`id`],
    ["has the normal side of its kind", normalOf, sql`normal`],
    ["has the floor of its kind", floorOf, sql`floor_zero`],
  ] as const
).map(([what, expected, found]) => ({
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, ${sql.lit(what)} as "what", ${expected} as expected, ${found} as found
    from accounts where ${within("id", page)} and ${found} is distinct from ${expected}`,
}));

const floorCheck: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, 'not below zero' as "what", 0 as expected, available as found from (
      select id, case ${normalOf}
        when 'C' then credits_posted - debits_posted - debits_pending
        else debits_posted - credits_posted - credits_pending end as available
      from accounts where ${floorOf} = 1 and ${within("id", page)}
    ) counted where available < 0`,
};

/** Kinds of journal that only deposits make. */
const DEPOSIT_JOURNALS = sql`('deposit', 'deposit_void', 'deposit_correction')`;

/** What the journals of deposits have put onto account `a`, on its credit side. */
const credited = sql`coalesce((select sum(t.amount) from transfers t join journals j on j.id = t.journal_id
    where t.credit_account_id = a.id and t.phase in ('post', 'settle') and j.kind in ${DEPOSIT_JOURNALS}), 0)
  - coalesce((select sum(t.amount) from transfers t join journals j on j.id = t.journal_id
    where t.debit_account_id = a.id and t.phase in ('post', 'settle') and j.kind in ${DEPOSIT_JOURNALS}), 0)`;

/** Deposits that still stand. */
const stands = sql`not exists (select 1 from deposit_voids v where v.deposit_id = d.id)`;

/** A book's savings are the deposits that were saved in it less the voids, as far as the journals of deposits go. */
const savingsCheck: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, 'savings from deposits equal the deposits less the voids' as "what", expected, found from (
      select a.id, ${credited} as found,
        coalesce((select sum(d.total_idr) from deposits d
          where d.member_id = a.member_id and d.waste_bank_id = a.waste_bank_id and d.product_id = a.part
            and d.purpose = 'save' and ${stands}), 0) as expected
      from accounts a where a.kind = 'member_savings' and ${within("a.id", page)}
    ) counted where found <> expected`,
};

/** What members gave away is worth the deposits that were gifts. */
const donationsCheck: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, 'donations from deposits equal the gifts less the voids' as "what", expected, found from (
      select a.id, ${credited} as found,
        coalesce((select sum(d.total_idr) from deposits d
          where d.waste_bank_id = a.waste_bank_id and d.purpose = 'donate' and ${stands}), 0) as expected
      from accounts a where a.kind = 'donations' and ${within("a.id", page)}
    ) counted where found <> expected`,
};

/** Grams that wait to be paid for came from the lines of consignments, as far as the journals of deposits go. */
const consignedCheck: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, 'consigned grams from deposits equal the consignments less the voids' as "what", expected, found from (
      select a.id, -(${credited}) as found,
        coalesce((select sum(c.net_g) from consignments c
          where c.waste_bank_id = a.waste_bank_id and a.ledger = 'g:' || c.material_id
            and not exists (select 1 from deposit_voids v where v.deposit_id = c.deposit_id)), 0) as expected
      from accounts a where a.kind = 'stock' and a.part = 'consigned' and ${within("a.id", page)}
    ) counted where found <> expected`,
};

export const ACCOUNT_CHECKS: Check[] = [
  ...counterChecks,
  ...kindChecks,
  floorCheck,
  savingsCheck,
  donationsCheck,
  consignedCheck,
];

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
