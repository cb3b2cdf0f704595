/**
 * Paying out what came back for a member who had left: in cash, out of the drawer of whoever asks, when another person has approved.
 *
 * The person has no card and no PIN any more, and after an erasure no name here either: the reason says how the cashier knew whom
 * the money is owed to, and the second person answers for it as well.
 */
import type { Selectable } from "kysely";
import { lockPayout, type Payout } from "../payouts/payout.ts";
import { owedKey } from "../payouts/payout-journals.ts";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import type { Tables } from "../relational/tables.ts";
import { deviceCode, drawReceiptNo, holdSeries } from "../trade/receipt-series.ts";
import { postCash, takeTurnOf } from "./cash-books.ts";
import { endOfDecision } from "./four-eyes.ts";
import { type CashOutcome, type CashRefusal, idTaken, refuse } from "./refusal.ts";
import { drawerKey, openShiftOf, shiftIfOpen } from "./shifts.ts";

/** A settlement that a cashier asks for. */
export interface NewOwedSettlement {
  /** Drawn by whoever asks. */
  id: string;
  /** The payout that came back. */
  payout: string;
  /** How it is known whom the money is owed to. */
  reason: string;
  /** The cashier, who also hands it out. */
  user: string;
  nowMs: number;
}

/** What another person decides on a settlement that waits. */
export interface OwedDecision {
  settlement: string;
  decision: "approved" | "rejected";
  user: string;
  nowMs: number;
}

/** Asks for all that is owed because of one payout. Nothing is posted yet. */
export async function askOwedSettlement(
  tx: Tx,
  settlement: NewOwedSettlement,
): Promise<CashOutcome<{ id: string }>> {
  const { id, user, nowMs, reason } = settlement;
  const bodyHash = requestHash({ ...settlement, nowMs: undefined });
  await takeTurnOf(tx, user);
  const payout = await lockPayout(tx, settlement.payout);
  const before = await tx
    .selectFrom("owed_settlements")
    .select("body_hash")
    .where("id", "=", id)
    .executeTakeFirst();
  if (before !== undefined)
    return before.body_hash === bodyHash ? { kind: "again", result: { id } } : idTaken("settlement", id);
  if (payout === null) return refuse("payout_unknown", "there is no such payout; take the id from the alarm");
  const amountIdr = await owedIdrOf(tx, payout);
  if (amountIdr === 0) {
    return refuse(
      "nothing_owed",
      "nothing of this payout came back for a member who had left; what came back for others is on their book",
    );
  }
  const standing = await standingOf(tx, payout.id);
  if (standing !== undefined) {
    return refuse(
      "settlement_is_decided",
      standing === "paid"
        ? "what was owed because of this payout was paid out already"
        : "what is owed because of this payout is asked for already; approve or reject that first",
    );
  }
  const shift = await openShiftOf(tx, user);
  if (shift === null)
    return refuse(
      "shift_is_closed",
      "you have no open shift; open one first: the cash is paid out of its drawer",
    );
  if (shift.wasteBank !== payout.wasteBank)
    return refuse(
      "other_waste_bank",
      `your drawer is at ${shift.wasteBank}; the money is owed by ${payout.wasteBank}`,
    );
  await tx
    .insertInto("owed_settlements")
    .values({
      id,
      body_hash: bodyHash,
      payout_id: payout.id,
      waste_bank_id: payout.wasteBank,
      amount_idr: amountIdr,
      shift_id: shift.id,
      reason,
      requested_by: user,
      requested_ms: nowMs,
      state: "requested",
      decided_by: null,
      decided_ms: null,
      device: null,
      receipt_no: null,
      journal_id: null,
    })
    .execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: "owed_settlement.requested",
    subject: `owed_settlement:${id}`,
    reason,
    atMs: nowMs,
  });
  return { kind: "done", result: { id } };
}

