/** Promises about payouts: held while they are open and never after, paid once, and counted as they are. */
import { type RawBuilder, sql } from "kysely";
import { type Check, type Violation, within } from "../ledger/violation.ts";
import type { TotalScope } from "./day-totals.ts";

const holdCheck: Check = {
  table: "payouts",
  breaches: (page) => sql<Violation>`
    select 'payouts' as "table", id, 'money is held while it is open, and never after' as "what", expected, found from (
      select p.id,
        case when p.state in ('requested', 'half_approved', 'paying', 'payable') then 1 else 0 end as expected,
        (select count(*) from payout_holds h where h.payout_id = p.id and h.resolution is null) as found
      from payouts p where ${within("p.id", page)}
    ) counted where expected <> found`,
};

/** What the rows say of a hold is what the ledger says. */
const heldCheck: Check = {
  table: "payouts",
  breaches: (page) => sql<Violation>`
    select 'payout_holds' as "table", id, 'hold ' || n || ' is resolved as it says' as "what", expected, found from (
      select p.id, h.n, coalesce(h.resolution, 'open') as expected, coalesce((
        select case when min(r.phase) = max(r.phase) and count(*) = count(r.phase)
          then case min(r.phase) when 'settle' then 'settled' else 'voided' end
          when count(r.phase) = 0 then 'open' else 'partly' end
        from transfers t left join transfers r on r.pending_id = t.id where t.journal_id = h.journal_id
      ), 'missing') as found
      from payouts p join payout_holds h on h.payout_id = p.id where ${within("p.id", page)}
    ) counted where expected <> found`,
};

const amountCheck: Check = {
  table: "payouts",
  breaches: (page) => sql<Violation>`
    select 'payout_holds' as "table", id, 'hold ' || n || ' is of amount and fee, out of the book' as "what", expected, found from (
      select p.id, h.n, p.amount_idr + case when p.fee_bearer = 'member' then p.fee_idr else 0 end as expected, coalesce((
        select sum(t.amount) from transfers t
        join accounts d on d.id = t.debit_account_id join accounts c on c.id = t.credit_account_id
        where t.journal_id = h.journal_id and t.phase = 'pend'
          and d.kind = 'member_savings' and d.member_id = p.member_id and d.waste_bank_id = p.waste_bank_id
          and d.part = p.product_id and c.kind = 'payout_clearing' and c.waste_bank_id = p.waste_bank_id
      ), 0) as found
      from payouts p join payout_holds h on h.payout_id = p.id where ${within("p.id", page)}
    ) counted where expected <> found`,
};

const liveCheck: Check = {
  table: "payouts",
  breaches: (page) => sql<Violation>`
    select 'payouts' as "table", id, 'has at most one attempt that may be paid' as "what", 1 as expected, found from (
      select p.id, (
        select count(*) from payout_attempts a
        where a.payout_id = p.id and a.state in ('queued', 'sending', 'accepted', 'unknown', 'succeeded')
      ) as found
      from payouts p where ${within("p.id", page)}
    ) counted where found > 1`,
};

/** Paid once: by one attempt that succeeded, or by a cashier. Reversed: by one attempt that came back. */
const paidCheck: Check = {
  table: "payouts",
  breaches: (page) => sql<Violation>`
    select 'payouts' as "table", id, 'is paid once when it is paid, and not at all when it is not' as "what", expected, found from (
      select p.id, case when p.state in ('paid', 'reversed') then 1 else 0 end as expected,
        (select count(*) from payout_attempts a where a.payout_id = p.id
          and a.state = case when p.state = 'reversed' then 'reversed' else 'succeeded' end)
        + (select count(*) from cash_payouts c where c.payout_id = p.id) as found
      from payouts p where ${within("p.id", page)}
    ) counted where expected <> found`,
};

/** The ledger agrees: each settled hold went out once, and came back when the payout was reversed. */
const outCheck: Check = {
  table: "payouts",
  breaches: (page) => sql<Violation>`
    select 'payouts' as "table", id, 'leaves the house once, and comes back when it is reversed' as "what", expected, found from (
      select p.id, case when p.state = 'paid' then p.amount_idr else 0 end as expected, coalesce((
        select sum(case when j.kind = 'payout_out' then t.amount else -t.amount end)
        from payout_holds h
        join journals o on o.idempotency_key = 'payout_out:' || p.id || ':' || h.n
        join journals j on j.id = o.id or j.reverses_id = o.id
        join transfers t on t.journal_id = j.id
        where h.payout_id = p.id
      ), 0) as found
      from payouts p where ${within("p.id", page)}
    ) counted where expected <> found`,
};

