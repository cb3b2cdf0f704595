/** Cards of members: what a reader at the terminal reads. */
import { randomBytes } from "node:crypto";
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import type { MemberOutcome } from "./member-registration.ts";
import { closedMember, lockMember, unknownMember } from "./members.ts";

/** Letters of base 32 (RFC 4648): none that a QR code's alphanumeric mode lacks. */
const BASE_32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Characters of a token, five bits each: 80 bits, which nobody guesses. */
const TOKEN_CHARACTERS = 16;

/** A token for a card that nobody can guess, such as `JMC-…` with 16 letters and digits. */
export function newCardToken(): string {
  const letters = [...randomBytes(TOKEN_CHARACTERS)].map((byte) => BASE_32[byte % BASE_32.length]);
  return `JMC-${letters.join("")}`;
}

/** Gives a member a card in place of the present one, which finds nobody any more; null takes it away. Throws the database's refusal when it is another's. */
export async function replaceCard(
  tx: Tx,
  { member: id, card, actor, nowMs }: { member: string; card: string | null; actor: string; nowMs: number },
): Promise<MemberOutcome> {
  const member = await lockMember(tx, id);
  if (member === null) return unknownMember();
  if (member.closedMs !== null) return closedMember(member);
  await tx.updateTable("members").set({ card }).where("id", "=", id).execute();
  await recordDeed(tx, {
    actor,
    action: card === null ? "member.card_taken" : "member.card_given",
    subject: `member:${id}`,
    atMs: nowMs,
  });
  return { kind: "done", member: { ...member, card } };
}
