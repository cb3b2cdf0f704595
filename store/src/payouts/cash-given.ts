/**
 * Cash that deposits hand out: it counts for the day of the officer and of the waste bank as payouts do.
 *
 * What was given out is summed from the deposits themselves, so that a void or a correction needs no second book. Whoever asks
 * holds the day's totals, and the second of two at once sees what the first has given.
 */
import { DAY_MS, dayOf, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Counted, type DayTotals, lockTotals, type TotalScope } from "./day-totals.ts";
import { faultOfCash, limitsInForce, type PayoutLimit } from "./limits.ts";

/**
 * What one person hands out on one day (WIB) at deposits whose weights that person has typed, in rupiah: nobody else has seen
 * them, and cash does not come back.
 */
export const TYPED_CASH_IDR_MAX = 100_000;

/** Cash that is to be handed out, or was. */
export interface CashGift {
  wasteBank: string;
  /** User who hands it out; null at a terminal. */
  takenBy: string | null;
  amountIdr: number;
  /** A weight of it was typed. */
  isTyped: boolean;
  nowMs: number;
}

/** Why this cash is not handed out; null when it may be. Holds the day's totals until the transaction ends. */
export async function faultOfGift(tx: Tx, gift: CashGift): Promise<string | null> {
  await lockTotals(tx, countedAs(gift));
  return (await faultOfTyped(tx, gift)) ?? (await faultOfGiven(tx, gift));
}

/** Why cash that has been handed out already is beyond a limit; null when it is not. Nothing is held: nothing is refused by it. */
export async function faultOfGiven(db: Db, gift: CashGift): Promise<string | null> {
  const { wasteBank, takenBy, amountIdr, nowMs } = gift;
  const limits = await limitsInForce(db, { wasteBank, channelKind: "cash", atMs: nowMs });
  if (limits.length === 0) return null;
  const totals = await totalsOf(db, countedAs(gift));
  if (takenBy === null) totals.delete("cashier_day");
  return faultOfCash(limits, { amountIdr, totals })?.reason ?? null;
}

/** Adds to the totals of a day what deposits have handed out on it, where a limit is about it. */
export async function addCashGiven(
  db: Db,
  totals: DayTotals,
  { counted, limits }: { counted: Counted; limits: PayoutLimit[] },
): Promise<void> {
  for (const scope of ["unit_day", "cashier_day"] as const) {
    const ofScope = totals.get(scope);
    if (ofScope === undefined || !limits.some((limit) => limit.scope === scope)) continue;
    const givenIdr = await givenIdrOf(db, scope, counted);
    for (const kind of ["all", "cash"] as const) {
      const beforeIdr = ofScope.get(kind);
      if (beforeIdr !== undefined) ofScope.set(kind, beforeIdr + givenIdr);
    }
  }
}

function countedAs({ wasteBank, takenBy, amountIdr, nowMs }: CashGift): Counted {
  return {
    member: null,
    wasteBank,
    channelKind: "cash",
    requestedBy: takenBy === null ? "" : `user:${takenBy}`,
    byOfficer: takenBy !== null,
    requestedDay: dayOf(nowMs),
    amountIdr,
  };
}

/** Totals of officer and waste bank: payouts and cash at deposits together. */
async function totalsOf(db: Db, counted: Counted): Promise<DayTotals> {
  const totals: DayTotals = new Map();
  for (const [scope, key] of [
    ["unit_day", counted.wasteBank],
    ["cashier_day", counted.requestedBy],
  ] as const) {
    const rows = await db
      .selectFrom("payout_day_totals")
      .select(["channel_kind", "amount_idr"])
      .where("scope", "=", scope)
      .where("key", "=", key)
      .where("day", "=", counted.requestedDay)
      .where("channel_kind", "in", ["all", "cash"])
      .execute();
    const paid = new Map(rows.map(({ channel_kind, amount_idr }) => [channel_kind, amount_idr]));
    const givenIdr = await givenIdrOf(db, scope, counted);
    totals.set(
      scope,
      new Map((["all", "cash"] as const).map((kind) => [kind, (paid.get(kind) ?? 0) + givenIdr])),
    );
  }
  return totals;
}

async function givenIdrOf(
  db: Db,
  scope: Exclude<TotalScope, "member_day">,
  { wasteBank, requestedBy, requestedDay }: Counted,
): Promise<number> {
  const given = givenOn(db, requestedDay);
  const { idr } = await (scope === "unit_day"
    ? given.where("deposits.waste_bank_id", "=", wasteBank)
    : given.where("deposits.taken_by", "=", requestedBy.replace(/^user:/, ""))
  ).executeTakeFirstOrThrow();
  return Number(idr ?? 0);
}

/** Cash of the deposits that came on a day (WIB) and stand. */
function givenOn(db: Db, day: string) {
  const fromMs = startOfDayMs(day);
  return db
    .selectFrom("deposits")
    .leftJoin("deposit_voids", "deposit_voids.deposit_id", "deposits.id")
    .select((select) => select.fn.sum<number>("deposits.total_idr").as("idr"))
    .where("deposits.purpose", "=", "cash")
    .where("deposits.received_ms", ">=", fromMs)
    .where("deposits.received_ms", "<", fromMs + DAY_MS)
    .where("deposit_voids.id", "is", null);
}

async function faultOfTyped(
  tx: Tx,
  { takenBy, isTyped, amountIdr, nowMs }: CashGift,
): Promise<string | null> {
  if (!isTyped || takenBy === null) return null;
  const { idr } = await givenOn(tx, dayOf(nowMs))
    .where("deposits.taken_by", "=", takenBy)
    .where((on) =>
      on.exists(
        on
          .selectFrom("deposit_lines")
          .select("deposit_lines.line")
          .whereRef("deposit_lines.deposit_id", "=", "deposits.id")
          .where("deposit_lines.typed_reason", "is not", null),
      ),
    )
    .executeTakeFirstOrThrow();
  const leftIdr = Math.max(0, TYPED_CASH_IDR_MAX - Number(idr ?? 0));
  if (amountIdr <= leftIdr) return null;
  return `for weights that one person has typed Rp ${TYPED_CASH_IDR_MAX} at most is handed out on one day, and Rp ${leftIdr} is left of today`;
}