/** While a payout is open no deed tells of its attempts. */
const numberedCheck: Check = {
  table: "payouts",
  breaches: (page) => sql<Violation>`
    select 'payouts' as "table", id, 'its attempts are numbered without a gap' as "what", expected, found from (
      select p.id, coalesce((select max(a.n) from payout_attempts a where a.payout_id = p.id), 0) as expected,
        (select count(*) from payout_attempts a where a.payout_id = p.id) as found
      from payouts p where ${within("p.id", page)}
    ) counted where expected <> found`,
};

const liveJobCheck: Check = {
  table: "payout_attempts",
  breaches: (page) => sql<Violation>`
    select 'payout_attempts' as "table", id, 'is not forgotten: a job goes on with it' as "what", 1 as expected, found from (
      select a.id, (
        select count(*) from payout_jobs j where j.subject = a.id and j.kind in ('submit', 'lookup')
      ) as found
      from payout_attempts a join payouts p on p.id = a.payout_id
      where a.state in ('queued', 'sending', 'accepted', 'unknown') and ${within("a.id", page)}
        and (p.review is null or p.review = 'unresolved')
    ) counted where found = 0`,
};

/** Nothing rests in clearing: what is settled goes out in the same transaction. */
const clearingCheck: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, 'nothing rests in clearing but what is held' as "what", expected, found from (
      select a.id, 0 as expected, a.credits_posted - a.debits_posted as found
      from accounts a where a.kind = 'payout_clearing' and ${within("a.id", page)}
    ) counted where expected <> found`,
};

/** What payouts took from a provider's float is what succeeded, what it cost, and what was written off, less what came back. */
const floatCheck: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, 'payouts took what succeeded, less what came back' as "what", expected, found from (
      select f.id, coalesce((
        select sum(case when a.state = 'succeeded' then p.amount_idr else 0 end + coalesce(a.provider_fee_idr, 0))
        from payout_attempts a join payouts p on p.id = a.payout_id
        where p.waste_bank_id = f.waste_bank_id and a.provider = f.part and a.state in ('succeeded', 'reversed')
      ), 0) as expected, coalesce((
        select sum(t.amount) from transfers t join journals j on j.id = t.journal_id
        where t.credit_account_id = f.id and j.kind in ('payout_out', 'payout_fee')
      ), 0) - coalesce((
        select sum(t.amount) from transfers t join journals j on j.id = t.journal_id
        where t.debit_account_id = f.id and j.kind = 'payout_return'
      ), 0) as found
      from accounts f where f.kind = 'provider_float' and ${within("f.id", page)}
    ) counted where expected <> found`,
};

/** Whoever deletes a total lets more be paid that day. */
const countedCheck: Check = {
  table: "payouts",
  breaches: (page) => sql<Violation>`
    select 'payout_day_totals' as "table", p.id as "id", 'the day of the payout is counted for ' || s.scope || ', ' || k.kind as "what",
      1 as "expected", 0 as "found"
    from payouts p
    join (select 'unit_day' as scope union all select 'member_day' union all select 'cashier_day') s
      on s.scope <> 'cashier_day' or p.by_officer = 1
    join (select 'all' as kind union all select 'cash' union all select 'bank' union all select 'ewallet') k
      on k.kind in ('all', p.channel_kind)
    left join payout_day_totals d on d.scope = s.scope and d.day = p.requested_day and d.channel_kind = k.kind
      and d.key = case s.scope when 'unit_day' then p.waste_bank_id when 'member_day' then p.member_id else p.requested_by end
    where ${within("p.id", page)} and p.state not in ('failed', 'rejected', 'cancelled') and d.key is null`,
};

