/** Work that leaves no trace when it is refused, within a transaction that goes on. */
import { sql } from "kysely";
import { dataTrouble } from "./data-trouble.ts";
import type { Tx } from "./relational-store.ts";

/** Times that work is tried when another transaction takes a unique value that it needs. */
const LOOKS_MAX = 2;

/**
 * Runs `work` and takes back what it did when its outcome is `refused` or it throws.
 *
 * Work that finds a unique value taken is run again: its second look sees what another transaction has stored meanwhile, and
 * tells what it means. Taken twice is thrown.
 */
export async function inSavepoint<Outcome extends { kind: string }>(
  tx: Tx,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  for (let look = 1; ; look++) {
    await sql`savepoint work`.execute(tx);
    try {
      const outcome = await work();
      if (outcome.kind === "refused") await sql`rollback to savepoint work`.execute(tx);
      await sql`release savepoint work`.execute(tx);
      return outcome;
    } catch (error) {
      // What is no trouble with the data has spoilt the transaction, and ends it.
      if (dataTrouble(error) === null) throw error;
      await sql`rollback to savepoint work`.execute(tx);
      if (dataTrouble(error) === "taken" && look < LOOKS_MAX) continue;
      await sql`release savepoint work`.execute(tx);
      throw error;
    }
  }
}
