/** How much of a book a mass withdrawal takes, and where it goes. */
import { CHANNELS, isChannelCode } from "@jumpa-madu/contracts/payout/channels";
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import { accountId, availableOf, findAccount } from "../ledger/account.ts";
import { destinationsOf, faultOf, type UseOf } from "../payouts/destinations.ts";
import { feeAt } from "../payouts/fees.ts";
import { CASH } from "../payouts/request-payout.ts";
import type { Tx } from "../relational/relational-store.ts";
import { type BookOwner, savingsKey } from "./books.ts";
import { rulesAt } from "./rules.ts";

/** Destinations of a member that are looked at: more than a member may have. */
const DESTINATIONS_LOOKED_AT = 50;

/** The share of one book. `fault`: why nothing is asked for, where that is known before the payout is judged. */
export interface MassShare {
  amountIdr: number;
  channel: string;
  destination: string | null;
  fault: { code: string; reason: string } | null;
}

/**
 * The share of a book: the given amount, or all that its rules and a fee that the member bears leave. The member's newest usable
 * destination of the channel is taken. Whether it may leave today is the payout's to judge.
 */
export async function shareOf(
  tx: Tx,
  wanted: {
    book: BookOwner;
    channel: string;
    amountIdr: number | null;
    provider: PayoutProviderId | null;
    nowMs: number;
  },
): Promise<MassShare> {
  const { book, channel, nowMs } = wanted;
  const destination = channel === CASH ? null : await destinationFor(tx, book.member, wanted);
  const amountIdr = wanted.amountIdr ?? (await allOf(tx, book, { channel, nowMs }));
  const share = { amountIdr: Math.max(0, amountIdr), channel, destination };
  if (channel !== CASH && destination === null) {
    const reason = `the member has no usable destination of ${channel}; add one, or pay in cash`;
    return { ...share, fault: { code: "destination_unusable", reason } };
  }
  if (amountIdr > 0) return { ...share, fault: null };
  return { ...share, fault: { code: "empty", reason: "the rules of the book leave nothing to withdraw" } };
}

async function allOf(tx: Tx, book: BookOwner, { channel, nowMs }: Place): Promise<number> {
  const account = await findAccount(tx, accountId(savingsKey(book)));
  if (account === null) return 0;
  const rules = await rulesAt(tx, book.product, nowMs);
  const fee = isChannelCode(channel) ? await feeAt(tx, CHANNELS[channel].kind, nowMs) : null;
  const feeIdr = fee?.bearer === "member" ? fee.feeIdr : 0;
  return availableOf(account) - (rules?.minBalanceIdr ?? 0) - feeIdr;
}

interface Place {
  channel: string;
  nowMs: number;
}

async function destinationFor(tx: Tx, member: string, use: UseOf): Promise<string | null> {
  const all = await destinationsOf(tx, member, DESTINATIONS_LOOKED_AT);
  const usable = all.filter((destination) => faultOf(destination, use) === null);
  return usable.sort((a, b) => b.createdMs - a.createdMs)[0]?.id ?? null;
}
