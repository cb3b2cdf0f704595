/**
 * Destinations: accounts and wallets that members are paid to. Number and holder are sealed under the member's key.
 */
import { faultOfDestination } from "@jumpa-madu/contracts/payout/destination";
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import type { Selectable } from "kysely";
import { memberToAct } from "../people/members.ts";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import type { Tables } from "../relational/tables.ts";
import type { Vault } from "../vault/vault.ts";
import { compareNames } from "./account-names.ts";
import { openJob } from "./jobs.ts";
import { type Refused, refused } from "./refused.ts";

/** Time after a destination was added in which nothing is paid to it: whoever took over a phone or a desk is seen first. */
export const COOL_DOWN_MS = 24 * 3_600_000;

/** Providers that can tell whose an account is. */
export const INQUIRING_PROVIDERS: readonly PayoutProviderId[] = ["flip-v3"];

/** Who keeps what a provider says of a holder. */
const CHECK_ACTOR = "job:destinations";

/** States of a payout that may yet arrive. */
const UNDER_WAY = ["requested", "half_approved", "paying", "payable"] as const;

/** Destinations in use of one member. */
export const DESTINATIONS_MAX = 10;

/** A destination without what is sealed. */
export interface PayoutDestination {
  id: string;
  member: string;
  channel: string;
  /** Last four digits of the number. */
  hint: string;
  nameCheck: Selectable<Tables["destinations"]>["name_check"];
  checkedMs: number | null;
  confirmedBy: string | null;
  createdMs: number;
  createdBy: string;
  usableFromMs: number;
  retiredMs: number | null;
  /** Other members who are paid to the same account. */
  sharedWith: number;
}

/** What is sealed. */
export interface DestinationAccount {
  accountNumber: string;
  accountName: string;
}

/** A destination to be kept. `isInquired`: the provider can tell whose it is. */
export interface NewDestination extends DestinationAccount {
  id: string;
  member: string;
  channel: string;
  createdBy: string;
  isInquired: boolean;
  nowMs: number;
}

/** What a provider says of an account's holder. */
export interface NameAnswer {
  state: "name" | "masked" | "pending" | "invalid" | "closed" | "blocked" | "unavailable";
  name?: string;
}

export type DestinationOutcome = { kind: "kept" | "repeated"; destination: PayoutDestination } | Refused;

