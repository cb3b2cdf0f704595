/** Movements of a waste bank's own money: asked for, approved where four eyes are needed, and voided by another person. */
import type { Selectable } from "kysely";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import type { Tables } from "../relational/tables.ts";
import { postCash, reverseCash, takeTurnOf } from "./cash-books.ts";
import { endOfDecision, judgeVoid, type NewVoid, type Voidable } from "./four-eyes.ts";
import { type CashPlace, type MovementKind, type MovementPlaces, movementRule } from "./movement-kinds.ts";
import { type CashOutcome, type CashRefusal, idTaken, refuse } from "./refusal.ts";
import { shiftIfOpen } from "./shifts.ts";

/** A movement to be made or asked for. */
export interface NewMovement {
  id: string;
  wasteBank: string;
  kind: MovementKind;
  amountIdr: number;
  place: CashPlace | null;
  provider: string | null;
  shift: string | null;
  reason: string;
  /** The bank's or the founder's own reference. */
  reference: string | null;
  user: string;
  nowMs: number;
}

/** What a person decides on a movement that was asked for. */
export interface MovementDecision {
  movement: string;
  decision: "approved" | "rejected";
  user: string;
  nowMs: number;
}

/** Posts a movement, or keeps it as asked for where another person must approve. Answers its id. */
export async function requestMovement(tx: Tx, movement: NewMovement): Promise<CashOutcome<{ id: string }>> {
  const { id, user, nowMs } = movement;
  const bodyHash = requestHash({ ...movement, nowMs: undefined });
  await takeTurnOf(tx, user);
  const before = await tx
    .selectFrom("cash_movements")
    .select("body_hash")
    .where("id", "=", id)
    .executeTakeFirst();
  if (before !== undefined)
    return before.body_hash === bodyHash ? { kind: "again", result: { id } } : idTaken("movement", id);
  const missing = faultOfFields(movement);
  if (missing !== null) return missing;
  const places = await placesOf(tx, movement);
  if ("code" in places) return places;
  const rule = movementRule(movement.kind);
  const posted = rule.needsApproval ? null : await postMovement(tx, { ...movement, places });
  if (posted !== null && "code" in posted) return posted;
  await tx
    .insertInto("cash_movements")
    .values({
      id,
      body_hash: bodyHash,
      waste_bank_id: movement.wasteBank,
      kind: movement.kind,
      amount_idr: movement.amountIdr,
      place: movement.place,
      provider: movement.provider,
      shift_id: movement.shift,
      reason: movement.reason,
      reference: movement.reference,
      state: posted === null ? "requested" : "posted",
      requested_by: user,
      requested_ms: nowMs,
      decided_by: null,
      decided_ms: null,
      journal_id: posted?.journalId ?? null,
    })
    .execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: posted === null ? "cash_movement.requested" : "cash_movement.posted",
    subject: `cash_movement:${id}`,
    reason: movement.reason,
    atMs: nowMs,
  });
  return { kind: "done", result: { id } };
}

/** Approves a movement, which posts it, or rejects it. */
export async function decideMovement(
  tx: Tx,
  { movement, decision, user, nowMs }: MovementDecision,
): Promise<CashOutcome<{ id: string }>> {
  const row = await lockedMovement(tx, movement);
  if (row === null) return unknownMovement(movement);
  const state = decision === "approved" ? "posted" : "rejected";
  const end = endOfDecision(matterOf(row), {
    to: state,
    user,
    own: "whoever asks for a movement cannot decide on it; ask somebody else from the office",
  });
  if (end !== null) return end;
  const posted =
    decision === "approved"
      ? await postMovement(tx, {
          id: movement,
          kind: row.kind,
          amountIdr: row.amount_idr,
          user,
          nowMs,
          places: {
            wasteBank: row.waste_bank_id,
            place: row.place,
            provider: row.provider,
            cashier: null,
          },
        })
      : { journalId: null };
  if ("code" in posted) return posted;
  await tx
    .updateTable("cash_movements")
    .set({ state, decided_by: user, decided_ms: nowMs, journal_id: posted.journalId })
    .where("id", "=", movement)
    .execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: `cash_movement.${decision}`,
    subject: `cash_movement:${movement}`,
    atMs: nowMs,
  });
  return { kind: "done", result: { id: movement } };
}

