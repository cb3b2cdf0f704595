/** Members on the HTTP face: registration, what is known of them, cards, consents, and how they end. */
import Type, { type Static } from "typebox";
import { MemberId, NameId } from "../ids.ts";
import { Label, LastingReason, LIST_QUERY, Moment, NameCursor, orNull, pageOf, strict } from "./text.ts";

/** A person, people who save together, or a body such as a school or an office. */
export const MEMBER_KINDS = ["individual", "group", "organisation"] as const;

/** Number of a member, as on the card. */
export const MemberNumber = Type.String({ pattern: "^[A-Z0-9-]{1,80}$" });

/** Code on a member's card, as a reader reads it: the number of an RFID card, or the text of a QR code. */
export const CardCode = Type.String({ pattern: "^[\\x21-\\x7e]([\\x20-\\x7e]{0,62}[\\x21-\\x7e])?$" });

/** The card of a member; null takes it away. */
export const CardChange = Type.Object({ card: orNull(CardCode) }, strict);

/** A phone number as people write it; kept as E.164. */
const Phone = Type.String({
  minLength: 1,
  maxLength: 32,
  description:
    "with 0, 62 or +62 in front, with or without spaces, hyphens, dots and brackets; answered as +62…",
});

/** National identity number. */
const Nik = Type.String({
  pattern: "^[0-9]{16}$",
  description: "16 digits; only a keyed hash and the last four digits are kept; needs a consent",
});

/** Name of a text that members agree to. */
const ConsentVersion = Type.String({ pattern: "^[A-Za-z0-9._-]{1,40}$" });

export const Consent = Type.Object(
  { act: Type.Enum(["given", "withdrawn"] as const), version: ConsentVersion, at: Moment },
  strict,
);

export const Member = Type.Object(
  {
    id: MemberId,
    number: MemberNumber,
    kind: Type.Enum(MEMBER_KINDS),
    name: orNull(Type.String({ description: "null when none is known: the number is shown instead" })),
    phone: orNull(Type.String()),
    has_card: Type.Boolean(),
    card_hint: orNull(
      Type.String({
        description: "the last 4 characters of the card's code; null when the code is shorter than 8",
      }),
    ),
    waste_bank: NameId,
    consent: orNull(Consent),
    closed_at: orNull(Moment),
    erased_at: orNull(Moment),
    created_at: Moment,
  },
  strict,
);
export type Member = Static<typeof Member>;

/** A member who has just been given a card. Whoever has the code can pass for the member, so it is in no other answer. */
export const MemberWithCard = Type.Object(
  {
    ...Member.properties,
    card: orNull(
      Type.String({
        description: "code of the card, shown this once; null when it was taken away, and to a repeat",
      }),
    ),
  },
  strict,
);

/** A member to be registered; a number is drawn when it is absent. */
export const NewMember = Type.Object(
  {
    name: Label,
    waste_bank: NameId,
    kind: Type.Optional(Type.Enum(MEMBER_KINDS, { description: "individual when it is absent" })),
    number: Type.Optional(MemberNumber),
    phone: Type.Optional(orNull(Phone)),
    address: Type.Optional(orNull(Label)),
    contact: Type.Optional(orNull(Label)),
    nik: Type.Optional(orNull(Nik)),
    consent: Type.Optional(Type.Object({ version: ConsentVersion }, strict)),
    card: Type.Optional(orNull(CardCode)),
    confirm_duplicate: Type.Optional(
      Type.Boolean({ description: "true: it is another person than the member with this name and phone" }),
    ),
  },
  strict,
);
export type NewMember = Static<typeof NewMember>;

/** What is to be known of a member from now on; `nik` alone stays as it is when it is absent. */
export const MemberChange = Type.Object(
  {
    name: Label,
    kind: Type.Enum(MEMBER_KINDS),
    phone: orNull(Phone),
    address: orNull(Label),
    contact: orNull(Label),
    nik: Type.Optional(orNull(Nik)),
  },
  strict,
);

/** All that is known of a member as a person. */
export const MemberPersonalData = Type.Object(
  {
    member: MemberId,
    name: orNull(Type.String()),
    phone: orNull(Type.String()),
    address: orNull(Type.String()),
    contact: orNull(Type.String({ description: "whom to ask for at a group or organisation" })),
    nik_last4: orNull(Type.String()),
  },
  strict,
);

export const MemberPage = pageOf(Member);

const searched = {
  minLength: 1,
  maxLength: 100,
  pattern: "^[^\\u0000-\\u001f\\u007f]*$",
};

export const MemberListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: NameCursor,
    waste_bank: Type.Optional(NameId),
    q: Type.Optional(
      Type.String({
        ...searched,
        description:
          "beginning of the number or of the code in an imported book, beginnings of words of the name (two characters or more), the whole phone number or the whole card",
      }),
    ),
    card: Type.Optional(CardCode),
    phone: Type.Optional(
      Type.String({ ...searched, description: "a phone number in any spelling: 0812…, 62812…, +62 812-…" }),
    ),
    consent: Type.Optional(
      Type.Enum(["withdrawn"] as const, {
        description: "those who took their consent back and are not erased yet",
      }),
    ),
  },
  strict,
);

/** An act of consent that is taken down. */
export const NewConsent = Type.Object(
  { act: Type.Enum(["given", "withdrawn"] as const), version: ConsentVersion },
  strict,
);

/** Acts of consent of a member, the last one first. */
export const ConsentList = Type.Object({ items: Type.Array(Consent) }, strict);

/** Why a member is closed or erased. */
export const EndingReason = Type.Object({ reason: LastingReason }, strict);
