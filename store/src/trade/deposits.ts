/** Deposits that are posted, with their lines and whether they were taken back. */
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";

export interface PostedDeposit {
  id: string;
  node: string;
  wasteBank: string;
  member: string;
  receiptNo: string;
  totalIdr: number;
  occurredMs: number;
  receivedMs: number;
  voided: { id: string; reason: string; occurredMs: number } | null;
  lines: PostedLine[];
}

/** One material of a deposit, in the order of the receipt. */
export interface PostedLine {
  material: string;
  price: string;
  priceIdrPerKg: number;
  /** Both null when the scale's tare was not known. */
  grossG: number | null;
  tareG: number | null;
  netG: number;
  stable: boolean | null;
  scale: string;
  verifiedUntilMs: number | null;
  /** The scale's frame; null when the weight was typed. */
  raw: string | null;
  /** Who answers for a typed weight, and why it was typed. */
  typed: { supervisor: string; reason: string } | null;
  amountIdr: number;
}

/** Which deposits are asked for; null does not narrow. Times in milliseconds, from inclusive, to exclusive. */
export interface DepositFilter {
  wasteBank: string | null;
  member: string | null;
  node: string | null;
  fromMs: number | null;
  toMs: number | null;
}

/** Deposits, newest first. */
export async function listDeposits(
  db: Db,
  filter: DepositFilter,
  { limit, after }: PageRequest,
): Promise<Page<PostedDeposit>> {
  let query = db
    .selectFrom("deposits")
    .leftJoin("deposit_voids", "deposit_voids.deposit_id", "deposits.id")
    .select([
      "deposits.id",
      "deposits.node_id as node",
      "deposits.waste_bank_id as wasteBank",
      "deposits.member_id as member",
      "deposits.receipt_no as receiptNo",
      "deposits.total_idr as totalIdr",
      "deposits.occurred_ms as occurredMs",
      "deposits.received_ms as receivedMs",
      "deposit_voids.id as voidId",
      "deposit_voids.reason as voidReason",
      "deposit_voids.occurred_ms as voidMs",
    ])
    .orderBy("deposits.occurred_ms", "desc")
    .orderBy("deposits.id", "desc")
    .limit(limit + 1);
  if (filter.wasteBank !== null) query = query.where("deposits.waste_bank_id", "=", filter.wasteBank);
  if (filter.member !== null) query = query.where("deposits.member_id", "=", filter.member);
  if (filter.node !== null) query = query.where("deposits.node_id", "=", filter.node);
  if (filter.fromMs !== null) query = query.where("deposits.occurred_ms", ">=", filter.fromMs);
  if (filter.toMs !== null) query = query.where("deposits.occurred_ms", "<", filter.toMs);
  if (after !== null) query = query.where(isBefore(["deposits.occurred_ms", "deposits.id"], after));
  const page = pageOf(await query.execute(), limit, ({ occurredMs, id }) => momentCursor(occurredMs, id));
  const lines = await linesOf(
    db,
    page.items.map(({ id }) => id),
  );
  const items = page.items.map(({ voidId, voidReason, voidMs, ...deposit }) => ({
    ...deposit,
    voided:
      voidId === null || voidReason === null || voidMs === null
        ? null
        : { id: voidId, reason: voidReason, occurredMs: voidMs },
    lines: lines.get(deposit.id) ?? [],
  }));
  return { items, next: page.next };
}

async function linesOf(db: Db, deposits: string[]): Promise<Map<string, PostedLine[]>> {
  if (deposits.length === 0) return new Map();
  const rows = await db
    .selectFrom("deposit_lines")
    .selectAll()
    .where("deposit_id", "in", deposits)
    .orderBy("deposit_id")
    .orderBy("line")
    .execute();
  const byDeposit = Map.groupBy(rows, ({ deposit_id }) => deposit_id);
  return new Map(
    [...byDeposit].map(([deposit, lines]) => [
      deposit,
      lines.map((line) => ({
        material: line.material_id,
        price: line.price_id,
        priceIdrPerKg: line.price_idr_per_kg,
        grossG: line.gross_g,
        tareG: line.tare_g,
        netG: line.net_g,
        stable: line.stable === null ? null : line.stable === 1,
        scale: line.scale_id,
        verifiedUntilMs: line.verified_until_ms,
        raw: line.raw,
        typed:
          line.supervisor_id === null
            ? null
            : { supervisor: line.supervisor_id, reason: line.typed_reason ?? "" },
        amountIdr: line.amount_idr,
      })),
    ]),
  );
}
