/** Differences between receipts and our own computation: listed for staff, and settled once with a note. */
import { recordDeed } from "../proof/audit.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { printable } from "../rows/printable.ts";

/** A difference with the deposit that it is of. `line`: from 0, -1 for the deposit as a whole. */
export interface DepositDifference {
  id: string;
  deposit: string;
  wasteBank: string;
  member: string;
  receiptNo: string;
  line: number;
  printedIdr: number;
  computedIdr: number;
  reason: string;
  noticedMs: number;
  settledBy: string | null;
  settledMs: number | null;
  note: string | null;
}

/** Which differences are asked for; null does not narrow. */
export interface DifferenceFilter {
  wasteBank: string | null;
  /** True: those that nobody has settled yet; false: the others. */
  open: boolean | null;
}

/** Differences, newest first. */
export async function listDifferences(
  db: Db,
  filter: DifferenceFilter,
  { limit, after }: PageRequest,
): Promise<Page<DepositDifference>> {
  let query = differenceQuery(db)
    .orderBy("deposit_differences.noticed_ms", "desc")
    .orderBy("deposit_differences.id", "desc")
    .limit(limit + 1);
  if (filter.wasteBank !== null) query = query.where("deposits.waste_bank_id", "=", filter.wasteBank);
  if (filter.open !== null)
    query = query.where("deposit_differences.settled_ms", filter.open ? "is" : "is not", null);
  if (after !== null)
    query = query.where(isBefore(["deposit_differences.noticed_ms", "deposit_differences.id"], after));
  return pageOf(await query.execute(), limit, ({ noticedMs, id }) => momentCursor(noticedMs, id));
}

/** Who settles a difference, and what came of it. */
export interface Settling {
  id: string;
  note: string;
  by: string;
}

/** What became of it. `settled`: by somebody else before, or with another note. `own`: whoever settles it took or honoured the deposit. */
export type SettlingOutcome =
  | { kind: "done"; difference: DepositDifference }
  | { kind: "unknown" }
  | { kind: "settled" }
  | { kind: "own" };

/** Settles a difference once, by another than who took or honoured the deposit; the same again is done already. */
export async function settleDifference(
  tx: Tx,
  { id, note, by }: Settling,
  nowMs: number,
): Promise<SettlingOutcome> {
  const written = printable(note);
  const deposit = await depositOfDifference(tx, id);
  if (deposit === null) return { kind: "unknown" };
  if (deposit.takenBy === by || deposit.honouredBy === by) return { kind: "own" };
  const { numUpdatedRows } = await tx
    .updateTable("deposit_differences")
    .set({ settled_by: by, settled_ms: nowMs, note: written })
    .where("id", "=", id)
    .where("settled_ms", "is", null)
    .executeTakeFirstOrThrow();
  const difference = await differenceQuery(tx)
    .where("deposit_differences.id", "=", id)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) {
    const isSame = difference.settledBy === by && difference.note === written;
    return isSame ? { kind: "done", difference } : { kind: "settled" };
  }
  await recordDeed(tx, {
    actor: `user:${by}`,
    action: "deposit_difference.settled",
    subject: `deposit_difference:${id}`,
    reason: written,
    atMs: nowMs,
  });
  return { kind: "done", difference };
}

/** Who took and who honoured the deposit of a difference, which never changes; null when there is no such difference. */
async function depositOfDifference(
  db: Db,
  id: string,
): Promise<{ takenBy: string | null; honouredBy: string | null } | null> {
  const row = await db
    .selectFrom("deposit_differences")
    .innerJoin("deposits", "deposits.id", "deposit_differences.deposit_id")
    .select(["deposits.taken_by as takenBy", "deposits.honoured_by as honouredBy"])
    .where("deposit_differences.id", "=", id)
    .executeTakeFirst();
  return row ?? null;
}

function differenceQuery(db: Db) {
  return db
    .selectFrom("deposit_differences")
    .innerJoin("deposits", "deposits.id", "deposit_differences.deposit_id")
    .select([
      "deposit_differences.id",
      "deposits.id as deposit",
      "deposits.waste_bank_id as wasteBank",
      "deposits.member_id as member",
      "deposits.receipt_no as receiptNo",
      "deposit_differences.line",
      "deposit_differences.printed_idr as printedIdr",
      "deposit_differences.computed_idr as computedIdr",
      "deposit_differences.reason",
      "deposit_differences.noticed_ms as noticedMs",
      "deposit_differences.settled_by as settledBy",
      "deposit_differences.settled_ms as settledMs",
      "deposit_differences.note",
    ]);
}
