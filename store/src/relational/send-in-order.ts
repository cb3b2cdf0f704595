/** Statements of a transaction that do not wait for each other's answers. */
import { engineOf } from "./engine-of.ts";
import type { Db } from "./relational-store.ts";

/**
 * Sends statements one behind the other, each by one call of a `statement`, and answers when all are done. PostgreSQL gets
 * them without waiting for an answer between two, which makes one journey of many; it runs them in order, and after one that
 * fails it refuses the others of a transaction. SQLite, which is in this process, runs the next when one is done.
 *
 * Throws what the first that fails throws; those behind it have left nothing.
 */
export async function sendInOrder<const Sends extends readonly (() => Promise<unknown>)[]>(
  db: Db,
  sends: Sends,
): Promise<{ -readonly [Index in keyof Sends]: Awaited<ReturnType<Sends[Index]>> }> {
  const answers: unknown[] = [];
  if (engineOf(db) === "sqlite") for (const send of sends) answers.push(await send());
  else {
    // All must be over before somebody rolls back, and the first failure is the one that says why.
    for (const outcome of await Promise.allSettled(sends.map((send) => send()))) {
      if (outcome.status === "rejected") throw outcome.reason;
      answers.push(outcome.value);
    }
  }
  return answers as { -readonly [Index in keyof Sends]: Awaited<ReturnType<Sends[Index]>> };
}
