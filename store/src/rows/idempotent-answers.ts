/**
 * Answers of writes that carried an idempotency key, so that a repeat gets the first answer.
 *
 * The key is claimed first, in the transaction that also does the work: a second request with the same key waits for the
 * first to commit and then finds its answer. When the work fails the claim goes with it, and the key is free again.
 */
import type { Db, Tx } from "../relational/relational-store.ts";

/** How long answers are kept, in milliseconds: a day. */
export const ANSWER_AGE_MS_MAX = 86_400_000;

/** Names one write of one user. */
export interface AnswerKey {
  user: string;
  key: string;
  requestHash: string;
}

/** An answer as it was given. `body` is JSON. */
export interface KeptAnswer {
  requestHash: string;
  status: number;
  body: string;
}

/** Claims the key. Null when it was free: do the work, then `keepAnswer`; else the answer that was given before. */
export async function claimAnswer(
  tx: Tx,
  { user, key, requestHash }: AnswerKey,
  nowMs: number,
): Promise<KeptAnswer | null> {
  await tx
    .deleteFrom("idempotent_answers")
    .where("user_id", "=", user)
    .where("key", "=", key)
    .where("created_ms", "<=", nowMs - ANSWER_AGE_MS_MAX)
    .execute();
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("idempotent_answers")
    .values({ user_id: user, key, request_hash: requestHash, status: 0, body: "", created_ms: nowMs })
    .onConflict((conflict) => conflict.columns(["user_id", "key"]).doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 1n) return null;
  const row = await tx
    .selectFrom("idempotent_answers")
    .select(["request_hash", "status", "body"])
    .where("user_id", "=", user)
    .where("key", "=", key)
    .executeTakeFirstOrThrow();
  return { requestHash: row.request_hash, status: row.status, body: row.body };
}

/** Keeps the answer under the key that was claimed. */
export async function keepAnswer(
  tx: Tx,
  { user, key }: AnswerKey,
  answer: { status: number; body: string },
): Promise<void> {
  await tx
    .updateTable("idempotent_answers")
    .set(answer)
    .where("user_id", "=", user)
    .where("key", "=", key)
    .execute();
}

/** Forgets answers that are older than a day; tells how many. */
export async function pruneAnswers(db: Db, nowMs: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom("idempotent_answers")
    .where("created_ms", "<=", nowMs - ANSWER_AGE_MS_MAX)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