/** Approves a settlement, which posts it and draws its receipt while the shift is open, or rejects it. */
export async function decideOwedSettlement(
  tx: Tx,
  { settlement: id, decision, user, nowMs }: OwedDecision,
): Promise<CashOutcome<{ id: string }>> {
  const row = await lockedSettlement(tx, id);
  if (row === undefined)
    return refuse("settlement_unknown", `there is no settlement ${id}; take the id from the list`);
  const state = decision === "approved" ? "paid" : "rejected";
  const end = endOfDecision(
    {
      id,
      thing: "settlement",
      state: row.state,
      askedBy: row.requested_by,
      decidedBy: row.decided_by,
      decidedCode: "settlement_is_decided",
    },
    {
      to: state,
      user,
      own: "whoever asks for it does not decide about it; ask somebody else from the office",
    },
  );
  if (end !== null) return end;
  const payout = await lockPayout(tx, row.payout_id);
  if (payout === null) throw new Error(`settlement ${id} is of a payout that is gone`);
  const unfit = await faultOfOwnMoney(tx, payout, user);
  if (unfit !== null) return unfit;
  const paid = decision === "approved" ? await pay(tx, { row, payout, user, nowMs }) : NOTHING_PAID;
  if ("code" in paid) return paid;
  await tx
    .updateTable("owed_settlements")
    .set({ state, decided_by: user, decided_ms: nowMs, ...paid })
    .where("id", "=", id)
    .execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: `owed_settlement.${decision}`,
    subject: `owed_settlement:${id}`,
    atMs: nowMs,
  });
  return { kind: "done", result: { id } };
}

type SettlementRow = Selectable<Tables["owed_settlements"]>;
type Paid = Pick<SettlementRow, "device" | "receipt_no" | "journal_id">;

const NOTHING_PAID: Paid = { device: null, receipt_no: null, journal_id: null };

async function faultOfOwnMoney(tx: Tx, payout: Payout, user: string): Promise<CashRefusal | null> {
  const decider = await tx.selectFrom("users").select("member_id").where("id", "=", user).executeTakeFirst();
  return decider?.member_id === payout.member
    ? refuse("same_person", "nobody decides about money that is owed to oneself; ask somebody else")
    : null;
}

async function pay(
  tx: Tx,
  { row, payout, user, nowMs }: { row: SettlementRow; payout: Payout; user: string; nowMs: number },
): Promise<Paid | CashRefusal> {
  const shift = await shiftIfOpen(tx, row.shift_id);
  if (shift === null) {
    return refuse(
      "shift_is_closed",
      "the drawer of that shift is counted by now; reject this, and let a cashier with an open shift ask anew",
    );
  }
  const series = { wasteBank: row.waste_bank_id, device: deviceCode("payout", 1) };
  await holdSeries(tx, series);
  const journal = {
    key: `owed_settlement:${row.id}`,
    kind: "owed_settlement",
    user,
    occurredMs: nowMs,
  };
  const posted = await postCash(tx, journal, [
    { debit: owedKey(payout), credit: drawerKey(shift), amountIdr: row.amount_idr },
  ]);
  if (posted === "overdraft" || posted.journalId === null) {
    return refuse(
      "too_little_cash",
      `the drawer holds less than Rp ${row.amount_idr} by the books; take money from the vault first`,
    );
  }
  return {
    device: series.device,
    receipt_no: await drawReceiptNo(tx, series),
    journal_id: posted.journalId,
  };
}

/** What came back of a payout for a member who had left, whole rupiah; 0 when it went to the book, or nothing came back. */
async function owedIdrOf(db: Db, { id }: Payout): Promise<number> {
  const holds = await db.selectFrom("payout_holds").select("n").where("payout_id", "=", id).execute();
  const keys = holds.flatMap(({ n }) => [`payout_owed:${id}:${n}`, `payout_fee_refund:${id}:${n}`]);
  const { idr } = await db
    .selectFrom("journals")
    .innerJoin("transfers", "transfers.journal_id", "journals.id")
    .innerJoin("accounts", "accounts.id", "transfers.credit_account_id")
    .select((select) => select.fn.sum<number>("transfers.amount").as("idr"))
    .where("journals.idempotency_key", "in", keys)
    .where("accounts.kind", "=", "owed_to_former")
    .executeTakeFirstOrThrow();
  return Number(idr ?? 0);
}

async function standingOf(tx: Tx, payout: string): Promise<SettlementRow["state"] | undefined> {
  const row = await tx
    .selectFrom("owed_settlements")
    .select("state")
    .where("payout_id", "=", payout)
    .where("state", "<>", "rejected")
    .executeTakeFirst();
  return row?.state;
}

async function lockedSettlement(tx: Tx, id: string): Promise<SettlementRow | undefined> {
  const query = tx.selectFrom("owed_settlements").selectAll().where("id", "=", id);
  return await (engineOf(tx) === "postgres" ? query.forNoKeyUpdate() : query).executeTakeFirst();
}
