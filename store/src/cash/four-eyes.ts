/**
 * What another person's word on a movement, an expense or a settlement must meet: it is not one's own, and it is not spoken yet.
 * The database holds the two people apart as well.
 */
import type { Tx } from "../relational/relational-store.ts";
import { type CashOutcome, type CashRefusal, type CashRefusalCode, idTaken, refuse } from "./refusal.ts";
import { shiftIfOpen } from "./shifts.ts";

/** What is decided on, and what to say of it. */
export interface Matter {
  id: string;
  /** As a person calls it, such as `expense`. */
  thing: string;
  state: string;
  /** Who has asked for it, or made it. */
  askedBy: string;
  decidedBy: string | null;
  /** Code of the refusal when it is decided already. */
  decidedCode: CashRefusalCode;
}

/** The end of a decision that is not to be carried out; null when it is. `own`: what to tell whoever asked for it. */
export function endOfDecision(
  { id, thing, state, askedBy, decidedBy, decidedCode }: Matter,
  { to, user, own }: { to: "posted" | "paid" | "rejected"; user: string; own: string },
): CashOutcome<{ id: string }> | null {
  if (state !== "requested") {
    const isSame = state === to && decidedBy === user;
    return isSame
      ? { kind: "again", result: { id } }
      : refuse(decidedCode, `this ${thing} is ${state} already`);
  }
  return askedBy === user ? refuse("same_person", own) : null;
}

/** A deed taken back. */
export interface NewVoid {
  id: string;
  /** The movement or expense. */
  of: string;
  user: string;
  reason: string;
  nowMs: number;
}

/** What may be taken back, and the void that stands under its id or of it already. */
export interface Voidable extends Matter {
  journalId: string | null;
  shiftId: string | null;
  before: { id: string; body_hash: string } | undefined;
}

/** Tells which journal to reverse, or how a void ends without one. `own`: what to tell whoever made it. */
export async function judgeVoid(
  tx: Tx,
  { id, of, user }: NewVoid,
  { bodyHash, matter, own }: { bodyHash: string; matter: Voidable; own: string },
): Promise<{ kind: "may"; journalId: string } | CashOutcome<{ id: string }>> {
  const { before, thing, state, journalId, decidedCode, askedBy, shiftId } = matter;
  if (before?.id === id)
    return before.body_hash === bodyHash ? { kind: "again", result: { id: of } } : idTaken("void", id);
  if (before !== undefined) return refuse("already_voided", `this ${thing} was voided already`);
  if (state !== "posted" || journalId === null)
    return refuse(decidedCode, `this ${thing} is ${state}, not posted; there is nothing to take back`);
  if (askedBy === user) return refuse("same_person", own);
  // Later the count of the drawer stands.
  if (shiftId !== null && (await shiftIfOpen(tx, shiftId)) === null) return countedDrawer();
  return { kind: "may", journalId };
}

/** The refusal of taking back what a count has settled. */
export function countedDrawer(): CashRefusal {
  return refuse(
    "shift_is_closed",
    "the drawer of that shift is counted, and its count stands; when the vault holds another sum than the books, count it and ask for vault_over or vault_short",
  );
}
