/**
 * Limits of payouts: asked for by one person, approved by another, effective-dated, never changed. Judged in the transaction that
 * holds the money.
 */
import type { LimitScope } from "@jumpa-madu/contracts/payout/states";
import type { Db, Tx } from "../relational/relational-store.ts";
import type { ChannelKind } from "../relational/tables/payout-tables.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import type { DayTotals, TotalScope } from "./day-totals.ts";
import { REQUESTED, type RuleStanding, toStanding } from "./payout-rules.ts";
import { type Refused, refused } from "./refused.ts";

/** A limit. Without kind of channel it is about all together, without waste bank it holds where the waste bank has none of its own. */
export interface PayoutLimit extends RuleStanding {
  id: string;
  scope: LimitScope;
  channelKind: ChannelKind | null;
  wasteBank: string | null;
  /** Null ends the limit. */
  amountIdr: number | null;
  validFromMs: number;
  createdMs: number;
  createdBy: string;
}

/** A limit that is asked for. */
export type NewLimit = Omit<PayoutLimit, keyof RuleStanding>;

/** Scopes in which nothing at all could be paid with a limit of 0. */
const NEVER_ZERO: readonly LimitScope[] = ["payout_max", "member_day", "cashier_day", "unit_day"];

/** Why this limit is not to be kept; null when it may be. */
export function faultOfLimit({ scope, amountIdr }: Pick<PayoutLimit, "scope" | "amountIdr">): Refused | null {
  if (amountIdr !== 0 || !NEVER_ZERO.includes(scope)) return null;
  return refused(
    "under_limit",
    `a limit ${scope} of Rp 0 would stop every payout, also those of members who leave. To stop payouts through a provider set PAYOUT_PROVIDER=none, to stop others approve none; null ends a limit`,
  );
}

/**
 * Keeps a limit as asked for, of which `faultOfLimit` finds nothing; `decideRule` approves it. Throws the database's refusal when one with the same start exists or the
 * waste bank is unknown.
 */
export async function insertLimit(tx: Tx, limit: NewLimit): Promise<PayoutLimit> {
  await tx
    .insertInto("payout_limits")
    .values({
      id: limit.id,
      scope: limit.scope,
      channel_kind: limit.channelKind,
      waste_bank_id: limit.wasteBank,
      amount_idr: limit.amountIdr,
      valid_from_ms: limit.validFromMs,
      created_ms: limit.createdMs,
      created_by: limit.createdBy,
      state: "requested",
      decided_by: null,
      decided_ms: null,
      begins_ms: null,
    })
    .execute();
  return { ...limit, ...REQUESTED };
}

/** The limit of this id; null when there is none. */
export async function findLimit(db: Db, id: string): Promise<PayoutLimit | null> {
  const row = await limitQuery(db).where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : toLimit(row);
}

