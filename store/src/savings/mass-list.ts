/** Mass withdrawals as they stand, and the pay list of one. */
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** A mass withdrawal with how far it has come. */
export interface MassWithdrawal {
  id: string;
  wasteBank: string;
  product: string;
  channel: string;
  amountIdr: number | null;
  reason: string;
  requestedBy: string;
  requestedMs: number;
  /** When every book was dealt with; null: not yet. */
  preparedMs: number | null;
  /** Books dealt with, those for which a payout was asked, and their sum. */
  books: number;
  payouts: number;
  totalIdr: number;
  approvals: MassApproval[];
}

/** Who has approved it, and how that went. `doneMs` is null while books are left. */
export interface MassApproval {
  approver: string;
  approved: number;
  refused: number;
  /** Why the last of those was refused. */
  lastRefusal: string | null;
  doneMs: number | null;
}

/** One book of it. */
export interface MassItem {
  book: string;
  member: string;
  memberNumber: string;
  amountIdr: number;
  /** Payout and its state; null when none was asked for. */
  payout: string | null;
  state: string | null;
  /** Why none was. */
  code: string | null;
  reason: string | null;
}

/** The mass withdrawal of this id; null when there is none. */
export async function findMass(db: Db, id: string): Promise<MassWithdrawal | null> {
  const row = await massQuery(db).where("mass_withdrawals.id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  const [mass] = await withApprovals(db, [row]);
  return mass ?? null;
}

/** Mass withdrawals, newest first; of one waste bank when it is given. */
export async function listMasses(
  db: Db,
  wasteBank: string | null,
  { limit, after }: PageRequest,
): Promise<Page<MassWithdrawal>> {
  let query = massQuery(db)
    .orderBy("requested_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (wasteBank !== null) query = query.where("waste_bank_id", "=", wasteBank);
  if (after !== null) query = query.where(isBefore(["requested_ms", "id"], after));
  const { items, next } = pageOf(await query.execute(), limit, ({ requestedMs, id }) =>
    momentCursor(requestedMs, id),
  );
  return { items: await withApprovals(db, items), next };
}

/** Its books by id: the pay list. */
export async function listMassItems(
  db: Db,
  mass: string,
  { limit, after }: PageRequest,
): Promise<Page<MassItem>> {
  let query = db
    .selectFrom("mass_withdrawal_items as item")
    .innerJoin("books", "books.id", "item.book_id")
    .innerJoin("members", "members.id", "books.member_id")
    .leftJoin("payouts", "payouts.id", "item.payout_id")
    .select([
      "item.book_id as book",
      "books.member_id as member",
      "members.number as memberNumber",
      "item.amount_idr as amountIdr",
      "payouts.id as payout",
      "payouts.state as state",
      "item.code as code",
      "item.reason as reason",
    ])
    .where("item.mass_id", "=", mass)
    .orderBy("item.book_id")
    .limit(limit + 1);
  if (after !== null) query = query.where("item.book_id", ">", after);
  return pageOf(await query.execute(), limit, ({ book }) => book);
}

function massQuery(db: Db) {
  const items = sql`from mass_withdrawal_items i where i.mass_id = mass_withdrawals.id`;
  return db
    .selectFrom("mass_withdrawals")
    .select([
      "id",
      "waste_bank_id as wasteBank",
      "product_id as product",
      "channel",
      "amount_idr as amountIdr",
      "reason",
      "requested_by as requestedBy",
      "requested_ms as requestedMs",
      "prepared_ms as preparedMs",
      sql<number>`(select cast(count(*) as bigint) ${items})`.as("books"),
      sql<number>`(select cast(count(*) as bigint) ${items} and i.code is null)`.as("payouts"),
      sql<number>`(select cast(coalesce(sum(i.amount_idr), 0) as bigint) ${items} and i.code is null)`.as(
        "totalIdr",
      ),
    ]);
}

async function withApprovals(db: Db, rows: Omit<MassWithdrawal, "approvals">[]): Promise<MassWithdrawal[]> {
  if (rows.length === 0) return [];
  const approvals = await db
    .selectFrom("mass_approvals")
    .select([
      "mass_id as mass",
      "approver",
      "approved",
      "refused",
      "last_refusal as lastRefusal",
      "done_ms as doneMs",
    ])
    .where(
      "mass_id",
      "in",
      rows.map(({ id }) => id),
    )
    .orderBy("begun_ms")
    .orderBy("approver")
    .execute();
  const byMass = Map.groupBy(approvals, ({ mass }) => mass);
  return rows.map((row) => ({
    ...row,
    approvals: (byMass.get(row.id) ?? []).map(({ mass: _mass, ...approval }) => approval),
  }));
}
