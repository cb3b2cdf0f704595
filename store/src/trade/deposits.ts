/** Deposits that are posted, with their lines and whether they were taken back. */
import type { Purpose, Settlement } from "@jumpa-madu/contracts/records";
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";

export interface PostedDeposit {
  id: string;
  source: "terminal" | "counter" | "door" | "import";
  /** Terminal that took it; null from everywhere else. */
  node: string | null;
  /** User who took it at the counter or the door. */
  takenBy: string | null;
  /** User who has decided that its receipt stands. */
  honouredBy: string | null;
  wasteBank: string;
  member: string;
  purpose: Purpose;
  settlement: Settlement;
  /** The member's part of the sale, in hundredths of a percent; null for what is bought. */
  shareBps: number | null;
  /** Savings product of the book; null for a gift. */
  product: string | null;
  device: string;
  receiptNo: string;
  visit: string | null;
  /** The deposit in whose place this one stands, and the one that stands in place of this. */
  corrects: string | null;
  correctedBy: string | null;
  totalIdr: number;
  amountRule: string;
  occurredMs: number;
  receivedMs: number;
  voided: DepositVoid | null;
  lines: PostedLine[];
}

/** How a deposit was taken back. `by`: null when its terminal did. */
interface DepositVoid {
  id: string;
  kind: "void" | "correction";
  by: string | null;
  reason: string;
  occurredMs: number;
}

/** One material of a deposit, in the order of the receipt. */
export interface PostedLine {
  material: string;
  /** Null on a line of an import, whose amount stands as it was written. */
  price: string | null;
  priceIdrPerKg: number | null;
  /** Both null when the scale's tare was not known. */
  grossG: number | null;
  tareG: number | null;
  netG: number;
  stable: boolean | null;
  /** Null when the weight was typed and no scale was named. */
  scale: string | null;
  verifiedUntilMs: number | null;
  /** The scale's frame, hexadecimal; null when the weight was typed or imported. */
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
  /** True: only those that have a line whose weight was typed. */
  typed?: boolean;
  fromMs: number | null;
  toMs: number | null;
}

/** Deposits, newest first. */
export async function listDeposits(
  db: Db,
  filter: DepositFilter,
  { limit, after }: PageRequest,
): Promise<Page<PostedDeposit>> {
  let query = depositQuery(db)
    .orderBy("deposits.occurred_ms", "desc")
    .orderBy("deposits.id", "desc")
    .limit(limit + 1);
  if (filter.wasteBank !== null) query = query.where("deposits.waste_bank_id", "=", filter.wasteBank);
  if (filter.member !== null) query = query.where("deposits.member_id", "=", filter.member);
  if (filter.node !== null) query = query.where("deposits.node_id", "=", filter.node);
  if (filter.typed === true) query = query.where(hasTypedLine);
  if (filter.fromMs !== null) query = query.where("deposits.occurred_ms", ">=", filter.fromMs);
  if (filter.toMs !== null) query = query.where("deposits.occurred_ms", "<", filter.toMs);
  if (after !== null) query = query.where(isBefore(["deposits.occurred_ms", "deposits.id"], after));
  const page = pageOf(await query.execute(), limit, ({ occurredMs, id }) => momentCursor(occurredMs, id));
  return { items: await withLines(db, page.items), next: page.next };
}

/** The deposit of this id; null when there is none. */
export async function findDeposit(db: Db, id: string): Promise<PostedDeposit | null> {
  const rows = await depositQuery(db).where("deposits.id", "=", id).execute();
  const [deposit] = await withLines(db, rows);
  return deposit ?? null;
}

function hasTypedLine(eb: ExpressionBuilder<Tables, "deposits">): Expression<SqlBool> {
  return eb.exists(
    eb
      .selectFrom("deposit_lines")
      .select(sql<number>`1`.as("one"))
      .whereRef("deposit_lines.deposit_id", "=", "deposits.id")
      .where("deposit_lines.supervisor_id", "is not", null),
  );
}

function depositQuery(db: Db) {
  return db
    .selectFrom("deposits")
    .leftJoin("deposit_voids", "deposit_voids.deposit_id", "deposits.id")
    .leftJoin("deposits as successor", "successor.corrects_id", "deposits.id")
    .select([
      "deposits.id",
      "deposits.source",
      "deposits.node_id as node",
      "deposits.taken_by as takenBy",
      "deposits.honoured_by as honouredBy",
      "deposits.waste_bank_id as wasteBank",
      "deposits.member_id as member",
      "deposits.purpose",
      "deposits.settlement",
      "deposits.share_bps as shareBps",
      "deposits.product_id as product",
      "deposits.device",
      "deposits.receipt_no as receiptNo",
      "deposits.visit_id as visit",
      "deposits.corrects_id as corrects",
      "successor.id as correctedBy",
      "deposits.total_idr as totalIdr",
      "deposits.amount_rule as amountRule",
      "deposits.occurred_ms as occurredMs",
      "deposits.received_ms as receivedMs",
      "deposit_voids.id as voidId",
      "deposit_voids.kind as voidKind",
      "deposit_voids.voided_by as voidedBy",
      "deposit_voids.reason as voidReason",
      "deposit_voids.occurred_ms as voidMs",
    ]);
}

type DepositRow = Awaited<ReturnType<ReturnType<typeof depositQuery>["executeTakeFirstOrThrow"]>>;

async function withLines(db: Db, rows: DepositRow[]): Promise<PostedDeposit[]> {
  const lines = await linesOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map(({ voidId, voidKind, voidedBy, voidReason, voidMs, ...deposit }) => ({
    ...deposit,
    voided:
      voidId === null || voidKind === null || voidReason === null || voidMs === null
        ? null
        : { id: voidId, kind: voidKind, by: voidedBy, reason: voidReason, occurredMs: voidMs },
    lines: lines.get(deposit.id) ?? [],
  }));
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
