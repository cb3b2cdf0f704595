/** Users: people who sign in. Their passwords are here only as the hash that the caller made. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { recordDeed } from "../proof/audit.ts";
import type { Db, RelationalStore, Tx } from "../relational/relational-store.ts";
import type { Role } from "../relational/tables.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { type MemberRefusal, memberToAct } from "./members.ts";

/** A user without the password. */
export interface User {
  id: string;
  username: string;
  role: Role;
  wasteBank: string | null;
  member: string | null;
  disabledMs: number | null;
  /** Whether the user has a PIN to agree to typed weights with. */
  hasPin: boolean;
  createdMs: number;
}

/** A user to be kept. `member`: whose user it is, for the role `member`; of others, the member that they are, if they are one. */
export interface NewUser {
  username: string;
  passwordHash: string;
  role: Role;
  wasteBank: string | null;
  member: string | null;
}

/**
 * Keeps a user of a member who may act, whom nobody closes or erases meanwhile: what is found of the member's users then is all
 * of them. Throws as insertUser does; a member who is unknown is the database's to refuse.
 */
export async function insertMemberUser(
  tx: Tx,
  user: NewUser,
  nowMs: number,
): Promise<{ kind: "kept"; user: User } | MemberRefusal> {
  const may = user.member === null ? null : await memberToAct(tx, user.member);
  if (may?.kind === "refused" && may.code !== "member_unknown") return may;
  return { kind: "kept", user: await insertUser(tx, user, nowMs) };
}

/** Keeps a user. Throws the database's refusal when the name is taken or a reference is unknown. */
export async function insertUser(db: Db | Tx, user: NewUser, nowMs: number): Promise<User> {
  const id = newEventId(nowMs);
  await db
    .insertInto("users")
    .values({
      id,
      username: user.username,
      password_hash: user.passwordHash,
      role: user.role,
      waste_bank_id: user.wasteBank,
      member_id: user.member,
      created_ms: nowMs,
    })
    .execute();
  const { username, role, wasteBank, member } = user;
  return { id, username, role, wasteBank, member, disabledMs: null, hasPin: false, createdMs: nowMs };
}

/** The user of this name with the hash of the password; null when there is none. */
export async function findCredentials(
  db: Db,
  username: string,
): Promise<{ user: User; passwordHash: string } | null> {
  const row = await db.selectFrom("users").selectAll().where("username", "=", username).executeTakeFirst();
  return row === undefined ? null : { user: toUser(row), passwordHash: row.password_hash };
}

/** Users by name. */
export async function listUsers(db: Db, { limit, after }: PageRequest): Promise<Page<User>> {
  let query = db
    .selectFrom("users")
    .selectAll()
    .orderBy("username")
    .limit(limit + 1);
  if (after !== null) query = query.where("username", ">", after);
  return pageOf((await query.execute()).map(toUser), limit, ({ username }) => username);
}

/** Shuts a user out, or lets the user back in when null. Null when there is no such user. Sessions are ended by `endSessionsOf`. */
export async function disableUser(tx: Tx, id: string, disabledMs: number | null): Promise<User | null> {
  return await changeUser(tx, id, { disabled_ms: disabledMs });
}

/** Replaces the hash of a user's password. Null when there is no such user. Sessions are ended by `endSessionsOf`. */
export async function replacePassword(tx: Tx, id: string, passwordHash: string): Promise<User | null> {
  return await changeUser(tx, id, { password_hash: passwordHash });
}

/**
 * Tells whether this is still the hash of the password of a user who may sign in, and makes others who would change it
 * wait until the transaction ends: a password takes long to check, and may be reset meanwhile.
 */
export async function holdPassword(
  engine: RelationalStore["engine"],
  tx: Tx,
  { id, passwordHash }: { id: string; passwordHash: string },
): Promise<boolean> {
  const query = tx
    .selectFrom("users")
    .select("id")
    .where("id", "=", id)
    .where("password_hash", "=", passwordHash)
    .where("disabled_ms", "is", null);
  const row = await (engine === "postgres" ? query.forUpdate() : query).executeTakeFirst();
  return row !== undefined;
}

/** What became of naming the member that a user is. `own_role`: a user of the role `member` stays that member's. */
export type MemberNaming =
  | { kind: "named"; user: User }
  | { kind: "unknown" }
  | { kind: "own_role" }
  | MemberRefusal;

/**
 * Names the member that an office user is, who then decides about no money of that member; null: none. Throws the database's refusal
 * of a member who is unknown.
 */
export async function nameMemberOf(
  tx: Tx,
  { id, member, actor }: { id: string; member: string | null; actor: string },
  nowMs: number,
): Promise<MemberNaming> {
  const may = member === null ? null : await memberToAct(tx, member);
  if (may?.kind === "refused" && may.code !== "member_unknown") return may;
  const row = await tx.selectFrom("users").select("role").where("id", "=", id).executeTakeFirst();
  if (row === undefined) return { kind: "unknown" };
  if (row.role === "member") return { kind: "own_role" };
  const user = await changeUser(tx, id, { member_id: member });
  if (user === null) return { kind: "unknown" };
  await recordDeed(tx, {
    actor,
    action: member === null ? "user.member_cleared" : "user.member_named",
    subject: `user:${id}`,
    atMs: nowMs,
  });
  return { kind: "named", user };
}

async function changeUser(
  tx: Tx,
  id: string,
  change: { disabled_ms: number | null } | { password_hash: string } | { member_id: string | null },
): Promise<User | null> {
  const row = await tx
    .updateTable("users")
    .set(change)
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : toUser(row);
}

/** Makes a user of a row. */
export function toUser(row: {
  id: string;
  username: string;
  role: Role;
  waste_bank_id: string | null;
  member_id: string | null;
  disabled_ms: number | null;
  pin_hash: string | null;
  created_ms: number;
}): User {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    wasteBank: row.waste_bank_id,
    member: row.member_id,
    disabledMs: row.disabled_ms,
    hasPin: row.pin_hash !== null,
    createdMs: row.created_ms,
  };
}
