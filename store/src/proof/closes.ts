/** Closes of days, and the audit log, as lists. */
import { dayOf } from "@jumpa-madu/contracts/local-day";
import type { Selectable } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import type { Close } from "./close-day.ts";

/** Closes, the latest first; null does not narrow. Days in WIB, both inclusive. */
export async function listCloses(
  db: Db,
  filter: { wasteBank: string | null; fromDay: string | null; toDay: string | null },
  { limit, after }: PageRequest,
): Promise<Page<Close>> {
  let query = db
    .selectFrom("closes")
    .selectAll()
    .orderBy("closed_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (filter.wasteBank !== null) query = query.where("waste_bank_id", "=", filter.wasteBank);
  if (filter.fromDay !== null) query = query.where("day", ">=", filter.fromDay);
  if (filter.toDay !== null) query = query.where("day", "<=", filter.toDay);
  if (after !== null) query = query.where(isBefore(["closed_ms", "id"], after));
  const rows = await query.execute();
  return pageOf(rows.map(toClose), limit, ({ closedMs, id }) => momentCursor(closedMs, id));
}

/** The day (WIB) on which the first waste bank was made: none before it is closed. Null while there is no waste bank. */
export async function firstDay(db: Db): Promise<string | null> {
  const { madeMs } = await db
    .selectFrom("waste_banks")
    .select(({ fn }) => fn.min<number | null>("created_ms").as("madeMs"))
    .executeTakeFirstOrThrow();
  return madeMs === null ? null : dayOf(Number(madeMs));
}

/** The last day that is closed for every waste bank that has a close; null while there is none. */
export async function lastClosedDay(db: Db): Promise<string | null> {
  // A run that was killed half way has closed it for some of them alone.
  const { day } = await db
    .selectFrom((from) =>
      from
        .selectFrom("closes")
        .select(({ fn }) => fn.max("day").as("day"))
        .groupBy("waste_bank_id")
        .as("latest"),
    )
    .select(({ fn }) => fn.min("latest.day").as("day"))
    .executeTakeFirstOrThrow();
  return day;
}

function toClose(row: Selectable<Tables["closes"]>): Close {
  return {
    id: row.id,
    wasteBank: row.waste_bank_id,
    day: row.day,
    journals: { seq: row.upto_seq, hash: row.head_hash },
    audit: { seq: row.audit_seq, hash: row.audit_head_hash },
    totals: JSON.parse(row.totals),
    violations: row.violations,
    closedBy: row.closed_by,
    closedMs: row.closed_ms,
  };
}
