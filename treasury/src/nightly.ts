/** What the treasury does for the proof: seals new rows every minute, and closes each day after it has ended. */
import { DAY_MS, dayOf, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import { type CloseRun, closeDay } from "@jumpa-madu/store/close-day";
import { firstDay, lastClosedDay } from "@jumpa-madu/store/closes";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { sealAll } from "@jumpa-madu/store/seals";

/** How long after midnight (WIB) a day is closed, in milliseconds: for what was on its way at midnight. */
const CLOSE_AFTER_MS = 30 * 60_000;

/** The day that should be closed at a moment: yesterday, or the day before within the half hour after midnight. */
export function dayToClose(nowMs: number): string {
  return dayOf(startOfDayMs(dayOf(nowMs - CLOSE_AFTER_MS)) - DAY_MS);
}

/** One turn. Null when no close was due; a day that was missed while the treasury was down is within the next close. */
export async function sealAndClose(store: RelationalStore, nowMs: number): Promise<CloseRun | null> {
  const day = dayToClose(nowMs);
  if (await isDue(store, day)) return await closeDay(store, { day, wasteBank: null, by: "job:close", nowMs });
  await sealAll(store, { since: "last", nowMs });
  return null;
}

/** Whether a day waits to be closed. None from before there was a waste bank does, or each minute would verify the books for it. */
async function isDue({ db }: RelationalStore, day: string): Promise<boolean> {
  const last = await lastClosedDay(db);
  if (last !== null) return last < day;
  const first = await firstDay(db);
  return first !== null && first <= day;
}