/** Money that a step of a payout moves otherwise than the payout says. */
const refundCheck: Check = {
  table: "payouts",
  breaches: (page) => sql<Violation>`
    select 'payouts' as "table", id, 'gives the fee back to the book when it is reversed, where the fee says so' as "what", expected, found
    from (
      select p.id, case when p.state = 'reversed' and p.fee_bearer = 'member' and p.is_fee_refunded = 1 then p.fee_idr else 0 end as expected,
        coalesce((
          select sum(case when c.member_id = p.member_id and c.waste_bank_id = p.waste_bank_id
            and (c.kind = 'member_savings' and c.part = p.product_id or c.kind = 'owed_to_former') then t.amount else 0 end)
          from payout_holds h join journals j on j.idempotency_key = 'payout_fee_refund:' || p.id || ':' || h.n
          join transfers t on t.journal_id = j.id join accounts c on c.id = t.credit_account_id
          where h.payout_id = p.id
        ), 0) as found
      from payouts p where ${within("p.id", page)}
    ) counted where expected <> found`,
};

/** What came back is on the book again, or owed to a person who has left: once, and to the rupiah. */
const returnCheck: Check = {
  table: "payouts",
  breaches: (page) => sql<Violation>`
    select 'payouts' as "table", id, 'is owed to the member again when it is reversed' as "what", expected, found
    from (
      select p.id, case when p.state = 'reversed' then p.amount_idr else 0 end as expected,
        coalesce((
          select sum(t.amount)
          from payout_holds h join journals j
            on j.idempotency_key in ('payout_credit_back:' || p.id || ':' || h.n, 'payout_owed:' || p.id || ':' || h.n)
          join transfers t on t.journal_id = j.id join accounts c on c.id = t.credit_account_id
          where h.payout_id = p.id and c.member_id = p.member_id and c.waste_bank_id = p.waste_bank_id
            and (c.kind = 'member_savings' and c.part = p.product_id or c.kind = 'owed_to_former')
        ), 0) as found
      from payouts p where ${within("p.id", page)}
    ) counted where expected <> found`,
};

const writeOffCheck: Check = {
  table: "payout_attempts",
  breaches: (page) => sql<Violation>`
    select 'payout_attempts' as "table", a.id as "id", 'is written off as a loss of its amount, out of its provider' as "what",
      p.amount_idr as "expected", t.amount as "found"
    from payout_attempts a join payouts p on p.id = a.payout_id
    join journals j on j.idempotency_key = 'payout_write_off:' || a.id
    join transfers t on t.journal_id = j.id
    join accounts d on d.id = t.debit_account_id join accounts c on c.id = t.credit_account_id
    where ${within("a.id", page)} and (j.transfers <> 1 or t.amount <> p.amount_idr or d.part is distinct from 'payout-loss'
      or c.part is distinct from a.provider or c.waste_bank_id <> p.waste_bank_id)`,
};

/** Totals of one scope, walked by the table of those whom they are about. `mine` tells which payouts count for `d.key`. */
function totalsCheck(
  scope: TotalScope,
  { table, key, mine }: { table: Check["table"]; key: RawBuilder<unknown>; mine: RawBuilder<unknown> },
): Check {
  return {
    table,
    breaches: (page) => sql<Violation>`
      select 'payout_day_totals' as "table", scope || ' ' || key || ' ' || day || ' ' || kind as id,
        'the total of the day is the sum of its payouts' as "what", expected, found
      from (
        select d.scope, d.key, d.day, d.channel_kind as kind, d.amount_idr as found, coalesce((
          select sum(p.amount_idr) from payouts p
          where ${mine} and p.requested_day = d.day and p.state not in ('failed', 'rejected', 'cancelled')
            and (d.channel_kind = 'all' or p.channel_kind = d.channel_kind)
        ), 0) as expected
        from ${sql.table(table)} o join payout_day_totals d on d.scope = ${sql.lit(scope)} and d.key = ${key}
        where ${within("o.id", page)}
      ) counted where expected <> found`,
  };
}

export const PAYOUT_CHECKS: Check[] = [
  holdCheck,
  heldCheck,
  amountCheck,
  liveCheck,
  paidCheck,
  outCheck,
  numberedCheck,
  liveJobCheck,
  clearingCheck,
  floatCheck,
  countedCheck,
  refundCheck,
  returnCheck,
  writeOffCheck,
  totalsCheck("unit_day", { table: "waste_banks", key: sql`o.id`, mine: sql`p.waste_bank_id = d.key` }),
  totalsCheck("member_day", { table: "members", key: sql`o.id`, mine: sql`p.member_id = d.key` }),
  totalsCheck("cashier_day", {
    table: "users",
    key: sql`'user:' || o.id`,
    mine: sql`p.requested_by = d.key and p.by_officer = 1`,
  }),
];
