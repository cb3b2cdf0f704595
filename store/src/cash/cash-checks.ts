/** Promises about cash: drawers end empty, counts add up, and every movement and expense is in the ledger as it says. */
import { sql } from "kysely";
import { type Check, type Violation, within } from "../ledger/violation.ts";

const emptyDrawerCheck: Check = {
  table: "shifts",
  breaches: (page) => sql<Violation>`
    select 'shifts' as "table", s.id as id, 'the drawer of a closed shift is empty until the next one' as "what",
      0 as expected, a.debits_posted - a.credits_posted as found
    from shifts s join accounts a on a.kind = 'cash_drawer' and a.part = s.user_id and a.waste_bank_id = s.waste_bank_id
    where ${within("s.id", page)} and s.closed_ms is not null and a.debits_posted <> a.credits_posted
      and not exists (select 1 from shifts o
        where o.user_id = s.user_id and o.waste_bank_id = s.waste_bank_id and o.closed_ms is null)`,
};

const closedCheck: Check = {
  table: "shifts",
  breaches: (page) => sql<Violation>`
    select 'shifts' as "table", s.id as id, 'closed by its count' as "what", c.closed_ms as expected, s.closed_ms as found
    from shifts s left join shift_closes c on c.shift_id = s.id
    where ${within("s.id", page)} and s.closed_ms is distinct from c.closed_ms`,
};

const floatCheck: Check = {
  table: "shifts",
  breaches: (page) => sql<Violation>`
    select 'shifts' as "table", id, 'its journal moves the float out of the vault' as "what", expected, found from (
      select s.id, s.float_idr as expected, coalesce((
        select sum(t.amount) from transfers t join journals j on j.id = t.journal_id and j.kind = 'shift_open'
        join accounts d on d.id = t.debit_account_id and d.kind = 'cash_drawer'
        join accounts v on v.id = t.credit_account_id and v.kind = 'cash_vault'
        where t.journal_id = s.journal_id and d.part = s.user_id and d.waste_bank_id = s.waste_bank_id
          and v.waste_bank_id = s.waste_bank_id
      ), 0) as found
      from shifts s where ${within("s.id", page)}
    ) counted where found <> expected`,
};

/** Sum that the close's journal moves between these two kinds of account. */
const moved = (debit: string, credit: string) => sql`coalesce((
  select sum(t.amount) from transfers t join journals j on j.id = t.journal_id and j.kind = 'shift_close'
  join accounts d on d.id = t.debit_account_id join accounts c on c.id = t.credit_account_id
  where t.journal_id = x.journal_id and d.kind = ${sql.lit(debit)} and c.kind = ${sql.lit(credit)}), 0)`;

const closeParts = [
  {
    what: "what was counted into the vault",
    column: sql`x.counted_idr`,
    sum: moved("cash_vault", "cash_drawer"),
  },
  {
    what: "what terminals had paid out of the drawer",
    column: sql`(select coalesce(sum(n.amount_idr), 0) from shift_close_nodes n where n.close_id = x.id)`,
    sum: moved("node_cash", "cash_drawer"),
  },
  {
    what: "the sum of what terminals had paid",
    column: sql`x.node_cash_idr`,
    sum: moved("node_cash", "cash_drawer"),
  },
  {
    what: "the difference as over or short",
    column: sql`x.difference_idr`,
    sum: sql`${moved("cash_drawer", "cash_over_short")} - ${moved("cash_over_short", "cash_drawer")}`,
  },
];

const closeChecks: Check[] = closeParts.map(({ what, column, sum }) => ({
  table: "shift_closes",
  breaches: (page) => sql<Violation>`
    select 'shift_closes' as "table", id, ${sql.lit(`its journal moves ${what}`)} as "what", expected, found from (
      select x.id, ${column} as expected, ${sum} as found from shift_closes x where ${within("x.id", page)}
    ) counted where found <> expected`,
}));

