/** Registering a member, and changing what is known of one. */
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import type { MemberKind } from "../relational/tables/people-tables.ts";
import type { Vault } from "../vault/vault.ts";
import { type Consent, recordConsent } from "./consents.ts";
import { memberAlike } from "./member-alike.ts";
import {
  closedMember,
  insertMember,
  lockMember,
  type Member,
  type MemberRefusal,
  type NewMember,
  unknownMember,
} from "./members.ts";
import { keepNik, lastDigitsOf } from "./national-id.ts";
import { keepPersonalData, type PersonalData, personalDataOf } from "./personal-data.ts";

/** What a person at the counter tells of a member. */
export type GivenData = Omit<PersonalData, "nikLast4">;

/** A member to be registered. */
export interface Registration {
  member: NewMember;
  data: GivenData;
  /** 16 digits; only with a consent. */
  nik: string | null;
  /** Version of the text that the member has agreed to; null when the member was not asked. */
  consent: string | null;
  /** Whoever asks says that it is another person than the one with this name and phone; not when it is absent. */
  confirmsDuplicate?: boolean;
  actor: string;
  nowMs: number;
}

/** A member that was registered or changed. */
export type MemberOutcome = { kind: "done"; member: Member } | MemberRefusal;

/** Registers a member with personal data. Throws the database's refusal as `insertMember` does; a refusal must end the transaction. */
export async function registerMember(
  vault: Vault,
  tx: Tx,
  { member: wanted, data, nik, consent, confirmsDuplicate = false, actor, nowMs }: Registration,
): Promise<MemberOutcome> {
  if (nik !== null && consent === null) return consentMissing();
  const alike = confirmsDuplicate ? null : await memberAlike(vault, tx, data);
  if (alike !== null) {
    return {
      kind: "refused",
      code: "member_alike",
      reason: `member ${alike} has this name and phone: use that one; if it is another person, send it again with confirm_duplicate: true`,
    };
  }
  const member = await insertMember(tx, { member: wanted, nowMs });
  if (consent !== null)
    await recordConsent(tx, {
      member: member.id,
      act: "given",
      version: consent,
      takenBy: actor,
      atMs: nowMs,
    });
  if (nik !== null) {
    const refusal = await keepNik(vault, tx, { member: member.id, nik });
    if (refusal !== null) return refusal;
  }
  const known = { ...data, nikLast4: nik === null ? null : lastDigitsOf(nik) };
  await keepPersonalData(vault, tx, { member: member.id, data: known, nowMs });
  await recordDeed(tx, {
    actor,
    action: "member.registered",
    subject: `member:${member.id}`,
    atMs: nowMs,
  });
  return { kind: "done", member };
}

/** What is to be known of a member from now on. */
export interface MemberChange {
  member: string;
  kind: MemberKind;
  data: GivenData;
  /** A new NIK; null takes it away, undefined leaves it as it is. */
  nik: string | null | undefined;
  actor: string;
  nowMs: number;
}

/** Changes what is known of a member. A NIK needs a consent that holds. A refusal must end the transaction. */
export async function changeMember(
  vault: Vault,
  tx: Tx,
  { member: id, kind, data, nik, actor, nowMs }: MemberChange,
): Promise<MemberOutcome> {
  const member = await lockMember(tx, id);
  if (member === null) return unknownMember();
  if (member.erasedMs !== null) return closedMember(member);
  if (nik !== undefined) {
    if (nik !== null && !(await hasConsent(tx, id))) return consentMissing();
    const refusal = await keepNik(vault, tx, { member: id, nik });
    if (refusal !== null) return refusal;
  }
  const before = (await personalDataOf(vault, tx, [id])).get(id);
  const nikLast4 = nik === undefined ? (before?.nikLast4 ?? null) : nik && lastDigitsOf(nik);
  await tx.updateTable("members").set({ kind }).where("id", "=", id).execute();
  await keepPersonalData(vault, tx, { member: id, data: { ...data, nikLast4 }, nowMs });
  await recordDeed(tx, {
    actor,
    action: "member.changed",
    subject: `member:${id}`,
    atMs: nowMs,
  });
  return { kind: "done", member: { ...member, kind } };
}

/** Takes down that a member agrees to a text, or takes the agreement back. */
export async function takeConsent(tx: Tx, consent: Consent & { member: string }): Promise<MemberOutcome> {
  const member = await lockMember(tx, consent.member);
  if (member === null) return unknownMember();
  if (member.erasedMs !== null) return closedMember(member);
  if (consent.act === "withdrawn" && !(await hasConsent(tx, member.id))) {
    return {
      kind: "refused",
      code: "consent_missing",
      reason: "there is no consent that could be taken back",
    };
  }
  await recordConsent(tx, consent);
  return { kind: "done", member };
}

async function hasConsent(tx: Tx, member: string): Promise<boolean> {
  const last = await tx
    .selectFrom("consents")
    .select("act")
    .where("member_id", "=", member)
    .orderBy("seq", "desc")
    .executeTakeFirst();
  return last?.act === "given";
}

function consentMissing(): MemberRefusal {
  return {
    kind: "refused",
    code: "consent_missing",
    reason: "a NIK is kept only of a member who agrees to it: take the consent first, or leave the NIK out",
  };
}