/** Keeps a destination, and asks whose it is where the provider can tell. It may be paid to after COOL_DOWN_MS. */
export async function addDestination(
  vault: Vault,
  tx: Tx,
  added: NewDestination,
): Promise<DestinationOutcome> {
  const { id, member, channel, accountNumber, accountName, createdBy, nowMs } = added;
  const fault = faultOfDestination({ channel, accountNumber, accountName });
  if (fault !== null) return refused("destination_unusable", fault);
  // A plain hash of a number of ten digits tells the number, so the index of the vault is hashed instead.
  const fingerprint = vault.blindIndex("destination", `${channel} ${accountNumber}`);
  const holder = vault.blindIndex("holder", accountName);
  const bodyHash = requestHash({ id, member, channel, fingerprint, holder, createdBy });
  // Held until the end: an erasure comes before it, and is seen, or after it, and empties the row.
  const may = await memberToAct(tx, member);
  const before = await tx
    .selectFrom("destinations")
    .select("body_hash")
    .where("id", "=", id)
    .executeTakeFirst();
  if (before !== undefined) {
    if (before.body_hash === bodyHash) return { kind: "repeated", destination: await destinationNow(tx, id) };
    return refused("conflict", "this id was used for another destination; draw a new one");
  }
  if (may.kind === "refused")
    return refused(may.code === "member_unknown" ? "unknown" : "member_may_not_act", may.reason);
  const { inUse } = await tx
    .selectFrom("destinations")
    .select((select) => select.fn.countAll().as("inUse"))
    .where("member_id", "=", member)
    .where("retired_ms", "is", null)
    .executeTakeFirstOrThrow();
  if (Number(inUse) >= DESTINATIONS_MAX) {
    return refused(
      "destination_unusable",
      `a member has ${DESTINATIONS_MAX} destinations at most; retire one that is no longer needed first`,
    );
  }
  const plain = new TextEncoder().encode(JSON.stringify({ accountNumber, accountName }));
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("destinations")
    .values({
      id,
      body_hash: bodyHash,
      member_id: member,
      channel,
      sealed: await vault.sealFor(member, `destination:${id}`, plain),
      hint: accountNumber.slice(-4),
      fingerprint,
      name_check: added.isInquired ? "pending" : "unavailable",
      checked_ms: null,
      sealed_found_name: null,
      confirmed_by: null,
      confirmed_ms: null,
      created_ms: nowMs,
      created_by: createdBy,
      usable_from_ms: nowMs + COOL_DOWN_MS,
      retired_ms: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n)
    return refused("conflict", "the member has this destination already, or its id was used meanwhile");
  if (added.isInquired) await openJob(tx, { kind: "inquire", subject: id, dueMs: nowMs, nowMs });
  const subject = `destination:${id}`;
  await recordDeed(tx, {
    actor: createdBy,
    action: "destination.added",
    subject,
    atMs: nowMs,
  });
  return { kind: "kept", destination: await destinationNow(tx, id) };
}

/** Number and holder of a destination; null when the member's key was destroyed. */
export async function openDestination(vault: Vault, db: Db, id: string): Promise<DestinationAccount | null> {
  const row = await db
    .selectFrom("destinations")
    .select(["member_id", "sealed"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  const plain = await vault.openFor(row.member_id, `destination:${id}`, row.sealed);
  return plain === null ? null : (JSON.parse(new TextDecoder().decode(plain)) as DestinationAccount);
}

/** Keeps what the provider says of the holder, beside the name that the member gave. */
export async function keepNameCheck(
  vault: Vault,
  tx: Tx,
  { destination, answer, nowMs }: { destination: string; answer: NameAnswer; nowMs: number },
): Promise<PayoutDestination["nameCheck"] | null> {
  const row = await tx
    .selectFrom("destinations")
    .select(["member_id", "name_check"])
    .where("id", "=", destination)
    .executeTakeFirst();
  const account = row === undefined ? null : await openDestination(vault, tx, destination);
  if (row === undefined || account === null) return null;
  const check = judged(answer, account.accountName);
  await tx
    .updateTable("destinations")
    .set({
      name_check: check,
      checked_ms: nowMs,
      // Whoever answered for what was known before does not answer for this.
      ...(check === row.name_check ? {} : { confirmed_by: null, confirmed_ms: null }),
      sealed_found_name:
        answer.name === undefined
          ? null
          : await vault.sealFor(
              row.member_id,
              `found_name:${destination}`,
              new TextEncoder().encode(answer.name),
            ),
    })
    .where("id", "=", destination)
    .execute();
  await recordDeed(tx, {
    actor: CHECK_ACTOR,
    action: "destination.checked",
    subject: `destination:${destination}`,
    atMs: nowMs,
  });
  return check;
}

function judged({ state, name }: NameAnswer, given: string): PayoutDestination["nameCheck"] {
  if (state === "invalid" || state === "closed" || state === "blocked") return "invalid";
  if (state === "pending" || state === "unavailable" || name === undefined)
    return state === "pending" ? "pending" : "unavailable";
  const match = compareNames(given, name);
  return match === "matched" && state === "masked" ? "masked" : match;
}

/**
 * Somebody else than who added it answers for a destination whose holder is another, such as the member's wife, or of whose
 * holder the provider has shown too little.
 */
export async function confirmDestination(
  tx: Tx,
  { id, actor, reason, nowMs }: { id: string; actor: string; reason: string; nowMs: number },
): Promise<DestinationOutcome> {
  const row = await tx.selectFrom("destinations").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return refused("unknown", "there is no such destination");
  if (row.created_by === actor)
    return refused("own_request", "whoever added a destination does not confirm it; ask somebody else");
  await tx
    .updateTable("destinations")
    .set({ confirmed_by: actor, confirmed_ms: nowMs })
    .where("id", "=", id)
    .execute();
  await recordDeed(tx, {
    actor,
    action: "destination.confirmed",
    subject: `destination:${id}`,
    reason,
    atMs: nowMs,
  });
  return { kind: "kept", destination: await destinationNow(tx, id) };
}

/** Takes a destination out of use. Payouts to it that are on their way go on. */
export async function retireDestination(
  tx: Tx,
  { id, actor, nowMs }: { id: string; actor: string; nowMs: number },
): Promise<DestinationOutcome> {
  const { numUpdatedRows } = await tx
    .updateTable("destinations")
    .set({ retired_ms: nowMs })
    .where("id", "=", id)
    .where("retired_ms", "is", null)
    .executeTakeFirstOrThrow();
  const found = await findDestination(tx, id);
  if (found === null) return refused("unknown", "there is no such destination");
  if (numUpdatedRows === 1n)
    await recordDeed(tx, { actor, action: "destination.retired", subject: `destination:${id}`, atMs: nowMs });
  return { kind: "kept", destination: found };
}

/** The destination of this id; null when there is none. */
export async function findDestination(db: Db, id: string): Promise<PayoutDestination | null> {
  const row = await destinationQuery(db).where("destinations.id", "=", id).executeTakeFirst();
  return row === undefined ? null : toDestination(row);
}

/** Destinations of a member, the newest first; at most DESTINATIONS_MAX of them are in use. */
export async function destinationsOf(db: Db, member: string, rowsMax: number): Promise<PayoutDestination[]> {
  const rows = await destinationQuery(db)
    .where("destinations.member_id", "=", member)
    .orderBy("destinations.created_ms", "desc")
    .orderBy("destinations.id", "desc")
    .limit(rowsMax)
    .execute();
  return rows.map(toDestination);
}

/** Who is to be paid where, and through whom. */
export interface DestinationUse {
  destination: string | null;
  member: string;
  channel: string;
  /** Null where there is none, or it does not matter. */
  provider: PayoutProviderId | null;
  nowMs: number;
}

/** Why this member is not paid to this destination now; null when nothing stands in the way. */
export async function faultOfUse(
  db: Db,
  { destination, member, channel, provider, nowMs }: DestinationUse,
): Promise<Refused | null> {
  if (destination === null) return null;
  const found = await findDestination(db, destination);
  if (found === null || found.member !== member)
    return refused("unknown", "the member has no such destination");
  return faultOf(found, { channel, provider, nowMs });
}

/** Tells whether nothing has been paid to a destination yet. */
export async function isFirstTo(db: Db, destination: string): Promise<boolean> {
  const paid = await db
    .selectFrom("payouts")
    .select("id")
    .where("destination_id", "=", destination)
    .where("state", "=", "paid")
    .limit(1)
    .executeTakeFirst();
  return paid === undefined;
}

/**
 * What is under way to a destination to which nothing has been paid yet, whole rupiah; null where something has been paid, and
 * for cash. Holds the destination until the transaction ends, so that of two requests at once the second counts the first.
 */
export async function unpaidTo(tx: Tx, destination: string | null): Promise<number | null> {
  if (destination === null) return null;
  await tx
    .selectFrom("destinations")
    .select("id")
    .where("id", "=", destination)
    .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
    .executeTakeFirstOrThrow();
  if (!(await isFirstTo(tx, destination))) return null;
  const { idr } = await tx
    .selectFrom("payouts")
    .select((select) => select.fn.sum<number>("amount_idr").as("idr"))
    .where("destination_id", "=", destination)
    .where("state", "in", UNDER_WAY)
    .executeTakeFirstOrThrow();
  return Number(idr ?? 0);
}

/** Where a destination is to be used. */
export type UseOf = Pick<DestinationUse, "channel" | "provider" | "nowMs">;

/** Why nothing is paid to a destination now; null when nothing stands in the way. */
export function faultOf(destination: PayoutDestination, { channel, provider, nowMs }: UseOf): Refused | null {
  if (destination.channel !== channel) {
    return refused(
      "channel_unfit",
      `the destination is one of ${destination.channel}, not of ${channel}; name its channel`,
    );
  }
  if (destination.retiredMs !== null)
    return refused("destination_unusable", "the destination was retired; add it again");
  if (nowMs < destination.usableFromMs) {
    return refused(
      "destination_unusable",
      `the destination is new; it may be paid to from ${new Date(destination.usableFromMs).toISOString()} on`,
    );
  }
  const doubt = doubtOf(destination, provider);
  return doubt === null || destination.confirmedBy !== null ? null : refused("destination_unusable", doubt);
}

/** Why a person must confirm a destination first; null when the name is proven, or nobody can prove it. */
function doubtOf(
  { nameCheck, checkedMs }: PayoutDestination,
  provider: PayoutProviderId | null,
): string | null {
  switch (nameCheck) {
    case "matched":
      return null;
    case "invalid":
      return "the bank says that it does not know this account; add the right one, or let staff confirm it";
    case "different":
      return "the bank says that the account is another person's; let staff confirm it after asking the member";
    case "masked":
      return "the bank shows a part of the holder's name alone; let staff confirm the account after asking the member";
    case "pending":
      return "the bank has not said yet whose account it is; wait for its answer, or let staff confirm it after asking the member";
    case "unavailable":
      // Who was never asked, because the provider tells of no account, is shown as unproven to whoever approves.
      return checkedMs !== null || (provider !== null && INQUIRING_PROVIDERS.includes(provider))
        ? "the bank could not say whose account it is; let staff confirm it after asking the member"
        : null;
  }
}

async function destinationNow(tx: Tx, id: string): Promise<PayoutDestination> {
  return toDestination(
    await destinationQuery(tx).where("destinations.id", "=", id).executeTakeFirstOrThrow(),
  );
}

function destinationQuery(db: Db) {
  return db
    .selectFrom("destinations")
    .select([
      "destinations.id",
      "destinations.member_id",
      "destinations.channel",
      "destinations.hint",
      "destinations.name_check",
      "destinations.checked_ms",
      "destinations.confirmed_by",
      "destinations.created_ms",
      "destinations.created_by",
      "destinations.usable_from_ms",
      "destinations.retired_ms",
    ])
    .select((select) =>
      select
        .selectFrom("destinations as others")
        .select((count) => count.fn.countAll<number>().as("members"))
        .whereRef("others.fingerprint", "=", "destinations.fingerprint")
        .whereRef("others.member_id", "<>", "destinations.member_id")
        .where("others.retired_ms", "is", null)
        .as("shared_with"),
    );
}

type DestinationRow = Awaited<ReturnType<ReturnType<typeof destinationQuery>["executeTakeFirstOrThrow"]>>;

function toDestination(row: DestinationRow): PayoutDestination {
  return {
    id: row.id,
    member: row.member_id,
    channel: row.channel,
    hint: row.hint,
    nameCheck: row.name_check,
    checkedMs: row.checked_ms,
    confirmedBy: row.confirmed_by,
    createdMs: row.created_ms,
    createdBy: row.created_by,
    usableFromMs: row.usable_from_ms,
    retiredMs: row.retired_ms,
    sharedWith: Number(row.shared_with ?? 0),
  };
}
