/**
 * A request for a payout: judged and held in one transaction, so that two requests at once never ask for the same money.
 *
 * The money is held from here on and not from the approval, see docs/decisions/018-money-is-held-at-the-request.md. Row locks
 * are taken in the order member, totals of the day, destination, account, for everyone.
 */
import { dayOf } from "@jumpa-madu/contracts/local-day";
import { amountSpanOf, CHANNELS, isChannelCode } from "@jumpa-madu/contracts/payout/channels";
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import { AMOUNT_IDR_MAX } from "@jumpa-madu/contracts/units";
import { sql } from "kysely";
import { memberToAct } from "../people/members.ts";
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import type { ChannelKind } from "../relational/tables/payout-tables.ts";
import { faultOfWithdrawal } from "../savings/withdrawal-rules.ts";
import { addCashGiven } from "./cash-given.ts";
import { addToTotals, type Counted, lockTotals } from "./day-totals.ts";
import { faultOfUse, unpaidTo } from "./destinations.ts";
import { type FeeTerms, feeAt } from "./fees.ts";
import { faultOfLimits, limitsInForce, needsSecondApproval } from "./limits.ts";
import { findPayout, type Payout, payoutNow } from "./payout.ts";
import { placeHold } from "./payout-journals.ts";
import { type Refused, refused } from "./refused.ts";

/** Channel of money that a cashier hands out. */
export const CASH = "cash";

/** A payout that is asked for. */
export interface NewPayout {
  /** Drawn by whoever asks: sent again, nothing is asked for again. */
  id: string;
  member: string;
  wasteBank: string;
  product: string;
  amountIdr: number;
  /** `cash`, or our code of a channel. */
  channel: string;
  /** Null for cash. */
  destination: string | null;
  /** The member leaves and takes everything, to the rupiah; the book is closed when it is paid. */
  closes: boolean;
  /** Such as `user:{id}`. */
  requestedBy: string;
  nowMs: number;
}

/** Where payouts are asked for. Without a provider only cash is paid. */
export interface PayoutCounter {
  provider?: PayoutProviderId | null;
}

/** `repeated`: the same request was made before. */
export type PayoutOutcome = { kind: "requested" | "repeated"; payout: Payout } | Refused;

/** Asks for a payout and holds its money. The transaction stays usable when it is refused, and nothing has changed then. */
export async function requestPayout(
  counter: PayoutCounter,
  tx: Tx,
  request: NewPayout & { retryOf?: string },
): Promise<PayoutOutcome> {
  const bodyHash = requestHash({ ...request, nowMs: undefined });
  const before = await repeated(tx, request.id, bodyHash);
  if (before !== null) return before;
  if (!Number.isSafeInteger(request.amountIdr) || request.amountIdr < 1 || request.amountIdr > AMOUNT_IDR_MAX)
    return refused("channel_unfit", `an amount is 1 to ${AMOUNT_IDR_MAX} whole rupiah`);

  const may = await memberToAct(tx, request.member);
  if (may.kind === "refused")
    return refused(may.code === "member_unknown" ? "unknown" : "member_may_not_act", may.reason);
  const channel = channelOf(counter, request);
  if ("code" in channel) return channel;
  const unusable = await faultOfUse(tx, { ...request, provider: counter.provider ?? null });
  if (unusable !== null) return unusable;

  const counted: Counted = {
    ...request,
    channelKind: channel.kind,
    byOfficer: !(await isOwnUser(tx, request)),
    requestedDay: dayOf(request.nowMs),
  };
  const totals = await lockTotals(tx, counted);
  const limits = await limitsInForce(tx, {
    wasteBank: request.wasteBank,
    channelKind: channel.kind,
    atMs: request.nowMs,
  });
  await addCashGiven(tx, totals, { counted, limits });
  const unpaidIdr = await unpaidTo(tx, request.destination);
  const fault = faultOfLimits(limits, { ...request, unpaidIdr, totals });
  if (fault !== null) return (await repeated(tx, request.id, bodyHash)) ?? fault;
  return await hold(tx, {
    request,
    counted,
    bodyHash,
    fee: await feeAt(tx, channel.kind, request.nowMs),
    needsSecond: needsSecondApproval(limits, { ...request, totals }),
  });
}

interface Judged {
  request: NewPayout & { retryOf?: string };
  counted: Counted;
  bodyHash: string;
  fee: FeeTerms;
  needsSecond: boolean;
}

