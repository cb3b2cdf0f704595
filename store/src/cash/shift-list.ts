/** Shifts as they are listed, with their counts. */
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { needsReason } from "./close-shift.ts";

/** A shift with what became of it. `close` is null while it is open. */
export interface ListedShift {
  id: string;
  user: string;
  wasteBank: string;
  floatIdr: number;
  openedMs: number;
  /** What the books hold in the drawer; null when the shift is closed. Not for whoever is to count it. */
  drawerIdr: number | null;
  close: ListedClose | null;
  confirmed: { by: string; atMs: number } | null;
}

/** A count and how it compared. `nodes`: what was taken over from each terminal. */
export interface ListedClose {
  id: string;
  by: string;
  bookIdr: number;
  nodeCashIdr: number;
  countedIdr: number;
  differenceIdr: number;
  notes: Record<string, number> | null;
  reason: string | null;
  /** The count was far from the books, and nobody has said why. */
  lacksReason: boolean;
  atMs: number;
  nodes: { node: string; amountIdr: number }[];
}

/** Which shifts are asked for; null does not narrow. */
export interface ShiftFilter {
  wasteBank: string | null;
  user: string | null;
  state: "open" | "closed" | "confirmed" | null;
}

/** Shifts, the one that was opened last first. */
export async function listShifts(
  db: Db,
  filter: ShiftFilter,
  { limit, after }: PageRequest,
): Promise<Page<ListedShift>> {
  let query = shiftQuery(db)
    .orderBy("shifts.opened_ms", "desc")
    .orderBy("shifts.id", "desc")
    .limit(limit + 1);
  if (filter.wasteBank !== null) query = query.where("shifts.waste_bank_id", "=", filter.wasteBank);
  if (filter.user !== null) query = query.where("shifts.user_id", "=", filter.user);
  if (filter.state === "open") query = query.where("shifts.closed_ms", "is", null);
  if (filter.state === "closed") {
    query = query.where("shifts.closed_ms", "is not", null).where("shift_confirmations.id", "is", null);
  }
  if (filter.state === "confirmed") query = query.where("shift_confirmations.id", "is not", null);
  if (after !== null) query = query.where(isBefore(["shifts.opened_ms", "shifts.id"], after));
  const page = pageOf(await query.execute(), limit, ({ openedMs, id }) => momentCursor(openedMs, id));
  return { items: await withNodes(db, page.items), next: page.next };
}

/** One shift; null when there is none. */
export async function findShift(db: Db, id: string): Promise<ListedShift | null> {
  const rows = await shiftQuery(db).where("shifts.id", "=", id).execute();
  const [shift] = await withNodes(db, rows);
  return shift ?? null;
}

type ShiftRow = Awaited<ReturnType<ReturnType<typeof shiftQuery>["execute"]>>[number];

function shiftQuery(db: Db) {
  return db
    .selectFrom("shifts")
    .leftJoin("shift_closes", "shift_closes.shift_id", "shifts.id")
    .leftJoin("shift_explanations", "shift_explanations.shift_id", "shifts.id")
    .leftJoin("shift_confirmations", "shift_confirmations.shift_id", "shifts.id")
    .leftJoin("accounts", (join) =>
      join
        .onRef("accounts.part", "=", "shifts.user_id")
        .onRef("accounts.waste_bank_id", "=", "shifts.waste_bank_id")
        .on("accounts.ledger", "=", "IDR")
        .on("accounts.kind", "=", "cash_drawer"),
    )
    .select([
      "shifts.id",
      "shifts.user_id as user",
      "shifts.waste_bank_id as wasteBank",
      "shifts.float_idr as floatIdr",
      "shifts.opened_ms as openedMs",
      "shift_closes.id as closeId",
      "shift_closes.closed_by as closedBy",
      "shift_closes.book_idr as bookIdr",
      "shift_closes.node_cash_idr as nodeCashIdr",
      "shift_closes.counted_idr as countedIdr",
      "shift_closes.difference_idr as differenceIdr",
      "shift_closes.notes",
      "shift_closes.closed_ms as closedMs",
      "shift_confirmations.confirmed_by as confirmedBy",
      "shift_confirmations.confirmed_ms as confirmedMs",
    ])
    .select((eb) => eb.fn.coalesce("shift_closes.reason", "shift_explanations.reason").as("reason"))
    .select(sql<number>`coalesce(accounts.debits_posted - accounts.credits_posted, 0)`.as("drawerIdr"));
}

async function withNodes(db: Db, rows: ShiftRow[]): Promise<ListedShift[]> {
  const closes = rows.flatMap(({ closeId }) => (closeId === null ? [] : [closeId]));
  const nodes =
    closes.length === 0
      ? []
      : await db
          .selectFrom("shift_close_nodes")
          .selectAll()
          .where("close_id", "in", closes)
          .orderBy("close_id")
          .orderBy("node_id")
          .execute();
  const byClose = Map.groupBy(nodes, ({ close_id }) => close_id);
  return rows.map((row) => {
    const close = closeOf(row);
    for (const { node_id, amount_idr } of byClose.get(close?.id ?? "") ?? [])
      close?.nodes.push({ node: node_id, amountIdr: amount_idr });
    return {
      id: row.id,
      user: row.user,
      wasteBank: row.wasteBank,
      floatIdr: row.floatIdr,
      openedMs: row.openedMs,
      drawerIdr: close === null ? row.drawerIdr : null,
      close,
      confirmed:
        row.confirmedBy === null || row.confirmedMs === null
          ? null
          : { by: row.confirmedBy, atMs: row.confirmedMs },
    };
  });
}

function closeOf(row: ShiftRow): ListedClose | null {
  const { closeId, closedBy, bookIdr, nodeCashIdr, countedIdr, differenceIdr, closedMs } = row;
  if (closeId === null || closedBy === null || closedMs === null) return null;
  if (bookIdr === null || nodeCashIdr === null || countedIdr === null || differenceIdr === null) return null;
  return {
    id: closeId,
    by: closedBy,
    bookIdr,
    nodeCashIdr,
    countedIdr,
    differenceIdr,
    notes: row.notes === null ? null : (JSON.parse(row.notes) as Record<string, number>),
    reason: row.reason,
    lacksReason: row.reason === null && needsReason({ bookIdr, nodeCashIdr, differenceIdr }),
    atMs: closedMs,
    nodes: [],
  };
}
