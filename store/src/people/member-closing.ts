/**
 * Closing a member: nothing is saved, held or on its way out, and nothing new begins. Who comes back is opened again, because a
 * NIK is registered once.
 */
import { DAY_MS, dayOf } from "@jumpa-madu/contracts/local-day";
import { accountsOfMember } from "../ledger/account.ts";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { wasteBankOfConsignment } from "../stock/consignments.ts";
import type { MemberOutcome } from "./member-registration.ts";
import { closedMember, lockMember, type Member, type MemberRefusal, unknownMember } from "./members.ts";

/**
 * How long after it was paid through a provider a payout keeps its member: a bank sends money back within days, and the book of
 * whoever has left takes none.
 */
export const REVERSAL_WINDOW_MS = 14 * DAY_MS;

/** States of a payout after which no money of the member moves by itself. */
const ENDED_PAYOUTS = ["paid", "failed", "rejected", "cancelled", "reversed"] as const;

/** Who closes, opens again or erases whom, and why. */
export interface MemberEnding {
  member: string;
  reason: string;
  actor: string;
  nowMs: number;
}

/** Closes a member and all books. Closed once, it stays as it is. Refused while money of the member is in the books. */
export async function closeMember(tx: Tx, ending: MemberEnding): Promise<MemberOutcome> {
  const member = await lockMember(tx, ending.member);
  if (member === null) return unknownMember();
  if (member.closedMs !== null) return { kind: "done", member };
  return await closeLocked(tx, member, ending);
}

/** Closes a member whose row is held. */
export async function closeLocked(
  tx: Tx,
  member: Member,
  { reason, actor, nowMs }: MemberEnding,
): Promise<MemberOutcome> {
  await holdMoney(tx, member.id);
  const refusal = await moneyOf(tx, member, nowMs);
  if (refusal !== null) return refusal;
  await tx.updateTable("members").set({ closed_ms: nowMs }).where("id", "=", member.id).execute();
  await tx
    .updateTable("books")
    .set({ closed_ms: nowMs })
    .where("member_id", "=", member.id)
    .where("closed_ms", "is", null)
    .execute();
  await recordDeed(tx, {
    actor,
    action: "member.closed",
    subject: `member:${member.id}`,
    reason,
    atMs: nowMs,
  });
  return { kind: "done", member: { ...member, closedMs: nowMs } };
}

/**
 * Opens a closed member again, and the books that were closed with the member, each as old as today. An open one stays as it is.
 * Whoever was erased stays so: nobody can tell whose number it was.
 */
export async function reopenMember(
  tx: Tx,
  { member: id, reason, actor, nowMs }: MemberEnding,
): Promise<MemberOutcome> {
  const member = await lockMember(tx, id);
  if (member === null) return unknownMember();
  if (member.erasedMs !== null) return closedMember(member);
  if (member.closedMs === null) return { kind: "done", member };
  await holdMoney(tx, id);
  await tx.updateTable("members").set({ closed_ms: null }).where("id", "=", id).execute();
  const books = await tx
    .updateTable("books")
    .set({ closed_ms: null, opened_ms: nowMs })
    .where("member_id", "=", id)
    .where("closed_ms", "=", member.closedMs)
    .returning("id")
    .execute();
  const deeds = [
    { action: "member.reopened", subject: `member:${id}` },
    ...books.map((book) => ({ action: "book.reopened", subject: `book:${book.id}` })),
  ];
  for (const deed of deeds) await recordDeed(tx, { actor, ...deed, reason, atMs: nowMs });
  return { kind: "done", member: { ...member, closedMs: null } };
}

/** Whatever moves money of the member meanwhile waits for its books and accounts, or is waited for and then seen. */
async function holdMoney(tx: Tx, member: string): Promise<void> {
  if (engineOf(tx) === "sqlite") return;
  await tx
    .selectFrom("books")
    .select("id")
    .where("member_id", "=", member)
    .orderBy("id")
    .forUpdate()
    .execute();
  await tx
    .selectFrom("accounts")
    .select("id")
    .where("member_id", "=", member)
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
}

/**
 * What of the member is still in the books, as a refusal; null when nothing is. Balances are read last: what waits turns into
 * payouts and savings, so what has ended since it was looked for is found further on.
 */
async function moneyOf(tx: Tx, { id, number }: Member, nowMs: number): Promise<MemberRefusal | null> {
  const owes = (what: string): MemberRefusal => ({
    kind: "refused",
    code: "member_owes",
    reason: `member ${number} ${what}`,
  });
  const consignedAt = await wasteBankOfConsignment(tx, id);
  if (consignedAt !== null)
    return owes(`has waste at ${consignedAt} that is paid for when it is sold: sell it first`);
  const payout = await tx
    .selectFrom("payouts")
    .select(["waste_bank_id as wasteBank", "review"])
    .where("member_id", "=", id)
    .where((eb) => eb.or([eb("state", "not in", ENDED_PAYOUTS), eb("review", "is not", null)]))
    .limit(1)
    .executeTakeFirst();
  if (payout !== undefined) {
    return payout.review === null
      ? owes(`has a payout under way at ${payout.wasteBank}: wait for it, or cancel it`)
      : owes(`has a payout at ${payout.wasteBank} that somebody must look at first`);
  }
  const paid = await tx
    .selectFrom("payouts")
    .select(["waste_bank_id as wasteBank", "ended_ms as paidMs"])
    .where("member_id", "=", id)
    .where("state", "=", "paid")
    .where("channel_kind", "<>", "cash")
    .where("ended_ms", ">", nowMs - REVERSAL_WINDOW_MS)
    .orderBy("ended_ms", "desc")
    .limit(1)
    .executeTakeFirst();
  if (paid !== undefined) {
    const until = dayOf((paid.paidMs ?? nowMs) + REVERSAL_WINDOW_MS);
    return owes(`was paid by ${paid.wasteBank} through a bank, which may send it back: wait until ${until}`);
  }
  for (const account of await accountsOfMember(tx, id)) {
    const { kind, wasteBank, debitsPosted, creditsPosted, debitsPending, creditsPending } = account;
    if (debitsPending !== 0 || creditsPending !== 0)
      return owes(`has money on its way at ${wasteBank}: wait for it, or cancel it`);
    if (kind === "member_savings" && debitsPosted !== creditsPosted)
      return owes(`has savings at ${wasteBank}: pay them out first`);
  }
  return null;
}