/** Takes a posted movement back. One of a drawer only while its shift is open: later the count stands. */
export async function voidMovement(tx: Tx, request: NewVoid): Promise<CashOutcome<{ id: string }>> {
  const { id, of, user, reason, nowMs } = request;
  const bodyHash = requestHash({ ...request, nowMs: undefined });
  const row = await lockedMovement(tx, of);
  if (row === null) return unknownMovement(of);
  const before = await tx
    .selectFrom("cash_movement_voids")
    .select(["id", "body_hash"])
    .where((eb) => eb.or([eb("movement_id", "=", of), eb("id", "=", id)]))
    .executeTakeFirst();
  const own = "whoever made a movement cannot void it; ask somebody else from the office";
  const judged = await judgeVoid(tx, request, { bodyHash, matter: { ...matterOf(row), before }, own });
  if (judged.kind !== "may") return judged;
  const posted = await reverseCash(
    tx,
    { key: `cash_movement_void:${id}`, kind: "cash_movement_void", user, occurredMs: nowMs },
    judged.journalId,
  );
  if (posted === "overdraft") return tooLittle("the money has gone on meanwhile");
  await tx
    .insertInto("cash_movement_voids")
    .values({
      id,
      body_hash: bodyHash,
      movement_id: of,
      requested_by: row.requested_by,
      voided_by: user,
      reason,
      journal_id: posted.journalId,
      voided_ms: nowMs,
    })
    .execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: "cash_movement.voided",
    subject: `cash_movement:${of}`,
    reason,
    atMs: nowMs,
  });
  return { kind: "done", result: { id: of } };
}

function matterOf(row: Selectable<Tables["cash_movements"]>): Omit<Voidable, "before"> {
  return {
    id: row.id,
    thing: "movement",
    state: row.state,
    askedBy: row.requested_by,
    decidedBy: row.decided_by,
    decidedCode: "movement_is_decided",
    journalId: row.journal_id,
    shiftId: row.shift_id,
  };
}

function tooLittle(what: string): CashRefusal {
  return refuse("too_little_cash", `${what}; the account that would pay holds less than that by the books`);
}

function unknownMovement(id: string): CashRefusal {
  return refuse("movement_unknown", `there is no movement ${id}; take the id from the list of movements`);
}

function faultOfFields({ kind, place, provider, shift }: NewMovement): CashRefusal | null {
  const { needs } = movementRule(kind);
  for (const [field, value] of Object.entries({ place, provider, shift })) {
    if (field === needs && value === null)
      return refuse("field_missing", `a movement ${kind} needs the field ${field}`);
    if (field !== needs && value !== null)
      return refuse("field_missing", `a movement ${kind} has no field ${field}; leave it out`);
  }
  return null;
}

async function placesOf(tx: Tx, movement: NewMovement): Promise<MovementPlaces | CashRefusal> {
  const { wasteBank, place, provider, shift: id } = movement;
  if (id === null) return { wasteBank, place, provider, cashier: null };
  const shift = await shiftIfOpen(tx, id);
  if (shift === null)
    return refuse("shift_is_closed", `there is no open shift ${id}; take the id from the list of shifts`);
  if (shift.wasteBank !== wasteBank)
    return refuse("other_waste_bank", `that shift is at ${shift.wasteBank}, not at ${wasteBank}`);
  return { wasteBank, place, provider, cashier: shift.user };
}

interface MovementToPost {
  id: string;
  kind: string;
  amountIdr: number;
  user: string;
  nowMs: number;
  places: MovementPlaces;
}

async function postMovement(
  tx: Tx,
  { id, kind, amountIdr, user, nowMs, places }: MovementToPost,
): Promise<{ journalId: string | null } | CashRefusal> {
  const rule = movementRule(kind);
  const posted = await postCash(
    tx,
    { key: `cash_movement:${id}`, kind: "cash_movement", user, occurredMs: nowMs },
    [{ debit: rule.debit(places), credit: rule.credit(places), amountIdr }],
  );
  return posted === "overdraft" ? tooLittle("bring money there first, or move a smaller amount") : posted;
}

async function lockedMovement(tx: Tx, id: string) {
  const query = tx.selectFrom("cash_movements").selectAll().where("id", "=", id);
  const row = await (engineOf(tx) === "postgres" ? query.forNoKeyUpdate() : query).executeTakeFirst();
  return row ?? null;
}
