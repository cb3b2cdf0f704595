/** Members: those who bring waste and save. Who they are as persons is not here: see `personal-data.ts`. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Selectable } from "kysely";
import { engineOf } from "../relational/engine-of.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import type { MemberKind } from "../relational/tables/people-tables.ts";
import type { Tables } from "../relational/tables.ts";
import { drawNumber } from "./member-number.ts";

/** A member. `number` is unique over all waste banks; `wasteBank` is where the member was registered. */
export interface Member {
  id: string;
  number: string;
  kind: MemberKind;
  /** What a reader reads from the card; unique over all waste banks. */
  card: string | null;
  wasteBank: string;
  closedMs: number | null;
  /** When the personal data was destroyed; the member's rows in the books stay. */
  erasedMs: number | null;
  createdMs: number;
}

/** A member with the waste banks where there is a book of theirs. */
export interface MemberWithBooks extends Member {
  bookAt: string[];
}

/** A member to be kept; a number is drawn when it is null. */
export interface NewMember {
  number: string | null;
  kind: MemberKind;
  card: string | null;
  wasteBank: string;
}

/** Why a member may not do something, in words that say what to do. */
export interface MemberRefusal {
  kind: "refused";
  code:
    | "member_unknown"
    | "member_closed"
    | "member_erased"
    | "member_owes"
    | "nik_taken"
    | "member_alike"
    | "consent_missing";
  reason: string;
}

/** Registers a member. Throws the database's refusal when the number or card is taken or the waste bank unknown. */
export async function insertMember(
  tx: Tx,
  { member, nowMs }: { member: NewMember; nowMs: number },
): Promise<Member> {
  const number = member.number ?? (await drawNumber(tx, member.wasteBank));
  const { kind, card, wasteBank } = member;
  const id = newEventId(nowMs);
  await tx
    .insertInto("members")
    .values({ id, number, kind, card, waste_bank_id: wasteBank, created_ms: nowMs })
    .execute();
  return { id, number, kind, card, wasteBank, closedMs: null, erasedMs: null, createdMs: nowMs };
}

/** Whether the member of a row may bring waste and take money out: neither closed nor erased. */
export function memberMayAct(row: Pick<Selectable<Tables["members"]>, "closed_ms" | "erased_ms">): boolean {
  return row.closed_ms === null && row.erased_ms === null;
}

/**
 * The member when it may act, held until the transaction ends: nobody closes it meanwhile. For whatever puts money on a
 * member's account, holds it or takes it away.
 */
export async function memberToAct(
  tx: Tx,
  id: string,
): Promise<{ kind: "may"; member: Member } | MemberRefusal> {
  const query = tx.selectFrom("members").selectAll().where("id", "=", id);
  const row = await (engineOf(tx) === "postgres" ? query.forShare() : query).executeTakeFirst();
  if (row === undefined) return unknownMember();
  const member = toMember(row);
  return memberMayAct(row) ? { kind: "may", member } : closedMember(member);
}

/**
 * Numbers of those of the members who are closed. All of them stay as they are until the transaction ends: whoever closes one
 * waits, but nobody else does, so that a sale of the waste of hundreds does not stop their deposits.
 */
export async function closedAmong(tx: Tx, members: string[]): Promise<string[]> {
  const ids = [...new Set(members)];
  if (ids.length === 0) return [];
  const query = tx
    .selectFrom("members")
    .select(["number", "closed_ms", "erased_ms"])
    .where("id", "in", ids)
    .orderBy("id");
  const rows = await (engineOf(tx) === "postgres" ? query.forKeyShare() : query).execute();
  return rows.filter((row) => !memberMayAct(row)).map(({ number }) => number);
}

/** The member, held for a change until the transaction ends; null when there is none. */
export async function lockMember(tx: Tx, id: string): Promise<Member | null> {
  const query = tx.selectFrom("members").selectAll().where("id", "=", id);
  const row = await (engineOf(tx) === "postgres" ? query.forUpdate() : query).executeTakeFirst();
  return row === undefined ? null : toMember(row);
}

/** The member of this id with the places of the books; null when there is none. */
export async function findMember(db: Db, id: string): Promise<MemberWithBooks | null> {
  const row = await db.selectFrom("members").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  const books = await db
    .selectFrom("books")
    .select("waste_bank_id")
    .distinct()
    .where("member_id", "=", id)
    .orderBy("waste_bank_id")
    .execute();
  return { ...toMember(row), bookAt: books.map(({ waste_bank_id }) => waste_bank_id) };
}

/** A row as a member. */
export function toMember(row: Selectable<Tables["members"]>): Member {
  return {
    id: row.id,
    number: row.number,
    kind: row.kind,
    card: row.card,
    wasteBank: row.waste_bank_id,
    closedMs: row.closed_ms,
    erasedMs: row.erased_ms,
    createdMs: row.created_ms,
  };
}

/** There is no such member. */
export function unknownMember(): MemberRefusal {
  return { kind: "refused", code: "member_unknown", reason: "there is no such member" };
}

/** The member is closed or erased. */
export function closedMember({ number, erasedMs }: Pick<Member, "number" | "erasedMs">): MemberRefusal {
  return erasedMs === null
    ? {
        kind: "refused",
        code: "member_closed",
        reason: `member ${number} is closed; let staff open the membership again to go on`,
      }
    : {
        kind: "refused",
        code: "member_erased",
        reason: `member ${number} was erased; register anew to go on`,
      };
}
