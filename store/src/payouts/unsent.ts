/** Attempts that wait to be sent for too long: turned away at the door each time, or never tried. A person is told of them. */
import type { RelationalStore } from "../relational/relational-store.ts";
import { raiseAlarm } from "./reviews.ts";

/** How long an attempt may wait to be sent before a person is told, and again after that, in milliseconds: six hours. */
export const CANNOT_SEND_MS = 6 * 3_600_000;

/** Alarms that one look raises; the next look goes on. */
export const CANNOT_SEND_ALARMS_MAX = 100;

/**
 * Raises the alarm `cannot_send` for attempts that have waited for CANNOT_SEND_MS and of which nothing has left; answers for how
 * many. What waits for a person already is left alone.
 */
export async function tellUnsent(store: RelationalStore, nowMs: number): Promise<number> {
  const beforeMs = nowMs - CANNOT_SEND_MS;
  return await store.transaction(async (tx) => {
    const waiting = await tx
      .selectFrom("payout_attempts as attempt")
      .innerJoin("payouts", "payouts.id", "attempt.payout_id")
      .select(["attempt.id", "attempt.payout_id as payout"])
      .where("attempt.state", "=", "queued")
      .where("attempt.created_ms", "<=", beforeMs)
      .where("payouts.state", "=", "paying")
      .where("payouts.review", "is", null)
      .where((on) =>
        on.not(
          on.exists(
            on
              .selectFrom("payout_alarms as told")
              .select("told.id")
              .where("told.kind", "=", "cannot_send")
              .whereRef("told.attempt_id", "=", "attempt.id")
              .where((and) => and.or([and("told.seen_ms", "is", null), and("told.seen_ms", ">", beforeMs)])),
          ),
        ),
      )
      .orderBy("attempt.created_ms")
      .orderBy("attempt.id")
      .limit(CANNOT_SEND_ALARMS_MAX)
      .execute();
    for (const { id, payout } of waiting)
      await raiseAlarm(tx, { kind: "cannot_send", payout, attempt: id, nowMs });
    return waiting.length;
  });
}
