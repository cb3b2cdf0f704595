/** Promises about deposits: posted as they say, in rupiah and in grams, and taken back by their voids alone. */
import { sql } from "kysely";
import { type Check, type Violation, within } from "./violation.ts";

const totalCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'deposits' as "table", id, 'total equals the sum of the lines' as "what", expected, found from (
      select d.id, d.total_idr as found,
        coalesce((select sum(l.amount_idr) from deposit_lines l where l.deposit_id = d.id), 0) as expected
      from deposits d where ${within("d.id", page)}
    ) counted where found <> expected`,
};

const priceCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'deposit_lines' as "table", d.id as id, 'amount is weight by price, rounded half up' as "what",
      (l.net_g * l.price_idr_per_kg + 500) / 1000 as expected, l.amount_idr as found
    from deposits d join deposit_lines l on l.deposit_id = d.id
    where ${within("d.id", page)} and d.amount_rule = 'half-up-per-line-1'
      and l.amount_idr <> (l.net_g * l.price_idr_per_kg + 500) / 1000`,
};

const rupiahCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'deposits' as "table", id, 'its journal credits the member with the total' as "what", expected, found from (
      select d.id, d.total_idr as expected, coalesce((
        select sum(t.amount) from transfers t
        join accounts c on c.id = t.credit_account_id
        join journals j on j.id = t.journal_id and j.kind = 'deposit'
        where t.journal_id = d.journal_id and t.phase = 'post' and c.ledger = 'IDR' and c.kind = 'member_savings'
          and c.member_id = d.member_id and c.waste_bank_id = d.waste_bank_id
      ), 0) as found
      from deposits d where ${within("d.id", page)}
    ) counted where found <> expected`,
};

const gramsCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'deposits' as "table", id, 'its journal moves the grams of ' || material_id || ' into stock' as "what", expected, found
    from (
      select d.id, l.material_id, sum(l.net_g) as expected, coalesce((
        select sum(t.amount) from transfers t join accounts s on s.id = t.debit_account_id
        where t.journal_id = d.journal_id and t.phase = 'post' and s.ledger = 'g:' || l.material_id and s.kind = 'stock'
          and s.waste_bank_id = d.waste_bank_id
      ), 0) as found
      from deposits d join deposit_lines l on l.deposit_id = d.id
      where ${within("d.id", page)}
      group by d.id, d.journal_id, d.waste_bank_id, l.material_id
    ) counted where found <> expected`,
};

/** Grams of a material that no line names would escape the check above. */
const nothingElseCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'deposits' as "table", id, 'its journal moves nothing else' as "what", expected, found from (
      select d.id,
        (select count(*) + count(nullif(l.amount_idr, 0)) from deposit_lines l where l.deposit_id = d.id) as expected,
        (select count(*) from transfers t where t.journal_id = d.journal_id) as found
      from deposits d where ${within("d.id", page)}
    ) counted where found <> expected`,
};

const voidCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'deposit_voids' as "table", v.id as id, 'its journal reverses the journal of the deposit' as "what",
      d.journal_id as expected, j.reverses_id as found
    from deposits d join deposit_voids v on v.deposit_id = d.id
    left join journals j on j.id = v.journal_id and j.kind = 'deposit_void'
    where ${within("d.id", page)} and j.reverses_id is distinct from d.journal_id`,
};

export const DEPOSIT_CHECKS: Check[] = [
  totalCheck,
  priceCheck,
  rupiahCheck,
  gramsCheck,
  nothingElseCheck,
  voidCheck,
];