async function hold(
  tx: Tx,
  { request, counted, bodyHash, fee, needsSecond }: Judged,
): Promise<PayoutOutcome> {
  const { nowMs, requestedBy: actor } = request;
  const memberFeeIdr = fee.bearer === "member" ? fee.feeIdr : 0;
  const fault = await faultOfWithdrawal(tx, {
    book: request,
    amountIdr: request.amountIdr + memberFeeIdr,
    feeIdr: memberFeeIdr,
    closes: request.closes,
    nowMs,
  });
  // The locks have been waited for: the same request may have been granted meanwhile, and have taken the money.
  const before = await repeated(tx, request.id, bodyHash);
  if (before !== null) return before;
  if (fault !== null) return { kind: "refused", ...fault };

  await sql`savepoint payout`.execute(tx);
  const isMine = await insertPayout(tx, { request, counted, bodyHash, fee, needsSecond });
  const payout = isMine ? await payoutNow(tx, request.id) : null;
  const held = payout === null ? "taken" : await placeHold(tx, payout, { n: 1, actor, nowMs });
  if (payout === null || held !== "held") {
    await sql`rollback to savepoint payout`.execute(tx);
    if (held === "overdraft") return refused("overdraft", "the book does not hold that much");
    return (
      (await repeated(tx, request.id, bodyHash)) ??
      refused("conflict", "the failed payout was taken up again by somebody else")
    );
  }
  await sql`release savepoint payout`.execute(tx);
  await addToTotals(tx, counted, 1);
  await recordDeed(tx, {
    actor,
    action: "payout.requested",
    subject: `payout:${payout.id}`,
    atMs: nowMs,
  });
  return { kind: "requested", payout };
}

/** False when the id, or the payout that it takes up again, is taken. */
async function insertPayout(
  tx: Tx,
  { request, counted, bodyHash, fee, needsSecond }: Judged,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("payouts")
    .values({
      id: request.id,
      body_hash: bodyHash,
      member_id: request.member,
      waste_bank_id: request.wasteBank,
      product_id: request.product,
      amount_idr: request.amountIdr,
      fee_idr: fee.feeIdr,
      fee_bearer: fee.bearer,
      is_fee_refunded: fee.isRefunded ? 1 : 0,
      channel: request.channel,
      channel_kind: counted.channelKind,
      destination_id: request.destination,
      closes: request.closes ? 1 : 0,
      retry_of: request.retryOf ?? null,
      by_officer: counted.byOfficer ? 1 : 0,
      requested_by: request.requestedBy,
      requested_ms: request.nowMs,
      requested_day: counted.requestedDay,
      needs_second: needsSecond ? 1 : 0,
      approved_by: null,
      approved_ms: null,
      second_approved_by: null,
      second_approved_ms: null,
      state: "requested",
      ended_by: null,
      ended_ms: null,
      reason: null,
      failure: null,
      review: null,
      review_attempt_id: null,
      review_ms: null,
      resolution: null,
      resolution_reason: null,
      resolution_by: null,
      resolution_ms: null,
      resolution_agreed_by: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

async function repeated(tx: Tx, id: string, bodyHash: string): Promise<PayoutOutcome | null> {
  const row = await tx.selectFrom("payouts").select("body_hash").where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  const payout = await findPayout(tx, id);
  if (row.body_hash !== bodyHash || payout === null)
    return refused("conflict", "this id was used for another payout; draw a new one");
  return { kind: "repeated", payout };
}

/** Tells whether the member asks alone: then no officer's day is counted. An officer who is the member asks as an officer. */
async function isOwnUser(tx: Tx, { requestedBy, member }: NewPayout): Promise<boolean> {
  const id = requestedBy.startsWith("user:") ? requestedBy.slice("user:".length) : null;
  if (id === null) return false;
  const user = await tx
    .selectFrom("users")
    .select(["role", "member_id as member"])
    .where("id", "=", id)
    .executeTakeFirst();
  return user?.role === "member" && user.member === member;
}

function channelOf(
  { provider }: PayoutCounter,
  { channel, destination, amountIdr }: NewPayout,
): { kind: ChannelKind } | Refused {
  if (channel === CASH) {
    return destination === null
      ? { kind: "cash" }
      : refused("channel_unfit", "cash has no destination; leave it out, or name the channel");
  }
  if (!isChannelCode(channel)) return refused("channel_unfit", `there is no channel ${channel}`);
  if (destination === null)
    return refused("channel_unfit", `a payout to ${CHANNELS[channel].name} needs a destination`);
  if (provider === undefined || provider === null) {
    return refused(
      "no_provider",
      "this system pays cash alone: no payment provider is configured (PAYOUT_PROVIDER); choose the channel cash",
    );
  }
  const { min, max } = amountSpanOf(channel, provider);
  if (amountIdr >= min && amountIdr <= max) return { kind: CHANNELS[channel].kind };
  return refused(
    amountIdr < min ? "under_limit" : "over_limit",
    `a payout to ${CHANNELS[channel].name} is Rp ${min} to Rp ${max}, not Rp ${amountIdr}`,
  );
}
