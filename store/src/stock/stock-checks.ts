/** Promises about stock: sales, their payments, counts and consigned waste are in the ledger as they say. */
import { type RawBuilder, sql } from "kysely";
import { type Check, type Violation, within } from "../ledger/violation.ts";

const totalCheck: Check = {
  table: "sales",
  breaches: (page) => sql<Violation>`
    select 'sales' as "table", id, 'total equals the sum of the lines' as "what", expected, found from (
      select s.id, s.total_idr as found,
        coalesce((select sum(l.amount_idr) from sale_lines l where l.sale_id = s.id), 0) as expected
      from sales s where ${within("s.id", page)}
    ) counted where found <> expected`,
};

const priceCheck: Check = {
  table: "sales",
  breaches: (page) => sql<Violation>`
    select 'sale_lines' as "table", s.id as id, 'amount of ' || l.material_id || ' is weight by price, rounded half up' as "what",
      (l.accepted_g * l.price_idr_per_kg + 500) / 1000 as expected, l.amount_idr as found
    from sales s join sale_lines l on l.sale_id = s.id
    where ${within("s.id", page)} and l.amount_idr <> (l.accepted_g * l.price_idr_per_kg + 500) / 1000`,
};

/** What the journals of a sale move between accounts of these kinds, of the material of the line. */
const soldBetween = (debit: RawBuilder<unknown>, credit: RawBuilder<unknown>) => sql`coalesce((
  select sum(t.amount) from sale_journals sj join transfers t on t.journal_id = sj.journal_id
  join accounts d on d.id = t.debit_account_id join accounts c on c.id = t.credit_account_id
  where sj.sale_id = s.id and d.waste_bank_id = s.waste_bank_id and c.waste_bank_id = s.waste_bank_id
    and ${debit} and ${credit}), 0)`;

const ofLine = sql`'g:' || l.material_id`;
const lineParts = [
  {
    what: "the grams that were accepted",
    column: sql`l.accepted_g`,
    sum: soldBetween(
      sql`d.kind in ('sold', 'delivered') and d.ledger = ${ofLine}`,
      sql`c.kind = 'stock' and c.ledger = ${ofLine}`,
    ),
  },
  {
    what: "the grams that were lost",
    column: sql`l.out_g - l.accepted_g - l.rejected_g`,
    sum: soldBetween(sql`d.kind = 'shrinkage' and d.ledger = ${ofLine}`, sql`c.kind = 'stock'`),
  },
  {
    what: "the grams that were thrown away",
    column: sql`case when l.rejects = 'discarded' then l.rejected_g else 0 end`,
    sum: soldBetween(sql`d.kind = 'rejects' and d.ledger = ${ofLine}`, sql`c.kind = 'stock'`),
  },
  {
    what: "the consigned grams",
    column: sql`l.consigned_g`,
    sum: soldBetween(
      sql`d.ledger = ${ofLine}`,
      sql`c.kind = 'stock' and c.part = 'consigned' and c.ledger = ${ofLine}`,
    ),
  },
  {
    what: "what the buyer owes",
    column: sql`l.amount_idr`,
    sum: soldBetween(sql`d.kind = 'receivable'`, sql`c.kind = 'sales' and c.part = l.material_id`),
  },
  {
    what: "what own waste had cost",
    column: sql`l.cost_idr`,
    sum: soldBetween(
      sql`d.kind = 'cost_of_sales' and d.part = l.material_id`,
      sql`c.kind = 'stock_value' and c.part = l.material_id`,
    ),
  },
  {
    what: "what lost waste had cost",
    column: sql`l.loss_idr`,
    sum: soldBetween(
      sql`d.kind = 'shrinkage_value' and d.part = l.material_id`,
      sql`c.kind = 'stock_value' and c.part = l.material_id`,
    ),
  },
  {
    what: "what members get",
    column: sql`l.members_idr`,
    sum: soldBetween(
      sql`d.kind = 'cost_of_sales' and d.part = l.material_id`,
      sql`c.kind = 'member_savings'`,
    ),
  },
];

const lineChecks = lineParts.map(
  ({ what, column, sum }): Check => ({
    table: "sales",
    breaches: (page) => sql<Violation>`
      select 'sale_lines' as "table", id, 'its journals move ' || ${what} || ' of ' || material_id as "what", expected, found
      from (
        select s.id, l.material_id, ${column} as expected, ${sum} as found
        from sales s join sale_lines l on l.sale_id = s.id where ${within("s.id", page)}
      ) counted where found <> expected`,
  }),
);

/** Material of a transfer between accounts `d` and `c`: their ledger of grams, or the part of the side that has one. */
const materialMoved = sql`case when d.ledger = 'IDR'
  then case when d.kind in ('cost_of_sales', 'shrinkage_value', 'stock_value') then d.part else c.part end
  else substr(d.ledger, 3) end`;