/** What came into a drawer was counted in one of its shifts, or lies in it now. */
const drawerCheck: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, 'what came into the drawer was in its counts, or is there now' as "what", expected, found from (
      select a.id, a.debits_posted - a.credits_posted + coalesce((
          select sum(c.book_idr) from shift_closes c join shifts s on s.id = c.shift_id
          where s.user_id = a.part and s.waste_bank_id = a.waste_bank_id), 0) as found,
        coalesce((select sum(t.amount) from transfers t join journals j on j.id = t.journal_id
          where t.debit_account_id = a.id and t.phase in ('post', 'settle') and j.kind <> 'shift_close'), 0)
        - coalesce((select sum(t.amount) from transfers t join journals j on j.id = t.journal_id
          where t.credit_account_id = a.id and t.phase in ('post', 'settle') and j.kind <> 'shift_close'), 0) as expected
      from accounts a where a.kind = 'cash_drawer' and ${within("a.id", page)}
    ) counted where found <> expected`,
};

/** A posted deed has one transfer, of its amount, between the kinds of account that it says. */
const movementCheck: Check = {
  table: "cash_movements",
  breaches: (page) => sql<Violation>`
    select 'cash_movements' as "table", id, 'its journal moves its amount as its kind says' as "what", expected, found from (
      select m.id, m.amount_idr as expected, coalesce((
        select sum(t.amount) from transfers t join journals j on j.id = t.journal_id and j.kind = 'cash_movement'
        join accounts d on d.id = t.debit_account_id join accounts c on c.id = t.credit_account_id
        where t.journal_id = m.journal_id and j.transfers = 1
          and d.waste_bank_id = m.waste_bank_id and c.waste_bank_id = m.waste_bank_id
          and d.kind = case m.kind when 'capital_in' then m.place when 'capital_out' then 'capital'
            when 'vault_to_bank' then 'bank_account' when 'bank_to_vault' then 'cash_vault'
            when 'bank_to_provider' then 'provider_float' when 'provider_to_bank' then 'bank_account'
            when 'vault_to_drawer' then 'cash_drawer' when 'drawer_to_vault' then 'cash_vault'
            when 'vault_over' then 'cash_vault' when 'vault_short' then 'cash_over_short' end
          and c.kind = case m.kind when 'capital_in' then 'capital' when 'capital_out' then m.place
            when 'vault_to_bank' then 'cash_vault' when 'bank_to_vault' then 'bank_account'
            when 'bank_to_provider' then 'bank_account' when 'provider_to_bank' then 'provider_float'
            when 'vault_to_drawer' then 'cash_vault' when 'drawer_to_vault' then 'cash_drawer'
            when 'vault_over' then 'cash_over_short' when 'vault_short' then 'cash_vault' end
          and (m.provider is null or m.provider in (d.part, c.part))
          and (m.shift_id is null or (select s.user_id from shifts s where s.id = m.shift_id) in (d.part, c.part))
      ), 0) as found
      from cash_movements m where m.state = 'posted' and ${within("m.id", page)}
    ) counted where found <> expected`,
};

const expenseCheck: Check = {
  table: "expenses",
  breaches: (page) => sql<Violation>`
    select 'expenses' as "table", id, 'its journal moves its amount from where it was paid to its category' as "what", expected, found
    from (
      select e.id, e.amount_idr as expected, coalesce((
        select sum(t.amount) from transfers t join journals j on j.id = t.journal_id and j.kind = 'expense'
        join accounts d on d.id = t.debit_account_id join accounts c on c.id = t.credit_account_id
        where t.journal_id = e.journal_id and j.transfers = 1 and d.kind = 'expense' and d.part = e.category
          and d.waste_bank_id = e.waste_bank_id and c.waste_bank_id = e.waste_bank_id
          and c.kind = case e.paid_from when 'drawer' then 'cash_drawer' else e.paid_from end
          and (e.shift_id is null or c.part = (select s.user_id from shifts s where s.id = e.shift_id))
      ), 0) as found
      from expenses e where e.state = 'posted' and ${within("e.id", page)}
    ) counted where found <> expected`,
};

const voidChecks: Check[] = (
  [
    { deeds: "cash_movements", voids: "cash_movement_voids", of: "movement_id", kind: "cash_movement_void" },
    { deeds: "expenses", voids: "expense_voids", of: "expense_id", kind: "expense_void" },
  ] as const
).map(({ deeds, voids, of, kind }) => ({
  table: deeds,
  breaches: (page) => sql<Violation>`
    select ${sql.lit(voids)} as "table", v.id as id, 'its journal reverses the journal of what it voids' as "what",
      d.journal_id as expected, j.reverses_id as found
    from ${sql.table(deeds)} d join ${sql.table(voids)} v on v.${sql.ref(of)} = d.id
    left join journals j on j.id = v.journal_id and j.kind = ${sql.lit(kind)}
    where ${within("d.id", page)} and j.reverses_id is distinct from d.journal_id`,
}));

/** What came back for a person who had left is paid out of the cashier's drawer: as much as the payout has left owing. */
const owedCheck: Check = {
  table: "owed_settlements",
  breaches: (page) => sql<Violation>`
    select 'owed_settlements' as "table", id, 'its journal pays what is owed to the person out of the drawer' as "what", expected, found
    from (
      select o.id, case o.state when 'paid' then coalesce((
          select sum(t.amount) from payout_holds h
          join journals j on j.idempotency_key in ('payout_owed:' || o.payout_id || ':' || h.n, 'payout_fee_refund:' || o.payout_id || ':' || h.n)
          join transfers t on t.journal_id = j.id
          join accounts c on c.id = t.credit_account_id and c.kind = 'owed_to_former'
          where h.payout_id = o.payout_id), 0) else 0 end as expected,
        coalesce((
          select sum(t.amount) from transfers t join journals j on j.id = t.journal_id and j.kind = 'owed_settlement'
          join accounts d on d.id = t.debit_account_id join accounts c on c.id = t.credit_account_id
          where t.journal_id = o.journal_id and j.transfers = 1 and t.amount = o.amount_idr
            and d.kind = 'owed_to_former' and d.waste_bank_id = o.waste_bank_id
            and d.member_id = (select p.member_id from payouts p where p.id = o.payout_id)
            and c.kind = 'cash_drawer' and c.waste_bank_id = o.waste_bank_id
            and c.part = (select s.user_id from shifts s where s.id = o.shift_id)), 0) as found
      from owed_settlements o where ${within("o.id", page)}
    ) counted where found <> expected`,
};

export const CASH_CHECKS: Check[] = [
  emptyDrawerCheck,
  closedCheck,
  floatCheck,
  ...closeChecks,
  drawerCheck,
  movementCheck,
  expenseCheck,
  owedCheck,
  ...voidChecks,
];
