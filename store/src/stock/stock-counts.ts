/** Stock counts as they stand in the books. */
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** A count, with how it ended. */
export interface PostedCount {
  id: string;
  wasteBank: string;
  material: string;
  countedG: number;
  /** What the books said when it was counted. */
  bookG: number;
  reason: string;
  countedBy: string;
  occurredMs: number;
  state: "waiting" | "posted" | "dismissed";
  /** Who agreed or dismissed it; null while it waits, and where the difference was small. */
  decidedBy: string | null;
  endedMs: number | null;
  /** Rupiah that the difference was worth; below zero: a loss; null while it waits. */
  valueIdr: number | null;
}

/** Which counts are asked for; null does not narrow. */
export interface CountFilter {
  wasteBank: string | null;
  state: PostedCount["state"] | null;
}

/** A count; null when there is none. */
export async function findStockCount(db: Db, id: string): Promise<PostedCount | null> {
  const row = await countQuery(db).where("stock_counts.id", "=", id).executeTakeFirst();
  return row === undefined ? null : toCount(row);
}

/** Counts, newest first. */
export async function listStockCounts(
  db: Db,
  { wasteBank, state }: CountFilter,
  { limit, after }: PageRequest,
): Promise<Page<PostedCount>> {
  let query = countQuery(db)
    .orderBy("stock_counts.occurred_ms", "desc")
    .orderBy("stock_counts.id", "desc")
    .limit(limit + 1);
  if (wasteBank !== null) query = query.where("stock_counts.waste_bank_id", "=", wasteBank);
  if (state === "waiting") query = query.where("stock_count_ends.outcome", "is", null);
  else if (state !== null) query = query.where("stock_count_ends.outcome", "=", state);
  if (after !== null) query = query.where(isBefore(["stock_counts.occurred_ms", "stock_counts.id"], after));
  const rows = (await query.execute()).map(toCount);
  return pageOf(rows, limit, ({ occurredMs, id }) => momentCursor(occurredMs, id));
}

/** Counts of a time that were not dismissed. */
export async function countsWithin(
  db: Db,
  { wasteBank, fromMs, toMs }: { wasteBank: string; fromMs: number; toMs: number },
): Promise<PostedCount[]> {
  const rows = await countQuery(db)
    .where("stock_counts.waste_bank_id", "=", wasteBank)
    .where("stock_counts.occurred_ms", ">=", fromMs)
    .where("stock_counts.occurred_ms", "<", toMs)
    .orderBy("stock_counts.occurred_ms")
    .orderBy("stock_counts.id")
    .execute();
  return rows.map(toCount).filter(({ state }) => state !== "dismissed");
}

function countQuery(db: Db) {
  return db
    .selectFrom("stock_counts")
    .leftJoin("stock_count_ends", "stock_count_ends.count_id", "stock_counts.id")
    .select([
      "stock_counts.id",
      "stock_counts.waste_bank_id as wasteBank",
      "stock_counts.material_id as material",
      "stock_counts.counted_g as countedG",
      "stock_counts.book_g as bookG",
      "stock_counts.reason",
      "stock_counts.counted_by as countedBy",
      "stock_counts.occurred_ms as occurredMs",
      "stock_count_ends.outcome",
      "stock_count_ends.decided_by as decidedBy",
      "stock_count_ends.ended_ms as endedMs",
      "stock_count_ends.value_idr as valueIdr",
    ]);
}

function toCount({
  outcome,
  ...row
}: Omit<PostedCount, "state"> & { outcome: "posted" | "dismissed" | null }): PostedCount {
  return { ...row, state: outcome ?? "waiting" };
}
