/** Parts that the routes of members share: how a member is shown, and what a refusal is told as. */
import type { Member } from "@jumpa-madu/contracts/http/members";
import { type Consent, consentsOf } from "@jumpa-madu/store/consents";
import type { MemberOutcome } from "@jumpa-madu/store/member-registration";
import type { Member as MemberRow } from "@jumpa-madu/store/members";
import { type PersonalData, personalDataOf } from "@jumpa-madu/store/personal-data";
import { canonicalPhone } from "@jumpa-madu/store/phone-number";
import type { User } from "@jumpa-madu/store/users";
import type { Rooms } from "../app.ts";
import { toIso, toIsoOrNull } from "../moments.ts";
import { type ProblemCode, ProblemError } from "../problem-error.ts";

type MemberRefusal = Exclude<MemberOutcome, { kind: "done" }>;

const REFUSALS: Record<MemberRefusal["code"], ProblemCode> = {
  member_unknown: "not_found",
  member_closed: "conflict",
  member_erased: "conflict",
  member_owes: "conflict",
  nik_taken: "conflict",
  member_alike: "conflict",
  consent_missing: "refused",
};

/** Members as people see them: with their names and consents. */
export async function shown({ store, vault }: Rooms, members: MemberRow[]): Promise<Member[]> {
  const ids = members.map(({ id }) => id);
  const known = await personalDataOf(vault, store.db, ids);
  const consents = await consentsOf(store.db, ids);
  return members.map((member) => toMember(member, known.get(member.id), consents.get(member.id)));
}

/** One member as people see it. */
export async function shownOne(rooms: Rooms, member: MemberRow): Promise<Member> {
  const [one] = await shown(rooms, [member]);
  return one ?? toMember(member, undefined, undefined);
}

/** A phone number as it is kept, in one spelling (E.164). Throws ProblemError `invalid` when the text is none. */
export function phoneOf(given: string | null): string | null {
  if (given === null) return null;
  const number = canonicalPhone(given);
  if (number !== null) return `+${number}`;
  throw new ProblemError("invalid", "this is no phone number", {
    faults: [
      { path: "/phone", message: "write 6 to 15 digits, such as 0812-3456-7890 or +62 812 3456 7890" },
    ],
  });
}

/** The member as an answer that is kept: without name and phone, which must not be in the books. */
export function nameless(member: Member): Member {
  return { ...member, name: null, phone: null };
}

/** A kept answer with the name and phone that are known of the member now. */
export async function named({ store, vault }: Rooms, kept: unknown): Promise<unknown> {
  const member = kept as Member;
  const data = (await personalDataOf(vault, store.db, [member.id])).get(member.id);
  return { ...member, name: data?.name ?? null, phone: data?.phone ?? null };
}

/** The member of an outcome. Throws ProblemError when it was refused; the transaction ends with it. */
export function done(outcome: MemberOutcome): MemberRow {
  if (outcome.kind === "done") return outcome.member;
  const confirming = [{ path: "/confirm_duplicate", message: "true: it is another person, register" }];
  throw new ProblemError(REFUSALS[outcome.code], outcome.reason, {
    faults: outcome.code === "member_alike" ? confirming : [],
  });
}

/** The caller as the audit log names it. */
export function actorOf({ id }: User): string {
  return `user:${id}`;
}

/** A member with what is known of it. */
export function toMember(
  { id, number, kind, card, wasteBank, closedMs, erasedMs, createdMs }: MemberRow,
  data: Pick<PersonalData, "name" | "phone"> | undefined,
  consent: Consent | undefined,
): Member {
  return {
    id,
    number,
    kind,
    name: data?.name ?? null,
    phone: data?.phone ?? null,
    ...cardShown(card),
    waste_bank: wasteBank,
    consent: consent === undefined ? null : toConsent(consent),
    closed_at: toIsoOrNull(closedMs),
    erased_at: toIsoOrNull(erasedMs),
    created_at: toIso(createdMs),
  };
}

/** Shortest code of a card of which a part is shown. */
const HINTED_LENGTH_MIN = 8;

/** What people see of a card: its end, to tell cards apart; nothing of a code that is so short that the end would give it away. */
export function cardShown(card: string | null): Pick<Member, "has_card" | "card_hint"> {
  const isHinted = card !== null && card.length >= HINTED_LENGTH_MIN;
  return { has_card: card !== null, card_hint: isHinted ? card.slice(-4) : null };
}

/** An act of consent as people see it. */
export function toConsent({ act, version, atMs }: Consent): NonNullable<Member["consent"]> {
  return { act, version, at: toIso(atMs) };
}
