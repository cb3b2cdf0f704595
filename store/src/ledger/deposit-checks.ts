/**
 * Promises about deposits: posted as they say, in rupiah and in grams, worth what the price list says or flagged, and taken
 * back by their voids and corrections alone.
 */
import { type RawBuilder, sql } from "kysely";
import { RECEIPT_CHECKS } from "./receipt-checks.ts";
import { type Check, type Page, type Violation, within } from "./violation.ts";

/** A check over single deposits `d`: those of which the two sides differ break the promise. */
function depositCheck(
  what: string,
  sides: { expected: RawBuilder<unknown>; found: RawBuilder<unknown> },
): Check {
  return {
    table: "deposits",
    breaches: (page: Page) => sql<Violation>`
      select 'deposits' as "table", id, ${sql.lit(what)} as "what", expected, found from (
        select d.id, ${sides.expected} as expected, ${sides.found} as found from deposits d where ${within("d.id", page)}
      ) counted where expected is distinct from found`,
  };
}

/** Rupiah that the deposit's journal moves between accounts `db` and `cr` that fit. */
function moved(where: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`coalesce((
    select sum(t.amount) from transfers t
    join journals j on j.id = t.journal_id and j.kind = 'deposit'
    join accounts db on db.id = t.debit_account_id
    join accounts cr on cr.id = t.credit_account_id
    where t.journal_id = d.journal_id and t.phase = 'post'
      and db.waste_bank_id = d.waste_bank_id and cr.waste_bank_id = d.waste_bank_id and ${where}
  ), 0)`;
}

const totalCheck = depositCheck("total equals the sum of the lines", {
  expected: sql`coalesce((select sum(l.amount_idr) from deposit_lines l where l.deposit_id = d.id), 0)`,
  found: sql`d.total_idr`,
});

const rupiahCheck = depositCheck("its journal credits the member with the total", {
  expected: sql`case when d.purpose = 'donate' then 0 else d.total_idr end`,
  found: moved(
    sql`cr.kind = 'member_savings' and cr.member_id = d.member_id and cr.part = d.product_id and db.kind = 'stock_value'`,
  ),
});

const giftCheck = depositCheck("its journal credits the donations with a gift", {
  expected: sql`case when d.purpose = 'donate' then d.total_idr else 0 end`,
  found: moved(sql`cr.kind = 'donations' and db.kind = 'stock_value'`),
});

const cashCheck = depositCheck("its journal pays the cash out", {
  expected: sql`case when d.purpose = 'cash' then d.total_idr else 0 end`,
  found:
    moved(sql`cr.kind in ('cash_drawer', 'node_cash') and db.kind = 'member_savings' and db.member_id = d.member_id
    and db.part = d.product_id and (d.node_id is null or cr.part = d.node_id)`),
});

/** What a deposit of one material puts where: a row for each material of the deposit. */
function materialCheck(
  what: RawBuilder<unknown>,
  sides: { expected: RawBuilder<unknown>; found: RawBuilder<unknown> },
): Check {
  return {
    table: "deposits",
    breaches: (page: Page) => sql<Violation>`
      select 'deposits' as "table", id, ${what} as "what", expected, found from (
        select d.id, d.material_id, ${sides.expected} as expected, ${sides.found} as found from (
          select p.id, p.journal_id, p.waste_bank_id, p.settlement, p.purpose, l.material_id,
            sum(l.net_g) as net_g, sum(l.amount_idr) as amount_idr
          from deposits p join deposit_lines l on l.deposit_id = p.id
          where ${within("p.id", page)}
          group by p.id, p.journal_id, p.waste_bank_id, p.settlement, p.purpose, l.material_id
        ) d
      ) counted where expected is distinct from found`,
  };
}

const gramsCheck = materialCheck(sql`'its journal moves the grams of ' || material_id || ' into stock'`, {
  expected: sql`d.net_g`,
  found: moved(sql`db.ledger = 'g:' || d.material_id and db.kind = 'stock' and cr.kind = 'intake'
    and coalesce(db.part, '') = case when d.settlement = 'share_of_sale' and d.purpose <> 'donate' then 'consigned' else '' end`),
});

