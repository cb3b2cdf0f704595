/** The audit log as a list. */
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** A deed that was done; see `Deed`. */
export interface KeptDeed {
  id: string;
  actor: string;
  action: string;
  subject: string;
  reason: string | null;
  rowHash: string | null;
  atMs: number;
}

/** Which deeds are asked for; null does not narrow. Times in milliseconds, from inclusive, to exclusive. */
export interface DeedFilter {
  actor: string | null;
  subject: string | null;
  action: string | null;
  fromMs: number | null;
  toMs: number | null;
}

/** Deeds, the latest first. */
export async function listDeeds(
  db: Db,
  filter: DeedFilter,
  { limit, after }: PageRequest,
): Promise<Page<KeptDeed>> {
  let query = db
    .selectFrom("audit_events")
    .select(["id", "actor", "action", "subject", "reason", "row_hash as rowHash", "at_ms as atMs"])
    .orderBy("at_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  for (const column of ["actor", "subject", "action"] as const) {
    const wanted = filter[column];
    if (wanted !== null) query = query.where(column, "=", wanted);
  }
  if (filter.fromMs !== null) query = query.where("at_ms", ">=", filter.fromMs);
  if (filter.toMs !== null) query = query.where("at_ms", "<", filter.toMs);
  if (after !== null) query = query.where(isBefore(["at_ms", "id"], after));
  return pageOf(await query.execute(), limit, ({ atMs, id }) => momentCursor(atMs, id));
}
