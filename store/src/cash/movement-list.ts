/** Movements as they are listed, with who decided and whether they were voided. */
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import type { CashPlace } from "./movement-kinds.ts";

/** A void of a movement or an expense. */
export interface ListedVoid {
  id: string;
  by: string;
  reason: string;
  atMs: number;
}

export interface ListedMovement {
  id: string;
  wasteBank: string;
  kind: string;
  amountIdr: number;
  place: CashPlace | null;
  provider: string | null;
  shift: string | null;
  reason: string;
  reference: string | null;
  state: "requested" | "posted" | "rejected";
  requestedBy: string;
  requestedMs: number;
  decided: { by: string; atMs: number } | null;
  voided: ListedVoid | null;
}

/** Which movements are asked for; null does not narrow. */
export interface MovementFilter {
  wasteBank: string | null;
  state: ListedMovement["state"] | null;
}

/** Movements, the newest first. */
export async function listMovements(
  db: Db,
  filter: MovementFilter,
  { limit, after }: PageRequest,
): Promise<Page<ListedMovement>> {
  let query = movementQuery(db)
    .orderBy("cash_movements.requested_ms", "desc")
    .orderBy("cash_movements.id", "desc")
    .limit(limit + 1);
  if (filter.wasteBank !== null) query = query.where("cash_movements.waste_bank_id", "=", filter.wasteBank);
  if (filter.state !== null) query = query.where("cash_movements.state", "=", filter.state);
  if (after !== null)
    query = query.where(isBefore(["cash_movements.requested_ms", "cash_movements.id"], after));
  const rows = await query.execute();
  return pageOf(rows.map(toMovement), limit, ({ requestedMs, id }) => momentCursor(requestedMs, id));
}

/** One movement; null when there is none. */
export async function findMovement(db: Db, id: string): Promise<ListedMovement | null> {
  const row = await movementQuery(db).where("cash_movements.id", "=", id).executeTakeFirst();
  return row === undefined ? null : toMovement(row);
}

function movementQuery(db: Db) {
  return db
    .selectFrom("cash_movements")
    .leftJoin("cash_movement_voids", "cash_movement_voids.movement_id", "cash_movements.id")
    .select([
      "cash_movements.id",
      "cash_movements.waste_bank_id as wasteBank",
      "cash_movements.kind",
      "cash_movements.amount_idr as amountIdr",
      "cash_movements.place",
      "cash_movements.provider",
      "cash_movements.shift_id as shift",
      "cash_movements.reason",
      "cash_movements.reference",
      "cash_movements.state",
      "cash_movements.requested_by as requestedBy",
      "cash_movements.requested_ms as requestedMs",
      "cash_movements.decided_by as decidedBy",
      "cash_movements.decided_ms as decidedMs",
      "cash_movement_voids.id as voidId",
      "cash_movement_voids.voided_by as voidedBy",
      "cash_movement_voids.reason as voidReason",
      "cash_movement_voids.voided_ms as voidedMs",
    ]);
}

type MovementRow = Awaited<ReturnType<ReturnType<typeof movementQuery>["execute"]>>[number];

function toMovement(row: MovementRow): ListedMovement {
  const { decidedBy, decidedMs, voidId, voidedBy, voidReason, voidedMs, ...movement } = row;
  return {
    ...movement,
    decided: decidedBy === null || decidedMs === null ? null : { by: decidedBy, atMs: decidedMs },
    voided: voidOf({ id: voidId, by: voidedBy, reason: voidReason, atMs: voidedMs }),
  };
}

/** The void of a row that may have none. */
export function voidOf({ id, by, reason, atMs }: { [Field in keyof ListedVoid]: ListedVoid[Field] | null }) {
  return id === null || by === null || reason === null || atMs === null ? null : { id, by, reason, atMs };
}
