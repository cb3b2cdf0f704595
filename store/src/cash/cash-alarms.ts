/** What is wrong with cash and waits for a person. */
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { CASH_DIFFERENCE_IDR_MAX } from "./close-shift.ts";

/** How long a close may wait for the second person, in milliseconds: a day. */
export const CONFIRMATION_MS_MAX = 86_400_000;

/** How long cash that a terminal paid may go without a cashier who answers for it, in milliseconds: two days. */
export const NODE_CASH_MS_MAX = 2 * 86_400_000;

/** Kinds of alarm. `difference`: a count far from the books, until it is confirmed. */
export const CASH_ALARM_KINDS = ["difference", "unconfirmed_close", "unanswered_node_cash"] as const;
export type CashAlarmKind = (typeof CASH_ALARM_KINDS)[number];

/** One alarm. `amountIdr`: the difference, below 0 too little; the sum that was counted; or what the terminal paid. */
export interface CashAlarm {
  kind: CashAlarmKind;
  wasteBank: string;
  /** The shift, or the node. */
  subject: string;
  amountIdr: number;
  sinceMs: number;
}

/** Alarms, the newest first. */
export async function listCashAlarms(
  db: Db,
  { wasteBank, nowMs }: { wasteBank: string | null; nowMs: number },
  { limit, after }: PageRequest,
): Promise<Page<CashAlarm>> {
  const { rows } = await sql<CashAlarm>`
    select kind, waste_bank as "wasteBank", subject, amount as "amountIdr", since_ms as "sinceMs" from (
      select 'difference' as kind, s.waste_bank_id as waste_bank, s.id as subject, c.difference_idr as amount, c.closed_ms as since_ms
      from shift_closes c join shifts s on s.id = c.shift_id
      where (abs(c.difference_idr) > ${CASH_DIFFERENCE_IDR_MAX} or c.node_cash_idr > c.book_idr) and ${notConfirmed}
      union all
      select 'unconfirmed_close', s.waste_bank_id, s.id, c.counted_idr, c.closed_ms
      from shift_closes c join shifts s on s.id = c.shift_id
      where c.closed_ms < ${nowMs - CONFIRMATION_MS_MAX} and ${notConfirmed}
      union all
      select 'unanswered_node_cash', a.waste_bank_id, a.part, a.credits_posted - a.debits_posted, ${firstUnanswered}
      from accounts a
      where a.kind = 'node_cash' and a.credits_posted > a.debits_posted and ${firstUnanswered} < ${nowMs - NODE_CASH_MS_MAX}
    ) alarms
    where ${wasteBank === null ? sql`1 = 1` : sql`waste_bank = ${wasteBank}`}
      and ${after === null ? sql`1 = 1` : isBefore(["since_ms", "kind", "subject"], after)}
    order by since_ms desc, kind desc, subject desc limit ${limit + 1}`.execute(db);
  return pageOf(rows, limit, ({ sinceMs, kind, subject }) => momentCursor(sinceMs, kind, subject));
}

const notConfirmed = sql`not exists (select 1 from shift_confirmations f where f.shift_id = s.id)`;

/** When the terminal paid first after a cashier had last taken over what it paid. */
const firstUnanswered = sql`(
  select min(t.created_ms) from transfers t where t.credit_account_id = a.id and t.phase in ('post', 'settle')
    and t.id > coalesce((
      select max(o.id) from transfers o join journals j on j.id = o.journal_id
      where o.debit_account_id = a.id and j.kind = 'shift_close'), ''))`;
