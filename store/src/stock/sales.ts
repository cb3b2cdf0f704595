/** Sales as they stand in the books, with their payments and whether they were taken back. */
import { engineOf } from "../relational/engine-of.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import type { Buyer, MoneyPlace } from "./sell.ts";

/** A line of a sale. */
export interface PostedSaleLine {
  material: string;
  outG: number;
  acceptedG: number;
  rejectedG: number;
  rejects: "returned" | "discarded";
  /** What went out and neither the buyer took nor came back as rejects. */
  shrinkageG: number;
  priceIdrPerKg: number;
  amountIdr: number;
  /** Of the grams that left for good, those of members who were paid by a share. */
  consignedG: number;
  membersIdr: number;
  /** What the waste bank's own grams had cost, and those that were lost. */
  costIdr: number;
  lossIdr: number;
}

/** A payment of a sale. */
export interface PostedPayment {
  id: string;
  into: MoneyPlace;
  from: MoneyPlace | null;
  amountIdr: number;
  occurredMs: number;
  paidBy: string;
}

/** A sale that is in the books. */
export interface PostedSale {
  id: string;
  wasteBank: string;
  buyer: Buyer;
  totalIdr: number;
  occurredMs: number;
  soldBy: string;
  createdMs: number;
  lines: PostedSaleLine[];
  payments: PostedPayment[];
  voided: { id: string; reason: string; voidedBy: string; voidedMs: number } | null;
}

/** What decides whether a sale may be paid or voided. */
export interface SaleParties {
  wasteBank: string;
  buyer: Buyer;
  totalIdr: number;
  soldBy: string;
  isVoided: boolean;
}

/** Which sales are asked for; null does not narrow. Times in milliseconds, from inclusive, to exclusive. */
export interface SaleFilter {
  wasteBank: string | null;
  offTaker: string | null;
  fromMs: number | null;
  toMs: number | null;
}

/** Holds a sale until the transaction ends, so that it is not paid and voided at once; null when there is none. */
export async function lockSale(tx: Tx, id: string): Promise<SaleParties | null> {
  let query = tx.selectFrom("sales").selectAll().where("id", "=", id);
  if (engineOf(tx) === "postgres") query = query.forUpdate();
  const row = await query.executeTakeFirst();
  if (row === undefined) return null;
  // A statement of its own: what was voided while this one waited for the lock is seen by the next alone.
  const voided = await tx.selectFrom("sale_voids").select("id").where("sale_id", "=", id).executeTakeFirst();
  return {
    wasteBank: row.waste_bank_id,
    buyer: buyerOf(row),
    totalIdr: row.total_idr,
    soldBy: row.sold_by,
    isVoided: voided !== undefined,
  };
}

/** A sale; null when there is none. */
export async function findSale(db: Db, id: string): Promise<PostedSale | null> {
  const row = await saleQuery(db).where("sales.id", "=", id).executeTakeFirst();
  return row === undefined ? null : ((await complete(db, [row]))[0] ?? null);
}

/** Sales, newest first. */
export async function listSales(
  db: Db,
  filter: SaleFilter,
  { limit, after }: PageRequest,
): Promise<Page<PostedSale>> {
  let query = saleQuery(db)
    .orderBy("sales.occurred_ms", "desc")
    .orderBy("sales.id", "desc")
    .limit(limit + 1);
  if (filter.wasteBank !== null) query = query.where("sales.waste_bank_id", "=", filter.wasteBank);
  if (filter.offTaker !== null) query = query.where("sales.off_taker_id", "=", filter.offTaker);
  if (filter.fromMs !== null) query = query.where("sales.occurred_ms", ">=", filter.fromMs);
  if (filter.toMs !== null) query = query.where("sales.occurred_ms", "<", filter.toMs);
  if (after !== null) query = query.where(isBefore(["sales.occurred_ms", "sales.id"], after));
  const page = pageOf(await query.execute(), limit, ({ occurred_ms, id }) => momentCursor(occurred_ms, id));
  return { items: await complete(db, page.items), next: page.next };
}

function saleQuery(db: Db) {
  return db
    .selectFrom("sales")
    .leftJoin("sale_voids", "sale_voids.sale_id", "sales.id")
    .selectAll("sales")
    .select([
      "sale_voids.id as voidId",
      "sale_voids.reason as voidReason",
      "sale_voids.voided_by as voidedBy",
      "sale_voids.voided_ms as voidedMs",
    ]);
}

type SaleRow = Awaited<ReturnType<ReturnType<typeof saleQuery>["execute"]>>[number];

async function complete(db: Db, sales: SaleRow[]): Promise<PostedSale[]> {
  if (sales.length === 0) return [];
  const ids = sales.map(({ id }) => id);
  const lines = await db
    .selectFrom("sale_lines")
    .selectAll()
    .where("sale_id", "in", ids)
    .orderBy("sale_id")
    .orderBy("line")
    .execute();
  const payments = await db
    .selectFrom("sale_payments")
    .selectAll()
    .where("sale_id", "in", ids)
    .orderBy("id")
    .execute();
  return sales.map((sale) => ({
    id: sale.id,
    wasteBank: sale.waste_bank_id,
    buyer: buyerOf(sale),
    totalIdr: sale.total_idr,
    occurredMs: sale.occurred_ms,
    soldBy: sale.sold_by,
    createdMs: sale.created_ms,
    lines: lines.filter(({ sale_id }) => sale_id === sale.id).map(toLine),
    payments: payments.filter(({ sale_id }) => sale_id === sale.id).map(toPayment),
    voided: voidOf(sale),
  }));
}

function voidOf({ voidId, voidReason, voidedBy, voidedMs }: SaleRow): PostedSale["voided"] {
  if (voidId === null || voidReason === null || voidedBy === null || voidedMs === null) return null;
  return { id: voidId, reason: voidReason, voidedBy, voidedMs };
}

function buyerOf(row: { off_taker_id: string | null; buyer_bank_id: string | null }): Buyer {
  if (row.off_taker_id !== null) return { offTaker: row.off_taker_id };
  if (row.buyer_bank_id !== null) return { wasteBank: row.buyer_bank_id };
  throw new TypeError("a sale without buyer");
}

function toLine(row: {
  material_id: string;
  out_g: number;
  accepted_g: number;
  rejected_g: number;
  rejects: "returned" | "discarded";
  price_idr_per_kg: number;
  amount_idr: number;
  consigned_g: number;
  members_idr: number;
  cost_idr: number;
  loss_idr: number;
}): PostedSaleLine {
  return {
    material: row.material_id,
    outG: row.out_g,
    acceptedG: row.accepted_g,
    rejectedG: row.rejected_g,
    rejects: row.rejects,
    shrinkageG: row.out_g - row.accepted_g - row.rejected_g,
    priceIdrPerKg: row.price_idr_per_kg,
    amountIdr: row.amount_idr,
    consignedG: row.consigned_g,
    membersIdr: row.members_idr,
    costIdr: row.cost_idr,
    lossIdr: row.loss_idr,
  };
}

function toPayment(row: {
  id: string;
  into_kind: MoneyPlace;
  from_kind: MoneyPlace | null;
  amount_idr: number;
  occurred_ms: number;
  paid_by: string;
}): PostedPayment {
  return {
    id: row.id,
    into: row.into_kind,
    from: row.from_kind,
    amountIdr: row.amount_idr,
    occurredMs: row.occurred_ms,
    paidBy: row.paid_by,
  };
}
