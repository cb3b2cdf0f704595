/** Promises about savings: money of a member stands on a book, no book is below zero, and a closed one is empty. */
import { sql } from "kysely";
import { type Check, type Violation, within } from "../ledger/violation.ts";

/** An account of a member's savings, and the book of the same owner and product. */
const BOOKED = sql`left join books b
  on b.member_id = a.member_id and b.waste_bank_id = a.waste_bank_id and b.product_id = a.part`;

const hasBook: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", a.id as id, 'savings have a book' as "what", 1 as expected, 0 as found
    from accounts a ${BOOKED}
    where a.kind = 'member_savings' and b.id is null and ${within("a.id", page)}`,
};

const notBelowZero: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", a.id as id, 'a book is not below zero' as "what", 0 as expected,
      a.credits_posted - a.debits_posted as found
    from accounts a
    where a.kind = 'member_savings' and a.credits_posted < a.debits_posted and ${within("a.id", page)}`,
};

const closedIsEmpty: Check = {
  table: "accounts",
  breaches: (page) => sql<Violation>`
    select 'accounts' as "table", a.id as id, 'a closed book is empty' as "what", 0 as expected,
      a.credits_posted - a.debits_posted + a.debits_pending as found
    from accounts a ${BOOKED}
    where a.kind = 'member_savings' and b.closed_ms is not null
      and (a.credits_posted <> a.debits_posted or a.debits_pending <> 0 or a.credits_pending <> 0)
      and ${within("a.id", page)}`,
};

const moveCheck: Check = {
  table: "book_moves",
  breaches: (page) => sql<Violation>`
    select 'book_moves' as "table", id, 'its journal moves its amount from book to book' as "what", expected, found from (
      select m.id, m.amount_idr as expected, coalesce((
        select sum(t.amount) from transfers t
        join journals j on j.id = t.journal_id and j.kind = 'book_move' and j.transfers = 1
        join accounts d on d.id = t.debit_account_id join accounts c on c.id = t.credit_account_id
        join books f on f.id = m.from_book_id and f.member_id = d.member_id and f.waste_bank_id = d.waste_bank_id and f.product_id = d.part
        join books i on i.id = m.to_book_id and i.member_id = c.member_id and i.waste_bank_id = c.waste_bank_id and i.product_id = c.part
        where t.journal_id = m.journal_id and d.kind = 'member_savings' and c.kind = 'member_savings'
      ), 0) as found
      from book_moves m where ${within("m.id", page)}
    ) counted where expected <> found`,
};

/** What a mass withdrawal says it asked for is what the payout says. */
const massCheck: Check = {
  table: "mass_withdrawals",
  breaches: (page) => sql<Violation>`
    select 'mass_withdrawal_items' as "table", w.id || '/' || i.book_id as "id", 'its payout is of its amount' as "what",
      i.amount_idr as "expected", p.amount_idr as "found"
    from mass_withdrawals w join mass_withdrawal_items i on i.mass_id = w.id left join payouts p on p.id = i.payout_id
    where ${within("w.id", page)} and i.code is null and p.amount_idr is distinct from i.amount_idr`,
};

const importCheck: Check = {
  table: "imported_withdrawals",
  breaches: (page) => sql<Violation>`
    select 'imported_withdrawals' as "table", id, 'its journal takes its amount out of the book' as "what", expected, found from (
      select w.id, w.amount_idr as expected, coalesce((
        select sum(t.amount) from transfers t
        join journals j on j.id = t.journal_id and j.kind = 'imported_withdrawal' and j.transfers = 1
        join accounts d on d.id = t.debit_account_id and d.kind = 'member_savings' and d.member_id = w.member_id
          and d.waste_bank_id = w.waste_bank_id and d.part = w.product_id
        where t.journal_id = w.journal_id
      ), 0) as found
      from imported_withdrawals w where ${within("w.id", page)}
    ) counted where expected <> found`,
};

/** What a verification of the books looks at in savings. */
export const SAVINGS_CHECKS: Check[] = [
  hasBook,
  notBelowZero,
  closedIsEmpty,
  moveCheck,
  massCheck,
  importCheck,
];
