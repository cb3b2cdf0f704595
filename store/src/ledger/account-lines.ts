/** Lines of one account, newest first: what a passbook or a statement shows. */
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";

/** Most lines that one page answers. */
export const LINES_MAX = 500;

/** One transfer as this account sees it. */
export interface AccountLine {
  transferId: string;
  journalId: string;
  /** Kind of the journal, such as `deposit`. */
  kind: string;
  /** When it happened, by the clock where it happened; lines are in the order of posting, which may differ. */
  occurredMs: number;
  /** Whole units of the ledger; positive on the account's normal side. Only `post` and `settle` change the balance. */
  amount: number;
  phase: "post" | "pend" | "settle" | "void";
  /** For a `pend`: how it was resolved; null while it still holds. Null for the other phases. */
  resolution: "settle" | "void" | null;
  /** Account on the other side. */
  counterAccount: string;
}

/** Where a page begins and how long it is. `after`: transfer id of the last line of the page before. */
export interface LinePage {
  limit: number;
  after?: string | undefined;
}

/**
 * One page of an account's lines, newest first. Transfer ids rise with the time of posting and never change, so a page
 * stays the same whatever is posted meanwhile.
 *
 * Empty for an account that does not exist. Throws RangeError when `limit` is not from 1 to LINES_MAX.
 */
export async function linesOfAccount(db: Db, accountId: string, page: LinePage): Promise<AccountLine[]> {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > LINES_MAX) {
    throw new RangeError(`a page has 1 to ${LINES_MAX} lines, not ${page.limit}`);
  }
  const { rows } = await sql<AccountLine>`
    select t.id as "transferId", t.journal_id as "journalId", j.kind as "kind", j.occurred_ms as "occurredMs",
      case when t.side = a.normal then t.amount else -t.amount end as "amount",
      t.phase as "phase", r.phase as "resolution", t.counter as "counterAccount"
    from (${side("debit", accountId, page)} union all ${side("credit", accountId, page)}) t
    join accounts a on a.id = ${accountId}
    join journals j on j.id = t.journal_id
    left join transfers r on r.pending_id = t.id
    order by t.id desc
    limit ${page.limit}`.execute(db);
  return rows;
}

/** The newest transfers on one side; each side has its own index, so that neither reads more than a page. */
function side(which: "debit" | "credit", accountId: string, { limit, after }: LinePage) {
  const mine = sql.ref(`${which}_account_id`);
  const other = sql.ref(which === "debit" ? "credit_account_id" : "debit_account_id");
  const letter = sql.lit(which === "debit" ? "D" : "C");
  const older = after === undefined ? sql`` : sql`and id < ${after}`;
  return sql`select * from (
    select id, journal_id, amount, phase, ${letter} as side, ${other} as counter
    from transfers where ${mine} = ${accountId} ${older} order by id desc limit ${limit}) ${sql.ref(which)}`;
}
