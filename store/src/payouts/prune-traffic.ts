/** Forgets what providers have said, when it has been kept long enough: answers, and messages of the inbox. */
import type { RelationalStore } from "../relational/relational-store.ts";

const DAY_MS = 86_400_000;

/** How long the answers of providers are kept, in milliseconds: a year and what a yearly audit takes. The database refuses less. */
export const PROVIDER_ANSWERS_KEPT_MS = 400 * DAY_MS;

/** How long a message of the inbox is kept after it was worked through, in milliseconds. The database refuses less. */
export const INBOX_DONE_KEPT_MS = 90 * DAY_MS;

/** The same of a message that was parked: it may be evidence. */
export const INBOX_PARKED_KEPT_MS = 400 * DAY_MS;

/** Rows of each kind that one turn forgets, so that no turn holds the books for long; the rest goes with the next one. */
export const PRUNED_ROWS_MAX = 1_000;

/** One turn; answers how many rows were forgotten. */
export async function pruneProviderTraffic({ db }: RelationalStore, nowMs: number): Promise<number> {
  const answers = await db
    .deleteFrom("provider_answers")
    .where("id", "in", (select) =>
      select
        .selectFrom("provider_answers")
        .select("id")
        .where("at_ms", "<", nowMs - PROVIDER_ANSWERS_KEPT_MS)
        .orderBy("at_ms")
        .limit(PRUNED_ROWS_MAX),
    )
    .executeTakeFirstOrThrow();
  let pruned = Number(answers.numDeletedRows);
  for (const [state, keptMs] of [
    ["done", INBOX_DONE_KEPT_MS],
    ["parked", INBOX_PARKED_KEPT_MS],
  ] as const) {
    const { numDeletedRows } = await db
      .deleteFrom("webhook_inbox")
      .where("id", "in", (select) =>
        select
          .selectFrom("webhook_inbox")
          .select("id")
          .where("state", "=", state)
          // Of no use to the answer, but the index is by it: nothing is settled before it came.
          .where("received_ms", "<", nowMs - keptMs)
          .where("settled_ms", "<", nowMs - keptMs)
          .orderBy("received_ms")
          .limit(PRUNED_ROWS_MAX),
      )
      .executeTakeFirstOrThrow();
    pruned += Number(numDeletedRows);
  }
  return pruned;
}
