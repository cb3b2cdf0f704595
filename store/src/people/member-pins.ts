/** PINs of members: with one a member agrees to a withdrawal at the counter. */
import { isPin } from "@jumpa-madu/contracts/pin-hash";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import type { MemberOutcome } from "./member-registration.ts";
import { closedMember, lockMember, unknownMember } from "./members.ts";

/** Wrong PINs in a row before a member has to wait. */
export const MEMBER_PIN_TRIES_MAX = 5;

/** First wait, in milliseconds: a quarter of an hour; doubled by each further wrong PIN up to the longest. */
export const MEMBER_PIN_WAIT_MS = 15 * 60_000;

/** Longest wait, in milliseconds: a day. Who tries for a year then finds a PIN of six digits with 1 in 2,500. */
export const MEMBER_PIN_WAIT_MS_MAX = 86_400_000;

/** How long whoever gave a member a PIN, and so knows it, is told nothing by it, in milliseconds: a day. */
export const PIN_GIVER_WAIT_MS = 86_400_000;

/**
 * `locked`: not looked at, because too many were wrong; `none`: the member has no PIN; `given`: not looked at, because whoever asks
 * has given it less than a day ago.
 */
export type PinCheck = "right" | "wrong" | "locked" | "none" | "given";

/** A PIN that was typed at the counter. `asker`: the actor who is to be convinced by it. */
export interface TypedPin {
  member: string;
  pin: string;
  asker: string;
}

/** Gives a member a PIN, or takes it away with null; wrong tries are forgotten. */
export async function replaceMemberPin(
  tx: Tx,
  {
    member: id,
    pinHash,
    actor,
    nowMs,
  }: { member: string; pinHash: string | null; actor: string; nowMs: number },
): Promise<MemberOutcome> {
  const member = await lockMember(tx, id);
  if (member === null) return unknownMember();
  if (pinHash !== null && member.closedMs !== null) return closedMember(member);
  await tx.deleteFrom("member_pins").where("member_id", "=", id).execute();
  if (pinHash !== null) {
    await tx
      .insertInto("member_pins")
      .values({
        member_id: id,
        pin_hash: pinHash,
        set_by: actor,
        set_ms: nowMs,
        tries: 0,
        locked_until_ms: 0,
      })
      .execute();
  }
  await recordDeed(tx, {
    actor,
    action: pinHash === null ? "member.pin_taken" : "member.pin_given",
    subject: `member:${id}`,
    atMs: nowMs,
  });
  return { kind: "done", member };
}

/**
 * Checks the PIN that a member typed and counts it. The count holds only when the transaction commits: whoever refuses because
 * of a wrong PIN must still commit. Two tries at once are counted one after the other.
 */
export async function checkMemberPin(
  tx: Tx,
  { member, pin, asker }: TypedPin,
  nowMs: number,
): Promise<PinCheck> {
  const query = tx.selectFrom("member_pins").selectAll().where("member_id", "=", member);
  const row = await (engineOf(tx) === "postgres" ? query.forUpdate() : query).executeTakeFirst();
  if (row === undefined) return "none";
  if (row.set_by === asker && nowMs < row.set_ms + PIN_GIVER_WAIT_MS) return "given";
  if (row.locked_until_ms > nowMs) return "locked";
  const isRight = await isPin(pin, row.pin_hash);
  const tries = isRight ? 0 : row.tries + 1;
  await tx
    .updateTable("member_pins")
    .set({ tries, locked_until_ms: nowMs + waitMsAfter(tries) })
    .where("member_id", "=", member)
    .execute();
  return isRight ? "right" : "wrong";
}

function waitMsAfter(tries: number): number {
  if (tries < MEMBER_PIN_TRIES_MAX) return 0;
  return Math.min(MEMBER_PIN_WAIT_MS_MAX, MEMBER_PIN_WAIT_MS * 2 ** (tries - MEMBER_PIN_TRIES_MAX));
}