/** Limits, the one that begins latest first. */
export async function listLimits(db: Db, { limit, after }: PageRequest): Promise<Page<PayoutLimit>> {
  let query = limitQuery(db)
    .orderBy("valid_from_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (after !== null) query = query.where(isBefore(["valid_from_ms", "id"], after));
  return pageOf((await query.execute()).map(toLimit), limit, ({ validFromMs, id }) =>
    momentCursor(validFromMs, id),
  );
}

/**
 * Limits that hold at a waste bank at a moment for a kind of channel: for each scope at most one about all channels together
 * and one about this kind. Without a waste bank: those that are general.
 */
export async function limitsInForce(
  db: Db,
  { wasteBank, channelKind, atMs }: { wasteBank: string | null; channelKind: ChannelKind; atMs: number },
): Promise<PayoutLimit[]> {
  const rows = await limitQuery(db)
    .where("begins_ms", "<=", atMs)
    .where((on) =>
      on.or([
        on("waste_bank_id", "is", null),
        ...(wasteBank === null ? [] : [on("waste_bank_id", "=", wasteBank)]),
      ]),
    )
    .where((on) => on.or([on("channel_kind", "is", null), on("channel_kind", "=", channelKind)]))
    .orderBy("begins_ms", "desc")
    .orderBy("id", "desc")
    .execute();
  const newest = new Map<string, PayoutLimit>();
  for (const limit of rows.map(toLimit)) {
    const place = `${limit.scope} ${limit.channelKind} ${limit.wasteBank}`;
    if (!newest.has(place)) newest.set(place, limit);
  }
  // The waste bank's own, unless it was ended, stands before the general one.
  const inForce = new Map<string, PayoutLimit>();
  for (const limit of newest.values()) {
    if (limit.amountIdr === null) continue;
    const place = `${limit.scope} ${limit.channelKind}`;
    if (limit.wasteBank !== null || !inForce.has(place)) inForce.set(place, limit);
  }
  return [...inForce.values()];
}

/** Kinds of channel through which a member may take everything on one day, because no general limit `member_day` holds. */
export async function unlimitedKinds(db: Db, atMs: number): Promise<ChannelKind[]> {
  const unlimited: ChannelKind[] = [];
  for (const channelKind of ["bank", "ewallet"] as const) {
    const limits = await limitsInForce(db, { wasteBank: null, channelKind, atMs });
    if (!limits.some(({ scope }) => scope === "member_day")) unlimited.push(channelKind);
  }
  return unlimited;
}

/** What is judged. */
export interface LimitedPayout {
  amountIdr: number;
  /** What is under way to the destination, as `unpaidTo` says; null for cash and where something has been paid to it. */
  unpaidIdr: number | null;
  totals: DayTotals;
}

const WORDS: Partial<Record<LimitScope, string>> = {
  payout_max: "one payout",
  first_to_destination: "all that is under way to a new destination, until one payout has arrived there,",
  member_day: "the payouts of one member on one day",
  cashier_day: "what one officer asks for, or hands out at deposits, on one day",
  unit_day: "what the waste bank pays out on one day",
  cash_deposit_max: "the cash at one deposit",
};

/** First limit that the payout would break; null when it keeps to all. */
export function faultOfLimits(
  limits: PayoutLimit[],
  { amountIdr, unpaidIdr, totals }: LimitedPayout,
): Refused | null {
  for (const limit of limits) {
    const { scope, channelKind, amountIdr: limitIdr } = limit;
    if (limitIdr === null || scope === "second_approval" || scope === "cash_deposit_max") continue;
    if (scope === "first_to_destination" && unpaidIdr === null) continue;
    if (scope === "payout_min") {
      if (amountIdr >= limitIdr) continue;
      return refused(
        "under_limit",
        `one payout${through(channelKind)} is Rp ${limitIdr} or more, not Rp ${amountIdr}`,
      );
    }
    const fault = faultOfMost(limit, { amountIdr, unpaidIdr: unpaidIdr ?? 0, totals });
    if (fault !== null) return fault;
  }
  return null;
}

/** First limit that the cash of a deposit would break; null when it keeps to all. Limits of payouts are not about it. */
export function faultOfCash(
  limits: PayoutLimit[],
  { amountIdr, totals }: Pick<LimitedPayout, "amountIdr" | "totals">,
): Refused | null {
  for (const limit of limits) {
    const { scope } = limit;
    if (scope !== "cash_deposit_max" && scope !== "cashier_day" && scope !== "unit_day") continue;
    const fault = faultOfMost(limit, { amountIdr, unpaidIdr: 0, totals });
    if (fault !== null) return fault;
  }
  return null;
}

/** Why a limit that says how much there may be at most is broken; null when it is kept to. */
function faultOfMost(
  { scope, channelKind, amountIdr: limitIdr }: PayoutLimit,
  { amountIdr, unpaidIdr, totals }: { amountIdr: number; unpaidIdr: number; totals: DayTotals },
): Refused | null {
  const isPerDay = scope === "member_day" || scope === "cashier_day" || scope === "unit_day";
  // A day that is not counted: the officer's for a member who asks alone, the member's at a deposit.
  if (limitIdr === null || (isPerDay && !totals.has(scope))) return null;
  const beforeIdr = isPerDay
    ? totalOf(totals, scope, channelKind)
    : scope === "first_to_destination"
      ? unpaidIdr
      : 0;
  if (beforeIdr + amountIdr <= limitIdr) return null;
  const leftIdr = Math.max(0, limitIdr - beforeIdr);
  const left = isPerDay ? `; Rp ${leftIdr} is left of today` : beforeIdr > 0 ? `; Rp ${leftIdr} is left` : "";
  return refused("over_limit", `${WORDS[scope]}${through(channelKind)} may be Rp ${limitIdr} at most${left}`);
}

/** Tells whether two people must approve this amount: with the member's other payouts of the day, so that splitting is no way round. */
export function needsSecondApproval(
  limits: PayoutLimit[],
  { amountIdr, totals }: Pick<LimitedPayout, "amountIdr" | "totals">,
): boolean {
  return limits.some(
    ({ scope, channelKind, amountIdr: limitIdr }) =>
      scope === "second_approval" &&
      limitIdr !== null &&
      totalOf(totals, "member_day", channelKind) + amountIdr > limitIdr,
  );
}

function through(channelKind: ChannelKind | null): string {
  return channelKind === null ? "" : ` by ${channelKind}`;
}

function totalOf(totals: DayTotals, scope: TotalScope, channelKind: ChannelKind | null): number {
  return totals.get(scope)?.get(channelKind ?? "all") ?? 0;
}

function limitQuery(db: Db) {
  return db.selectFrom("payout_limits").selectAll();
}

function toLimit(row: {
  id: string;
  scope: string;
  channel_kind: ChannelKind | null;
  waste_bank_id: string | null;
  amount_idr: number | null;
  valid_from_ms: number;
  created_ms: number;
  created_by: string;
  state: RuleStanding["state"];
  decided_by: string | null;
  decided_ms: number | null;
  begins_ms: number | null;
}): PayoutLimit {
  return {
    id: row.id,
    // The database knows the same scopes.
    scope: row.scope as LimitScope,
    channelKind: row.channel_kind,
    wasteBank: row.waste_bank_id,
    amountIdr: row.amount_idr,
    validFromMs: row.valid_from_ms,
    createdMs: row.created_ms,
    createdBy: row.created_by,
    ...toStanding(row),
  };
}
