/** Promises about waste of an older book: what an import, or a correction of it, brings in leaves the store in the same moment. */
import { type RawBuilder, sql } from "kysely";
import { type Check, type Violation, within } from "./violation.ts";

/** Journals `o` that write the waste of deposit `d` out of the store. */
const writtenOut = sql`journals o where o.idempotency_key = 'imported_sold:' || d.id and o.kind = 'imported_sold'`;

/** One a deposit that an import has brought, or that stands in place of one whose waste was written out; of all others none. */
const goneCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'deposits' as "table", id, 'waste of an older book is written out of the store' as "what", expected, found from (
      select d.id, case when d.source = 'import'
          or exists (select 1 from journals p where p.idempotency_key = 'imported_sold:' || d.corrects_id) then 1 else 0 end as expected,
        (select count(*) from ${writtenOut}) as found
      from deposits d where ${within("d.id", page)}
    ) counted where expected <> found`,
};

/** What the journal moves of a material between accounts `db` and `cr` that fit, and what the lines of the deposit say. */
function partCheck(what: string, said: RawBuilder<unknown>, where: RawBuilder<unknown>): Check {
  return {
    table: "deposits",
    breaches: (page) => sql<Violation>`
      select 'deposits' as "table", id, ${sql.lit(what)} || material_id as "what", expected, found from (
        select d.id, l.material_id, sum(${said}) as expected, coalesce((
          select sum(t.amount) from transfers t
          join accounts db on db.id = t.debit_account_id join accounts cr on cr.id = t.credit_account_id
          where t.journal_id = j.id and db.waste_bank_id = d.waste_bank_id and cr.waste_bank_id = d.waste_bank_id and ${where}
        ), 0) as found
        from deposits d join deposit_lines l on l.deposit_id = d.id
        join journals j on j.idempotency_key = 'imported_sold:' || d.id
        where ${within("d.id", page)} group by d.id, d.waste_bank_id, l.material_id, j.id
      ) counted where expected <> found`,
  };
}

const gramsCheck = partCheck(
  "its waste leaves the store to the gram, of ",
  sql`l.net_g`,
  sql`db.kind = 'sold' and db.part = 'imported' and db.ledger = 'g:' || l.material_id
    and cr.kind = 'stock' and cr.part is null and cr.ledger = db.ledger`,
);

const worthCheck = partCheck(
  "its waste leaves the store with its worth, of ",
  sql`l.amount_idr`,
  sql`db.kind = 'cost_before' and db.part = l.material_id and cr.kind = 'stock_value' and cr.part = l.material_id`,
);

const nothingElseCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'deposits' as "table", id, 'nothing else leaves the store with its waste' as "what", expected, found from (
      select d.id, (select count(*) + count(nullif(l.amount_idr, 0)) from deposit_lines l where l.deposit_id = d.id) as expected,
        (select count(*) from transfers t where t.journal_id = j.id) as found
      from deposits d join journals j on j.idempotency_key = 'imported_sold:' || d.id where ${within("d.id", page)}
    ) counted where expected <> found`,
};

const backCheck: Check = {
  table: "deposits",
  breaches: (page) => sql<Violation>`
    select 'deposit_voids' as "table", id, 'waste that was written out comes back before its deposit is taken back' as "what",
      expected, found from (
      select v.id, j.id as expected, b.reverses_id as found
      from deposits d join deposit_voids v on v.deposit_id = d.id
      join journals j on j.idempotency_key = 'imported_sold:' || d.id
      left join journals b on b.idempotency_key = 'imported_sold_void:' || v.id and b.kind = 'imported_sold_void'
      where ${within("d.id", page)}
    ) counted where found is distinct from expected`,
};

export const SOLD_BEFORE_CHECKS: Check[] = [goneCheck, gramsCheck, worthCheck, nothingElseCheck, backCheck];
