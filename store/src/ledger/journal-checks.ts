/** Promises about journals and transfers: complete, of one ledger, resolved once and alike, reversed as a mirror image. */
import { type RawBuilder, sql } from "kysely";
import { type Check, type Page, type Violation, within } from "./violation.ts";

const completeCheck: Check = {
  table: "journals",
  breaches: (page) => sql<Violation>`
    select 'journals' as "table", id, 'has the transfers that it declares' as "what", expected, found from (
      select j.id, j.transfers as expected, (
        select count(*) from transfers t where t.journal_id = j.id and t.line < j.transfers
      ) - (
        select count(*) from transfers t where t.journal_id = j.id and t.line >= j.transfers
      ) as found
      from journals j where ${within("j.id", page)}
    ) counted where expected <> found`,
};

const reversalCheck: Check = {
  table: "journals",
  breaches: (page) => sql<Violation>`
    select 'journals' as "table", id, 'mirrors, line by line, what it reverses' as "what", expected, found from (
      select j.id,
        (select count(*) from transfers theirs where theirs.journal_id = j.reverses_id) as expected,
        (select count(*) from transfers theirs join transfers mine on mine.journal_id = j.id and mine.line = theirs.line
          where theirs.journal_id = j.reverses_id and theirs.phase in ('post', 'settle') and mine.phase = 'post'
            and mine.amount = theirs.amount and mine.debit_account_id = theirs.credit_account_id
            and mine.credit_account_id = theirs.debit_account_id) as found,
        j.transfers, (select count(*) from journals other where other.reverses_id = j.reverses_id) as reversals
      from journals j where j.reverses_id is not null and ${within("j.id", page)}
    ) counted where expected <> found or expected <> transfers or expected = 0 or reversals <> 1`,
};

/** A check over single transfers: `breach` is true of a row that breaks the promise. */
function transferCheck(
  what: string,
  parts: { expected: RawBuilder<unknown>; found: RawBuilder<unknown> },
): Check {
  return {
    table: "transfers",
    breaches: (page: Page) => sql<Violation>`
      select 'transfers' as "table", id, ${sql.lit(what)} as "what", expected, found from (
        select t.id, ${parts.expected} as expected, ${parts.found} as found from transfers t where ${within("t.id", page)}
      ) counted where expected is distinct from found`,
  };
}

const pending = sql`(select p.amount from transfers p where p.id = t.pending_id and p.phase = 'pend'
  and p.debit_account_id = t.debit_account_id and p.credit_account_id = t.credit_account_id)`;

export const JOURNAL_CHECKS: Check[] = [
  completeCheck,
  reversalCheck,
  transferCheck("belongs to a journal", {
    expected: sql`t.journal_id`,
    found: sql`(select j.id from journals j where j.id = t.journal_id)`,
  }),
  transferCheck("credits the ledger that it debits", {
    expected: sql`(select a.ledger from accounts a where a.id = t.debit_account_id)`,
    found: sql`(select a.ledger from accounts a where a.id = t.credit_account_id)`,
  }),
  transferCheck("resolves a pending transfer with its accounts and amount", {
    expected: sql`case when t.phase in ('settle', 'void') then ${pending} end`,
    found: sql`case when t.phase in ('settle', 'void') then t.amount end`,
  }),
  transferCheck("resolves what no other transfer resolves", {
    expected: sql`case when t.phase in ('settle', 'void') then 1 else 0 end`,
    found: sql`(select count(*) from transfers o where o.pending_id = t.pending_id)`,
  }),
];
