/** What a time has moved on the accounts of a waste bank, from the transfers themselves. */
import { sql } from "kysely";
import { ACCOUNT_KINDS, type AccountKind } from "../ledger/account.ts";
import type { Db } from "../relational/relational-store.ts";

/** A waste bank and a time: milliseconds, from inclusive, to exclusive. By when something happened, not when it was told. */
export interface Period {
  wasteBank: string;
  fromMs: number;
  toMs: number;
}

/** One account, in units on its normal side. */
export interface Flow {
  kind: AccountKind;
  ledger: string;
  part: string | null;
  /** Balance when the time began, what it moved, and what has moved since it ended. */
  before: number;
  within: number;
  since: number;
  /** Balance now, by the account's own counters. */
  counted: number;
}

/** Accounts of these kinds, each with its flow. */
export async function flowsOf(
  db: Db,
  { wasteBank, fromMs, toMs }: Period,
  kinds: AccountKind[],
): Promise<Flow[]> {
  const ours = sql`waste_bank_id = ${wasteBank} and kind in (${sql.join(kinds)})`;
  const { rows } = await sql<Omit<Flow, "kind"> & { kind: string; normal: string }>`
    with moved as (
      select a.id as account, t.journal_id, t.amount from accounts a
      join transfers t on t.debit_account_id = a.id and t.phase in ('post', 'settle') where ${ours}
      union all
      select a.id, t.journal_id, -t.amount from accounts a
      join transfers t on t.credit_account_id = a.id and t.phase in ('post', 'settle') where ${ours}
    ), sums as (
      select moved.account,
        sum(case when j.occurred_ms < ${fromMs} then moved.amount else 0 end) as before_sum,
        sum(case when j.occurred_ms >= ${fromMs} and j.occurred_ms < ${toMs} then moved.amount else 0 end) as within_sum,
        sum(case when j.occurred_ms >= ${toMs} then moved.amount else 0 end) as since_sum
      from moved join journals j on j.id = moved.journal_id group by moved.account
    )
    select kind, ledger, part, normal,
      cast(coalesce(before_sum, 0) as bigint) as "before", cast(coalesce(within_sum, 0) as bigint) as "within",
      cast(coalesce(since_sum, 0) as bigint) as "since", debits_posted - credits_posted as "counted"
    from accounts left join sums on sums.account = accounts.id
    where ${ours} order by id`.execute(db);
  return rows.map(({ normal, kind, before, within, since, counted, ...row }) => {
    const sign = normal === "D" ? 1 : -1;
    return {
      ...row,
      kind: knownKind(kind),
      // `+ 0` makes the zero of a credit account positive again.
      before: sign * before + 0,
      within: sign * within + 0,
      since: sign * since + 0,
      counted: sign * counted + 0,
    };
  });
}

function knownKind(kind: string): AccountKind {
  if (!(kind in ACCOUNT_KINDS)) throw new TypeError(`an account of the unknown kind ${kind}`);
  return kind as AccountKind;
}
