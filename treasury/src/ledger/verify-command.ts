/** `ledger verify`: whether every promise of the books holds, and which row breaks which. */

import { headsOf, type NamedHead, readHeads, writeHeads } from "@jumpa-madu/store/chain-heads";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { unsealedOf } from "@jumpa-madu/store/seals";
import { VIOLATIONS_MAX, verifyLedger } from "@jumpa-madu/store/verify-ledger";
import { CommandError } from "./command-error.ts";

/**
 * Prints `{ok, violations, sealed: {journals, audit_events}, unsealed, heads, counted}`; each violation is also said in words. `kept`: a line of heads
 * as a close has printed it. Answers the exit code. Throws CommandError when that line has no head.
 */
export async function runVerify(store: RelationalStore, kept: string | null): Promise<number> {
  const violations = await verifyLedger(store.db, Date.now(), kept === null ? [] : headsKept(kept));
  for (const { table, id, what, expected, found } of violations) {
    process.stderr.write(`${table} ${id}: ${what}: expected ${expected}, found ${found}\n`);
  }
  if (violations.length === VIOLATIONS_MAX)
    process.stderr.write(`there may be more; these are the first ${VIOLATIONS_MAX}\n`);
  const chains = await headsOf(store.db);
  const unsealed = await unsealedOf(store.db);
  const rows = Object.entries(unsealed).map(([chain, count]) => `${count} of ${chain}`);
  if (rows.length > 0) {
    process.stderr.write(
      `not sealed yet, so the heads say nothing of them: ${rows.join(", ")}; the treasury seals every minute, \`ledger close\` at once\n`,
    );
  }
  const report = {
    ok: violations.length === 0,
    violations,
    sealed: { journals: chains.journals, audit_events: chains.audit_events },
    unsealed,
    heads: writeHeads(chains),
    counted: await countsOf(store),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.ok ? 0 : 1;
}

function headsKept(line: string): NamedHead[] {
  const heads = readHeads(line);
  if (heads.length > 0 && heads.length === line.split(";").filter((part) => part.trim() !== "").length)
    return heads;
  throw new CommandError(
    "--heads is a line as `ledger close` prints it, each hash with all its 64 digits, such as: journals 12 ab…; audit_events 30 cd…",
  );
}

/** How much was looked at, so that an empty database is not taken for a proof. */
async function countsOf({ db }: RelationalStore): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ["accounts", "journals", "transfers", "deposits"] as const) {
    const { count } = await db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    counts[table] = Number(count);
  }
  return counts;
}
