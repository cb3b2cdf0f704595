/** People of the HTTP face: sessions, users, and what members have saved. */
import Type, { type Static } from "typebox";
import { EventId, MemberId, NameId } from "../ids.ts";
import { LIST_QUERY, Moment, MomentCursor, orNull, pageOf, strict } from "./text.ts";

/** What a person may do. */
export const USER_ROLES = ["admin", "staff", "operator", "collector", "member"] as const;

/** Fewest characters of a password (NIST SP 800-63B asks for eight; there is no second factor here yet). */
export const PASSWORD_LENGTH_MIN = 10;

/** Most characters of a password: enough for a sentence, short enough to hash. */
export const PASSWORD_LENGTH_MAX = 200;

export const Username = Type.String({ pattern: "^[a-z0-9._-]{3,64}$" });
const Password = Type.String({ minLength: PASSWORD_LENGTH_MIN, maxLength: PASSWORD_LENGTH_MAX });

/** A password that is tried may have any length, so that the answer does not tell the rule from the fault. */
export const SignIn = Type.Object(
  { username: Username, password: Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH_MAX }) },
  strict,
);

const userFields = {
  id: EventId,
  username: Username,
  role: Type.Enum(USER_ROLES),
  waste_bank: orNull(NameId),
  member: orNull(MemberId),
};

export const SessionUser = Type.Object(userFields, strict);
export type SessionUser = Static<typeof SessionUser>;

export const Session = Type.Object({ token: Type.String(), expires_at: Moment, user: SessionUser }, strict);
export type Session = Static<typeof Session>;

export const User = Type.Object(
  {
    ...userFields,
    disabled: Type.Boolean(),
    has_pin: Type.Boolean({ description: "may agree to a typed weight at the own waste bank" }),
    created_at: Moment,
  },
  strict,
);
export type User = Static<typeof User>;

/** A user to be made. Without a password one is drawn, and answered once. */
export const NewUser = Type.Object(
  {
    username: Username,
    role: Type.Enum(USER_ROLES),
    waste_bank: Type.Optional(orNull(NameId)),
    member: Type.Optional(
      orNull({
        ...MemberId,
        description:
          "whose user it is, for the role member; of others the member that they are, who decides about no own money",
      }),
    ),
    password: Type.Optional(Password),
  },
  strict,
);
export type NewUser = Static<typeof NewUser>;

export const CreatedUser = Type.Object(
  {
    ...User.properties,
    password: orNull(
      Type.String({ description: "the password that was drawn; null when it was given, or in a replay" }),
    ),
  },
  strict,
);

/** The member that an office user is; null: none. */
export const MemberOfUser = Type.Object({ member: orNull(MemberId) }, strict);

/** A new password for another user. Without one it is drawn, and answered once. */
export const PasswordReset = Type.Object({ password: Type.Optional(Password) }, strict);

/** A new password for oneself. The current one may have any length, as at signing in. */
export const PasswordChange = Type.Object(
  { current: Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH_MAX }), new: Password },
  strict,
);

/** A PIN with which a user agrees to a typed weight at a terminal. */
export const PinChange = Type.Object(
  { pin: Type.String({ pattern: "^[0-9]{6,12}$", description: "6 to 12 digits" }) },
  strict,
);

export const UserPage = pageOf(User);

export const StatementLine = Type.Object(
  {
    occurred_at: Moment,
    kind: Type.String({ description: "deposit, deposit_void, …" }),
    amount: Type.Integer({ description: "whole rupiah, above zero when it came in" }),
    deposit: orNull(EventId),
    receipt_no: orNull(Type.String()),
    waste_bank: NameId,
    journal: EventId,
  },
  strict,
);
export type StatementLine = Static<typeof StatementLine>;

const Books = Type.Object({ waste_bank: NameId, balance: Type.Integer(), available: Type.Integer() }, strict);

/** What a member has saved, whole rupiah. `available` is what may be taken out: the balance less what is held. */
export const MemberAccount = Type.Object(
  {
    member: MemberId,
    currency: Type.Literal("IDR"),
    balance: Type.Integer(),
    available: Type.Integer(),
    books: Type.Array(Books),
    lines: Type.Array(StatementLine, { description: "newest first" }),
    next: orNull(Type.String()),
  },
  strict,
);
export type MemberAccount = Static<typeof MemberAccount>;

export const StatementQuery = Type.Object({ ...LIST_QUERY, after: MomentCursor }, strict);
