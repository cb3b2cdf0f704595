/** Sessions: who is signed in. The token is kept as its hash, so that a copy of the database signs nobody in. */
import { hashOfSecret, newSecret } from "../nodes/secret.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { toUser, type User } from "./users.ts";

/** How long a session lasts, in milliseconds: twelve hours, a long working day. */
export const SESSION_MS = 12 * 3_600_000;

/** Most sessions of one user at a time; the oldest ends when another begins. */
export const SESSIONS_PER_USER_MAX = 20;

/** Begins a session and answers its token, which is not kept. */
export async function beginSession(
  db: Db | Tx,
  user: string,
  nowMs: number,
): Promise<{ token: string; expiresMs: number }> {
  const token = newSecret();
  const expiresMs = nowMs + SESSION_MS;
  await db
    .insertInto("sessions")
    .values({ token_hash: hashOfSecret(token), user_id: user, created_ms: nowMs, expires_ms: expiresMs })
    .execute();
  await db.deleteFrom("sessions").where("expires_ms", "<=", nowMs).execute();
  const kept = db
    .selectFrom("sessions")
    .select("token_hash")
    .where("user_id", "=", user)
    .orderBy("expires_ms", "desc")
    .limit(SESSIONS_PER_USER_MAX);
  await db.deleteFrom("sessions").where("user_id", "=", user).where("token_hash", "not in", kept).execute();
  return { token, expiresMs };
}

/** User whom the token stands for; null when it is unknown or expired, or the user is disabled. */
export async function userOfSession(db: Db, token: string, nowMs: number): Promise<User | null> {
  const row = await db
    .selectFrom("sessions")
    .innerJoin("users", "users.id", "sessions.user_id")
    .selectAll("users")
    .where("sessions.token_hash", "=", hashOfSecret(token))
    .where("sessions.expires_ms", ">", nowMs)
    .where("users.disabled_ms", "is", null)
    .executeTakeFirst();
  return row === undefined ? null : toUser(row);
}

/** Ends a session. */
export async function endSession(db: Db, token: string): Promise<void> {
  await db.deleteFrom("sessions").where("token_hash", "=", hashOfSecret(token)).execute();
}

/** Ends all sessions of a user, but for the one of the token when it is given. */
export async function endSessionsOf(tx: Tx, user: string, exceptToken: string | null): Promise<void> {
  let query = tx.deleteFrom("sessions").where("user_id", "=", user);
  if (exceptToken !== null) query = query.where("token_hash", "!=", hashOfSecret(exceptToken));
  await query.execute();
}
