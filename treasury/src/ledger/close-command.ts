/** `ledger close`: seals, verifies and closes a day by hand; the treasury does it every night. */
import { DAY_MS, dayOf } from "@jumpa-madu/contracts/local-day";
import { closeDay } from "@jumpa-madu/store/close-day";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { CommandError } from "./command-error.ts";

/**
 * Prints `{day, closed: [{waste_bank, journals: {seq, hash}, audit: …}], skipped: [{waste_bank, reason}], violations, heads}`. Answers 1 when the books
 * are not in order. Throws CommandError when the day is none or has not ended.
 */
export async function runClose(
  store: RelationalStore,
  { day, wasteBank }: { day: string | null; wasteBank: string | null },
): Promise<number> {
  const nowMs = Date.now();
  const closing = day ?? dayOf(nowMs - DAY_MS);
  const { closed, skipped, violations, heads } = await closeOrExplain(store, {
    day: closing,
    wasteBank,
    nowMs,
  });
  for (const { table, id, what, expected, found } of violations) {
    process.stderr.write(`${table} ${id}: ${what}: expected ${expected}, found ${found}\n`);
  }
  const report = {
    day: closing,
    closed: closed.map(({ wasteBank: waste_bank, journals, audit }) => ({ waste_bank, journals, audit })),
    skipped: skipped.map(({ wasteBank: waste_bank, reason }) => ({ waste_bank, reason })),
    violations: violations.length,
    heads,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return violations.length === 0 ? 0 : 1;
}

async function closeOrExplain(
  store: RelationalStore,
  of: { day: string; wasteBank: string | null; nowMs: number },
) {
  try {
    return await closeDay(store, { ...of, by: "job:ledger-close" });
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(error.message, error);
    throw error;
  }
}
