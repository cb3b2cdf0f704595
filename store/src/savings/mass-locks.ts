/** What a batch of a mass withdrawal holds before it asks for its first payout. */
import { dayOf } from "@jumpa-madu/contracts/local-day";
import { CHANNELS, isChannelCode } from "@jumpa-madu/contracts/payout/channels";
import { accountId } from "../ledger/account.ts";
import { holdAccounts } from "../ledger/lock-accounts.ts";
import { lockTotals } from "../payouts/day-totals.ts";
import { CASH } from "../payouts/request-payout.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { savingsKey } from "./books.ts";

/** The batch: whose books, where, and through what. */
export interface MassBatch {
  members: string[];
  wasteBank: string;
  product: string;
  channel: string;
  requestedBy: string;
  nowMs: number;
}

/**
 * Holds members, the waste bank's day and the books' accounts, in the order in which one payout takes its own. A batch that
 * took them payout by payout would hold the account of one member while it waits for another, and whoever holds that one may
 * wait for the first.
 */
export async function lockBatch(tx: Tx, batch: MassBatch): Promise<void> {
  const { members, wasteBank, product, channel, requestedBy, nowMs } = batch;
  if (engineOf(tx) === "sqlite" || members.length === 0) return;
  await tx.selectFrom("members").select("id").where("id", "in", members).orderBy("id").forShare().execute();
  const channelKind = channel === CASH ? CASH : isChannelCode(channel) ? CHANNELS[channel].kind : null;
  // Of a channel that there is not, nothing is asked for.
  if (channelKind === null) return;
  const requestedDay = dayOf(nowMs);
  await lockTotals(tx, {
    member: null,
    wasteBank,
    channelKind,
    requestedBy,
    byOfficer: true,
    requestedDay,
    amountIdr: 0,
  });
  const ids = members.map((member) => accountId(savingsKey({ member, wasteBank, product })));
  await holdAccounts(tx, ids);
}
