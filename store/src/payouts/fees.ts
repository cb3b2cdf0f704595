/**
 * Fees: what a provider takes for a payout and who bears it. Asked for by one person, approved by another, effective-dated, never
 * changed; a payout keeps those of its request.
 */
import type { Selectable } from "kysely";
import type { Db, Tx } from "../relational/relational-store.ts";
import type { ChannelKind } from "../relational/tables/payout-tables.ts";
import type { Tables } from "../relational/tables.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { REQUESTED, type RuleStanding, toStanding } from "./payout-rules.ts";

/** A fee, from a moment on. */
export interface PayoutFee extends RuleStanding {
  id: string;
  channelKind: "bank" | "ewallet";
  /** Whole rupiah of one payout. */
  feeIdr: number;
  bearer: "member" | "bank";
  /** A member who bore it gets it back when the payout is reversed; the waste bank then bears it. */
  isRefunded: boolean;
  validFromMs: number;
  createdMs: number;
  createdBy: string;
}

/** The part of a fee that a payout keeps. */
export type FeeTerms = Pick<PayoutFee, "feeIdr" | "bearer" | "isRefunded">;

const NO_FEE: FeeTerms = { feeIdr: 0, bearer: "bank", isRefunded: false };

/** A fee that is asked for. */
export type NewFee = Omit<PayoutFee, keyof RuleStanding>;

/** Keeps a fee as asked for; `decideRule` approves it. Throws the database's refusal when one with the same start exists. */
export async function insertFee(tx: Tx, fee: NewFee): Promise<PayoutFee> {
  await tx
    .insertInto("payout_fees")
    .values({
      id: fee.id,
      channel_kind: fee.channelKind,
      fee_idr: fee.feeIdr,
      bearer: fee.bearer,
      is_refunded: fee.isRefunded ? 1 : 0,
      valid_from_ms: fee.validFromMs,
      created_ms: fee.createdMs,
      created_by: fee.createdBy,
      state: "requested",
      decided_by: null,
      decided_ms: null,
      begins_ms: null,
    })
    .execute();
  return { ...fee, ...REQUESTED };
}

/** The fee of this id; null when there is none. */
export async function findFee(db: Db, id: string): Promise<PayoutFee | null> {
  const row = await db.selectFrom("payout_fees").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : toFee(row);
}

/** Fees, the one that begins latest first. */
export async function listFees(db: Db, { limit, after }: PageRequest): Promise<Page<PayoutFee>> {
  let query = db
    .selectFrom("payout_fees")
    .selectAll()
    .orderBy("valid_from_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (after !== null) query = query.where(isBefore(["valid_from_ms", "id"], after));
  const rows = await query.execute();
  return pageOf(rows.map(toFee), limit, ({ validFromMs, id }) => momentCursor(validFromMs, id));
}

/** The fee of a kind of channel at a moment; none for cash, and none before the first was set. */
export async function feeAt(db: Db, channelKind: ChannelKind, atMs: number): Promise<FeeTerms> {
  if (channelKind === "cash") return NO_FEE;
  const row = await db
    .selectFrom("payout_fees")
    .select(["fee_idr", "bearer", "is_refunded"])
    .where("channel_kind", "=", channelKind)
    .where("begins_ms", "<=", atMs)
    .orderBy("begins_ms", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return NO_FEE;
  return { feeIdr: row.fee_idr, bearer: row.bearer, isRefunded: row.is_refunded === 1 };
}

function toFee(row: Selectable<Tables["payout_fees"]>): PayoutFee {
  return {
    id: row.id,
    channelKind: row.channel_kind,
    feeIdr: row.fee_idr,
    bearer: row.bearer,
    isRefunded: row.is_refunded === 1,
    validFromMs: row.valid_from_ms,
    createdMs: row.created_ms,
    createdBy: row.created_by,
    ...toStanding(row),
  };
}