const nothingElseCheck: Check = {
  table: "sales",
  breaches: (page) => sql<Violation>`
    select 'sales' as "table", s.id as "id", 'its journals move nothing but what its lines sell' as "what", 0 as "expected", count(*) as "found"
    from sales s join sale_journals sj on sj.sale_id = s.id join transfers t on t.journal_id = sj.journal_id
    join accounts d on d.id = t.debit_account_id join accounts c on c.id = t.credit_account_id
    where ${within("s.id", page)} and (
      not exists (select 1 from sale_lines l where l.sale_id = s.id and l.material_id = ${materialMoved})
      or (d.waste_bank_id <> s.waste_bank_id and d.waste_bank_id is distinct from s.buyer_bank_id))
    group by s.id having count(*) > 0`,
};

const memberTotalCheck: Check = {
  table: "sales",
  breaches: (page) => sql<Violation>`
    select 'sales' as "table", id, 'its journals credit members with their shares' as "what", expected, found from (
      select s.id,
        coalesce((select sum(cs.member_idr) from consignment_sales cs where cs.sale_id = s.id), 0) as expected,
        coalesce((select sum(t.amount) from sale_journals sj join transfers t on t.journal_id = sj.journal_id
          join accounts a on a.id = t.credit_account_id and a.kind = 'member_savings' where sj.sale_id = s.id), 0) as found
      from sales s where ${within("s.id", page)}
    ) counted where found <> expected`,
};

