/**
 * Totals of a day: what was asked for and not given back, by member, officer and waste bank.
 *
 * They are rows that whoever asks holds locked until the money is held, so that of two requests at once the second sees what the
 * first has taken. The order is one for everyone: the waste bank, the officer, the member, and all of them before any
 * destination and account. A mass withdrawal asks for many members in one transaction; the first lock that it shares with
 * others is then one that it holds already.
 */
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import type { ChannelKind } from "../relational/tables/payout-tables.ts";

/** What a total is kept of. */
export const TOTAL_SCOPES = ["cashier_day", "member_day", "unit_day"] as const;
export type TotalScope = (typeof TOTAL_SCOPES)[number];

/** Totals by scope and kind of channel, whole rupiah. A scope that is not there is not counted. */
export type DayTotals = Map<TotalScope, Map<"all" | ChannelKind, number>>;

/** The part of a payout that decides in which totals it counts. */
export interface Counted {
  /** Null for cash at a deposit, which is no withdrawal of the member's. */
  member: string | null;
  wasteBank: string;
  channelKind: ChannelKind;
  requestedBy: string;
  byOfficer: boolean;
  requestedDay: string;
  amountIdr: number;
}

/** Locks the totals in which a payout counts, and answers what they are without it. */
export async function lockTotals(tx: Tx, counted: Counted): Promise<DayTotals> {
  const rows = placesOf(counted).map((place) => ({ ...place, amount_idr: 0, payouts: 0 }));
  const totals: DayTotals = new Map();
  // One statement each: of several rows in one statement nobody promises in which order they are locked. A row that is new is
  // waited for as well, so each is held before the next is made.
  for (const row of rows) {
    const { scope, key, day, channel_kind } = row;
    await tx
      .insertInto("payout_day_totals")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { amount_idr } = await tx
      .selectFrom("payout_day_totals")
      .select("amount_idr")
      .where("scope", "=", scope)
      .where("key", "=", key)
      .where("day", "=", day)
      .where("channel_kind", "=", channel_kind)
      .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
      .executeTakeFirstOrThrow();
    const ofScope = totals.get(scope) ?? new Map<"all" | ChannelKind, number>();
    totals.set(scope, ofScope.set(channel_kind, amount_idr));
  }
  return totals;
}

/** Counts a payout (`by` 1), or takes it out again (-1). Call `lockTotals` first. */
export async function addToTotals(tx: Tx, counted: Counted, by: 1 | -1): Promise<void> {
  for (const { scope, key, day, channel_kind } of placesOf(counted)) {
    await tx
      .updateTable("payout_day_totals")
      .set((set) => ({
        amount_idr: set("amount_idr", "+", by * counted.amountIdr),
        payouts: set("payouts", "+", by),
      }))
      .where("scope", "=", scope)
      .where("key", "=", key)
      .where("day", "=", day)
      .where("channel_kind", "=", channel_kind)
      .execute();
  }
}

function placesOf({ member, wasteBank, channelKind, requestedBy, byOfficer, requestedDay }: Counted) {
  const keys: [TotalScope, string][] = [["unit_day", wasteBank]];
  if (byOfficer) keys.push(["cashier_day", requestedBy]);
  if (member !== null) keys.push(["member_day", member]);
  return keys.flatMap(([scope, key]) =>
    (["all", channelKind] as const).map((kind) => ({ scope, key, day: requestedDay, channel_kind: kind })),
  );
}
