/** Cash: a cashier hands it out of the own drawer to a member who proves to be the one. */
import { drawerKey, openShiftOf } from "../cash/shifts.ts";
import { accountId } from "../ledger/account.ts";
import { checkMemberPin } from "../people/member-pins.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { deviceCode, drawReceiptNo, holdSeries } from "../trade/receipt-series.ts";
import { endPayout } from "./end-payout.ts";
import { closeLeavingBook, holdLeavingBook } from "./leaving-book.ts";
import { lockPayout, type Payout, payoutNow } from "./payout.ts";
import { payHeld } from "./payout-journals.ts";
import { EARLIER_UNDER_REVIEW, type Refused, refused } from "./refused.ts";

/** How the member was known: PIN, card at the reader, or signature on the receipt. */
export type Confirmation =
  | { kind: "pin"; pin: string }
  | { kind: "card"; card: string }
  | { kind: "signature" };

/** Cash to be handed out. `cashier`: id of the user at whose drawer. */
export interface CashHandout {
  payout: string;
  cashier: string;
  confirmation: Confirmation;
  nowMs: number;
}

/** What was handed out. */
export interface CashPayment {
  receiptNo: string;
  confirmation: Confirmation["kind"];
  cashier: string;
  paidMs: number;
}

/**
 * `repeated`: the same cashier has handed it out in this shift, and nothing more is. Anybody else is refused, so that nobody hands
 * out a second time what the answer seems to allow. A refusal must be committed: it counts wrong PINs.
 */
export type CashOutcome = { kind: "paid" | "repeated"; payout: Payout; payment: CashPayment } | Refused;

/** Hands out a payout that is approved: out of the drawer of the cashier's open shift at the same waste bank. */
export async function payOutCash(
  tx: Tx,
  { payout: id, cashier, confirmation, nowMs }: CashHandout,
): Promise<CashOutcome> {
  const payout = await lockPayout(tx, id);
  if (payout === null) return refused("unknown", "there is no such payout");
  const shift = await openShiftOf(tx, cashier);
  const before = await handoutOf(tx, id);
  if (before !== undefined) {
    const { shiftId, ...payment } = before;
    return before.cashier === cashier && shiftId === shift?.id
      ? { kind: "repeated", payout, payment }
      : refused(
          "conflict",
          `the cash was handed out already, at ${new Date(before.paidMs).toISOString()}; hand out nothing more`,
        );
  }
  if (payout.state !== "payable") {
    return refused(
      "wrong_state",
      payout.channel === "cash"
        ? `the payout is ${payout.state}; cash is handed out when it is approved`
        : "the payout goes to a bank or wallet; no cash is handed out for it",
    );
  }
  if (payout.review !== null) return refused("under_review", EARLIER_UNDER_REVIEW);
  if (shift === null) return refused("no_shift", "open a shift first: cash is handed out of a drawer");
  if (shift.wasteBank !== payout.wasteBank) {
    return refused(
      "no_shift",
      `your drawer is at ${shift.wasteBank}; the payout is handed out at ${payout.wasteBank}`,
    );
  }
  const doubt = await faultOfConfirmation(tx, { payout, cashier, confirmation, nowMs });
  if (doubt !== null) return doubt;
  await holdLeavingBook(tx, payout);
  const drawer = drawerKey(shift);
  if ((await lockedIn(tx, accountId(drawer))) < payout.amountIdr) {
    return refused(
      "drawer_short",
      `the drawer holds less than Rp ${payout.amountIdr} by the books; take money from the vault first`,
    );
  }
  const actor = `user:${cashier}`;
  const series = { wasteBank: payout.wasteBank, device: deviceCode("payout", 1) };
  await holdSeries(tx, series);
  const journal = await payHeld(tx, payout, { from: drawer, providerFeeIdr: 0, actor, nowMs });
  const payment = {
    receiptNo: await drawReceiptNo(tx, series),
    confirmation: confirmation.kind,
    cashier,
    paidMs: nowMs,
  };
  await tx
    .insertInto("cash_payouts")
    .values({
      payout_id: id,
      shift_id: shift.id,
      cashier,
      confirmation: confirmation.kind,
      device: series.device,
      receipt_no: payment.receiptNo,
      waste_bank_id: payout.wasteBank,
      journal_id: journal,
      paid_ms: nowMs,
    })
    .execute();
  await endPayout(tx, payout, { state: "paid", actor, nowMs });
  await closeLeavingBook(tx, payout, { attempt: null, actor, nowMs });
  return { kind: "paid", payout: await payoutNow(tx, id), payment };
}

/** The cash that was handed out for a payout; null when none was. */
export async function paymentOf(db: Db, payout: string): Promise<CashPayment | null> {
  const { shiftId: _, ...payment } = (await handoutOf(db, payout)) ?? { shiftId: null };
  return "cashier" in payment ? payment : null;
}

function handoutOf(db: Db, payout: string): Promise<(CashPayment & { shiftId: string }) | undefined> {
  return db
    .selectFrom("cash_payouts")
    .select([
      "receipt_no as receiptNo",
      "confirmation",
      "cashier",
      "paid_ms as paidMs",
      "shift_id as shiftId",
    ])
    .where("payout_id", "=", payout)
    .executeTakeFirst();
}

async function faultOfConfirmation(
  tx: Tx,
  { payout, cashier, confirmation, nowMs }: Omit<CashHandout, "payout"> & { payout: Payout },
): Promise<Refused | null> {
  if (confirmation.kind === "signature") return null;
  if (confirmation.kind === "card") {
    const member = await tx
      .selectFrom("members")
      .select("card")
      .where("id", "=", payout.member)
      .executeTakeFirstOrThrow();
    return member.card === confirmation.card
      ? null
      : refused("wrong_pin", "this is not the member's card; look for the right one, or ask for the PIN");
  }
  const typed = { member: payout.member, pin: confirmation.pin, asker: `user:${cashier}` };
  switch (await checkMemberPin(tx, typed, nowMs)) {
    case "right":
      return null;
    case "given":
      return refused(
        "conflict",
        "you gave the member this PIN within the last 24 hours, so it proves nothing to you; let another officer hand out the cash, or do it tomorrow",
      );
    case "none":
      return refused("wrong_pin", "the member has no PIN; ask for the card, or a signature on the receipt");
    case "locked":
      return refused("wrong_pin", "too many wrong PINs; wait, or ask for the card or a signature");
    case "wrong":
      return refused("wrong_pin", "the PIN is wrong; let the member try again");
  }
}

async function lockedIn(tx: Tx, account: string): Promise<number> {
  const row = await tx
    .selectFrom("accounts")
    .select(["debits_posted", "credits_posted", "credits_pending"])
    .where("id", "=", account)
    .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  return row === undefined ? 0 : row.debits_posted - row.credits_posted - row.credits_pending;
}
