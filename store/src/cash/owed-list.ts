/** Settlements of what is owed to people who have left, as they are listed. */
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";

export interface OwedSettlement {
  id: string;
  payout: string;
  member: string;
  wasteBank: string;
  amountIdr: number;
  shift: string;
  reason: string;
  requestedBy: string;
  requestedMs: number;
  state: "requested" | "paid" | "rejected";
  decidedBy: string | null;
  decidedMs: number | null;
  receiptNo: string | null;
}

/** Settlements, the one that was asked for last first; null does not narrow. */
export async function listOwedSettlements(
  db: Db,
  { wasteBank, state }: { wasteBank: string | null; state: OwedSettlement["state"] | null },
  { limit, after }: PageRequest,
): Promise<Page<OwedSettlement>> {
  let query = settlementQuery(db)
    .orderBy("owed.requested_ms", "desc")
    .orderBy("owed.id", "desc")
    .limit(limit + 1);
  if (wasteBank !== null) query = query.where("owed.waste_bank_id", "=", wasteBank);
  if (state !== null) query = query.where("owed.state", "=", state);
  if (after !== null) query = query.where(isBefore(["owed.requested_ms", "owed.id"], after));
  return pageOf(await query.execute(), limit, ({ requestedMs, id }) => momentCursor(requestedMs, id));
}

/** The settlement of this id; null when there is none. */
export async function findOwedSettlement(db: Db, id: string): Promise<OwedSettlement | null> {
  return (await settlementQuery(db).where("owed.id", "=", id).executeTakeFirst()) ?? null;
}

function settlementQuery(db: Db) {
  return db
    .selectFrom("owed_settlements as owed")
    .innerJoin("payouts", "payouts.id", "owed.payout_id")
    .select([
      "owed.id",
      "owed.payout_id as payout",
      "payouts.member_id as member",
      "owed.waste_bank_id as wasteBank",
      "owed.amount_idr as amountIdr",
      "owed.shift_id as shift",
      "owed.reason",
      "owed.requested_by as requestedBy",
      "owed.requested_ms as requestedMs",
      "owed.state",
      "owed.decided_by as decidedBy",
      "owed.decided_ms as decidedMs",
      "owed.receipt_no as receiptNo",
    ]);
}
