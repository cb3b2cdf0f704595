/** Finds out who asks: by the bearer token of a session. */
import type { Db } from "@jumpa-madu/store/relational-store";
import { userOfSession } from "@jumpa-madu/store/sessions";
import type { User } from "@jumpa-madu/store/users";

/** A token as `beginSession` draws it. Anything else is refused without asking the database. */
const BEARER = /^Bearer ([A-Za-z0-9_-]{43})$/i;

/** Token of the Authorization header; null when there is none that could be ours. */
export function bearerOf(authorization: string | undefined): string | null {
  return BEARER.exec(authorization ?? "")?.[1] ?? null;
}

/** User of the Authorization header; null when there is none. */
export async function identify(
  db: Db,
  authorization: string | undefined,
  nowMs: number,
): Promise<User | null> {
  const token = bearerOf(authorization);
  return token === null ? null : await userOfSession(db, token, nowMs);
}