/** What the buyer takes into its own books when they are ours too. */
const receivedChecks = (
  [
    [
      "grams",
      sql`l.accepted_g`,
      sql`d.kind = 'stock' and c.kind = 'received' and d.ledger = 'g:' || l.material_id`,
    ],
    [
      "debt",
      sql`l.amount_idr`,
      sql`d.kind = 'stock_value' and c.kind = 'payable' and d.part = l.material_id`,
    ],
  ] as const
).map(
  ([what, column, ways]): Check => ({
    table: "sales",
    breaches: (page) => sql<Violation>`
      select 'sale_lines' as "table", id, ${sql.lit(`the buyer's books take the ${what} of `)} || material_id as "what", expected, found
      from (
        select s.id, l.material_id, case when s.buyer_bank_id is null then 0 else ${column} end as expected, coalesce((
          select sum(t.amount) from sale_journals sj join transfers t on t.journal_id = sj.journal_id
          join accounts d on d.id = t.debit_account_id join accounts c on c.id = t.credit_account_id
          where sj.sale_id = s.id and ${ways} and (s.buyer_bank_id is null or d.waste_bank_id = s.buyer_bank_id)
        ), 0) as found
        from sales s join sale_lines l on l.sale_id = s.id where ${within("s.id", page)}
      ) counted where found <> expected`,
  }),
);

const shareCheck: Check = {
  table: "sales",
  breaches: (page) => sql<Violation>`
    select 'consignment_sales' as "table", s.id as id, 'a member gets the agreed share, rounded down' as "what",
      cs.proceeds_idr * c.share_bps / 10000 as expected, cs.member_idr as found
    from sales s join consignment_sales cs on cs.sale_id = s.id
    join consignments c on c.deposit_id = cs.deposit_id and c.line = cs.line
    where ${within("s.id", page)} and cs.member_idr <> cs.proceeds_idr * c.share_bps / 10000`,
};

const creditCheck: Check = {
  table: "sales",
  breaches: (page) => sql<Violation>`
    select 'consignment_sales' as "table", id, 'its journals credit member ' || member_id as "what", expected, found from (
      select s.id, c.member_id, sum(cs.member_idr) as expected, coalesce((
        select sum(t.amount) from sale_journals sj join transfers t on t.journal_id = sj.journal_id
        join accounts a on a.id = t.credit_account_id
        where sj.sale_id = s.id and a.kind = 'member_savings' and a.member_id = c.member_id and a.part = c.product_id
          and a.waste_bank_id = s.waste_bank_id
      ), 0) as found
      from sales s join consignment_sales cs on cs.sale_id = s.id
      join consignments c on c.deposit_id = cs.deposit_id and c.line = cs.line
      where ${within("s.id", page)} group by s.id, s.waste_bank_id, c.member_id, c.product_id
    ) counted where found <> expected`,
};

/** Of consigned waste, what was sold or lost, of what was brought. */
const gone = sql`coalesce((
    select sum(cs.grams) from consignment_sales cs
    where cs.deposit_id = c.deposit_id and cs.line = c.line
      and not exists (select 1 from sale_voids v where v.sale_id = cs.sale_id)
  ), 0) + coalesce((
    select sum(cl.grams) from consignment_losses cl where cl.deposit_id = c.deposit_id and cl.line = c.line
  ), 0)`;

const oversoldCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'consignments' as "table", id, 'no more is sold or lost than was brought' as "what", expected, found from (
      select c.deposit_id as id, c.net_g as expected, ${gone} as found
      from consignments c where ${within("c.deposit_id", page)}
    ) counted where found > expected`,
};

const consignedCheck: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", id, 'the consigned grams are those of the deposits that wait to be sold' as "what", expected, found
    from (
      select a.id, a.debits_posted - a.credits_posted as found, coalesce((
        select sum(c.net_g - (${gone})) from consignments c
        where c.waste_bank_id = a.waste_bank_id and 'g:' || c.material_id = a.ledger
          and not exists (select 1 from deposit_voids v where v.deposit_id = c.deposit_id)
      ), 0) as expected
      from accounts a where ${within("a.id", page)} and a.kind = 'stock' and a.part = 'consigned'
    ) counted where found <> expected`,
};

const paidCheck: Check = {
  table: "sales",
  breaches: (page) => sql<Violation>`
    select 'sales' as "table", id, 'no more is paid than it brought' as "what", expected, found from (
      select s.id, s.total_idr as expected,
        coalesce((select sum(p.amount_idr) from sale_payments p where p.sale_id = s.id), 0) as found
      from sales s where ${within("s.id", page)}
    ) counted where found > expected`,
};

const paymentCheck: Check = {
  table: "sale_payments",
  breaches: (page) => sql<Violation>`
    select 'sale_payments' as "table", id, 'its journal takes the amount off what the buyer owes' as "what", expected, found from (
      select p.id, p.amount_idr as expected, coalesce((
        select sum(t.amount) from transfers t
        join journals j on j.id = t.journal_id and j.transfers = case when p.from_kind is null then 1 else 2 end
        join accounts d on d.id = t.debit_account_id and d.kind = p.into_kind
        join accounts c on c.id = t.credit_account_id and c.kind = 'receivable' and c.waste_bank_id = s.waste_bank_id
        where t.journal_id = p.journal_id
      ), 0) as found
      from sale_payments p left join sales s on s.id = p.sale_id where ${within("p.id", page)}
    ) counted where found <> expected`,
};

/** What a parent pays leaves the parent's own books in the same journal. */
const parentPaymentCheck: Check = {
  table: "sale_payments",
  breaches: (page) => sql<Violation>`
    select 'sale_payments' as "table", id, 'its journal takes the amount off what the parent has' as "what", expected, found from (
      select p.id, case when p.from_kind is null then 0 else p.amount_idr end as expected, coalesce((
        select sum(t.amount) from transfers t
        join accounts d on d.id = t.debit_account_id and d.kind = 'payable' and d.waste_bank_id = s.buyer_bank_id
        join accounts c on c.id = t.credit_account_id and c.kind = p.from_kind and c.waste_bank_id = s.buyer_bank_id
        where t.journal_id = p.journal_id
      ), 0) as found
      from sale_payments p left join sales s on s.id = p.sale_id where ${within("p.id", page)}
    ) counted where found <> expected`,
};

const voidCheck: Check = {
  table: "sale_voids",
  breaches: (page) => sql<Violation>`
    select 'sale_voids' as "table", v.id as id, 'every journal of the sale and its payments is reversed' as "what",
      0 as expected, count(*) as found
    from sale_voids v join (
      select sale_id, journal_id from sale_journals union all select sale_id, journal_id from sale_payments
    ) moved on moved.sale_id = v.sale_id
    where ${within("v.id", page)} and not exists (select 1 from journals j where j.reverses_id = moved.journal_id)
    group by v.id`,
};

const countCheck: Check = {
  table: "stock_counts",
  breaches: (page) => sql<Violation>`
    select 'stock_counts' as "table", id, 'its journal moves the difference' as "what", expected, found from (
      select n.id, case when e.outcome = 'posted' then n.counted_g - n.book_g else 0 end as expected, coalesce((
        select sum(case when d.kind = 'stock' then t.amount else -t.amount end) from transfers t
        join accounts d on d.id = t.debit_account_id and d.ledger = 'g:' || n.material_id and d.waste_bank_id = n.waste_bank_id
        where t.journal_id = e.journal_id
      ), 0) as found
      from stock_counts n join stock_count_ends e on e.count_id = n.id where ${within("n.id", page)}
    ) counted where found <> expected`,
};

const countValueCheck: Check = {
  table: "stock_counts",
  breaches: (page) => sql<Violation>`
    select 'stock_count_ends' as "table", id, 'its journal moves the worth of the difference' as "what", expected, found from (
      select n.id, e.value_idr as expected, coalesce((
        select sum(case when d.kind = 'stock_value' then t.amount else -t.amount end) from transfers t
        join accounts d on d.id = t.debit_account_id and d.ledger = 'IDR' and d.part = n.material_id
        where t.journal_id = e.journal_id
      ), 0) as found
      from stock_counts n join stock_count_ends e on e.count_id = n.id where ${within("n.id", page)}
    ) counted where found <> expected`,
};

const countElseCheck: Check = {
  table: "stock_counts",
  breaches: (page) => sql<Violation>`
    select 'stock_counts' as "table", n.id as "id", 'its journal moves nothing but its material' as "what", 0 as "expected", count(*) as "found"
    from stock_counts n join stock_count_ends e on e.count_id = n.id join transfers t on t.journal_id = e.journal_id
    join accounts d on d.id = t.debit_account_id
    where ${within("n.id", page)} and (d.waste_bank_id <> n.waste_bank_id
      or n.material_id is distinct from case when d.ledger = 'IDR' then d.part else substr(d.ledger, 3) end)
    group by n.id having count(*) > 0`,
};

/** A line sells the grams of its consignments, and members get of it what their consignments say. */
const consignedLineChecks = (
  [
    ["grams", sql`l.consigned_g`],
    ["member_idr", sql`l.members_idr`],
  ] as const
).map(
  ([column, said]): Check => ({
    table: "sales",
    breaches: (page) => sql<Violation>`
      select 'sale_lines' as "table", id, ${sql.lit(`${column} of its consignments add up, of `)} || material_id as "what", expected, found
      from (
        select s.id, l.material_id, ${said} as expected, coalesce((
          select sum(cs.${sql.ref(column)}) from consignment_sales cs
          join consignments c on c.deposit_id = cs.deposit_id and c.line = cs.line and c.material_id = l.material_id
          where cs.sale_id = s.id
        ), 0) as found
        from sales s join sale_lines l on l.sale_id = s.id where ${within("s.id", page)}
      ) counted where expected <> found`,
  }),
);

/**
 * What a line brought is shared by all grams that left for good, the consigned ones first and the oldest of them first; each share is a
 * difference of two running totals that are rounded down. In two steps, because the amount times the grams may be beyond 64 bits.
 */
const brought = (doneG: RawBuilder<unknown>) =>
  sql`(amount_idr / gone_g * ${doneG} + amount_idr % gone_g * ${doneG} / gone_g)`;

const proceedsCheck: Check = {
  table: "sales",
  breaches: (page) => sql<Violation>`
    select 'consignment_sales' as "table", id || '/' || deposit_id || '/' || line as "id",
      'brings its part of what all grams of the line brought' as "what", expected, found
    from (
      select id, deposit_id, line, proceeds_idr as found,
        case when gone_g > 0 then ${brought(sql`done_g`)} - ${brought(sql`(done_g - grams)`)} else 0 end as expected
      from (
        select s.id, cs.deposit_id, cs.line, cs.grams, cs.proceeds_idr, l.amount_idr,
          l.out_g - case when l.rejects = 'returned' then l.rejected_g else 0 end as gone_g,
          cast(sum(cs.grams) over (
            partition by s.id, c.material_id order by c.occurred_ms, c.deposit_id, c.line
          ) as bigint) as done_g
        from sales s join consignment_sales cs on cs.sale_id = s.id
        join consignments c on c.deposit_id = cs.deposit_id and c.line = cs.line
        join sale_lines l on l.sale_id = s.id and l.material_id = c.material_id
        where ${within("s.id", page)}
      ) running
    ) counted where expected <> found`,
};

/** What was sold of a consignment that is not there would escape the checks above. */
const knownConsignmentCheck: Check = {
  table: "sales",
  breaches: (page) => sql<Violation>`
    select 'consignment_sales' as "table", s.id || '/' || cs.deposit_id || '/' || cs.line as "id",
      'sells waste that waits to be sold, of a material of the sale' as "what", null as "expected", c.material_id as "found"
    from sales s join consignment_sales cs on cs.sale_id = s.id
    left join consignments c on c.deposit_id = cs.deposit_id and c.line = cs.line
    left join sale_lines l on l.sale_id = s.id and l.material_id = c.material_id
    where ${within("s.id", page)} and l.sale_id is null`,
};

export const STOCK_CHECKS: Check[] = [
  totalCheck,
  priceCheck,
  ...lineChecks,
  ...receivedChecks,
  nothingElseCheck,
  memberTotalCheck,
  shareCheck,
  ...consignedLineChecks,
  proceedsCheck,
  knownConsignmentCheck,
  creditCheck,
  paidCheck,
  oversoldCheck,
  consignedCheck,
  paymentCheck,
  parentPaymentCheck,
  voidCheck,
  countCheck,
  countValueCheck,
  countElseCheck,
];