const valueCheck = materialCheck(sql`'its journal adds the worth of ' || material_id || ' to the store'`, {
  expected: sql`d.amount_idr`,
  found: moved(sql`db.kind = 'stock_value' and db.part = d.material_id`),
});

/** Grams of a material that no line names would escape the checks above. */
const nothingElseCheck = depositCheck("its journal moves nothing else", {
  expected: sql`(select count(*) + count(nullif(l.amount_idr, 0)) from deposit_lines l where l.deposit_id = d.id)
    + case when d.purpose = 'cash' and d.total_idr > 0 then 1 else 0 end`,
  found: sql`(select count(*) from transfers t where t.journal_id = d.journal_id)`,
});

/** Every line of a deposit by share of the sale waits as a consignment, and nothing else does. */
const consignmentCheck = depositCheck("its lines wait to be sold as consignments", {
  expected: sql`case when d.settlement = 'share_of_sale' and d.purpose <> 'donate'
    then (select count(*) from deposit_lines l where l.deposit_id = d.id) else 0 end`,
  found: sql`(select count(*) from consignments c left join deposit_lines l on l.deposit_id = c.deposit_id and l.line = c.line
      and l.material_id = c.material_id and l.net_g = c.net_g and d.member_id = c.member_id and d.waste_bank_id = c.waste_bank_id
      and d.share_bps = c.share_bps and d.product_id = c.product_id and d.occurred_ms = c.occurred_ms
    where c.deposit_id = d.id)
    - 2 * (select count(*) from consignments c where c.deposit_id = d.id and not exists (
      select 1 from deposit_lines l where l.deposit_id = c.deposit_id and l.line = c.line
        and l.material_id = c.material_id and l.net_g = c.net_g and d.member_id = c.member_id and d.waste_bank_id = c.waste_bank_id
        and d.share_bps = c.share_bps and d.product_id = c.product_id and d.occurred_ms = c.occurred_ms))`,
});

const voidCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'deposit_voids' as "table", v.id as id, 'its journal reverses the journal of the deposit' as "what",
      d.journal_id as expected, j.reverses_id as found
    from deposits d join deposit_voids v on v.deposit_id = d.id
    left join journals j on j.id = v.journal_id and j.kind = 'deposit_' || v.kind
    where ${within("d.id", page)} and j.reverses_id is distinct from d.journal_id`,
};

const correctorCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'deposit_voids' as "table", v.id as id, 'is corrected by somebody else than whoever took it' as "what",
      null as expected, v.voided_by as found
    from deposits d join deposit_voids v on v.deposit_id = d.id
    where ${within("d.id", page)} and v.kind = 'correction' and (v.voided_by is null or v.voided_by = d.taken_by)`,
};

/** What stands in place of another deposit: the other was corrected, and was the same member's at the same waste bank. */
const replacementCheck = depositCheck("stands in place of a deposit of the same member that was corrected", {
  expected: sql`d.corrects_id`,
  found: sql`case when d.corrects_id is not null then (
    select o.id from deposits o join deposit_voids v on v.deposit_id = o.id and v.kind = 'correction'
    where o.id = d.corrects_id and o.member_id = d.member_id and o.waste_bank_id = d.waste_bank_id and o.purpose = d.purpose
      and o.settlement = d.settlement and o.occurred_ms = d.occurred_ms and v.voided_by = d.taken_by) end`,
});

export const DEPOSIT_CHECKS: Check[] = [
  totalCheck,
  ...RECEIPT_CHECKS,
  rupiahCheck,
  giftCheck,
  cashCheck,
  gramsCheck,
  valueCheck,
  nothingElseCheck,
  consignmentCheck,
  voidCheck,
  correctorCheck,
  replacementCheck,
];
