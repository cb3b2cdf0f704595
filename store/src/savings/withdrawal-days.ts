/** On which days the rules of a product let money out of a book. Pure; days are days in WIB, as people at the counter mean them. */
import { DAY_MS, dayOf, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import type { WithdrawalRules } from "./rules.ts";

type DayRules = Pick<WithdrawalRules, "windows" | "lockDays" | "lockedUntil">;

/** First day on which the lock is over: the day of opening plus the lock's days, or the day until which all is locked. */
export function unlockDay({ lockDays, lockedUntil }: DayRules, openedMs: number): string {
  const byAge = dayAfter(dayOf(openedMs), lockDays);
  return lockedUntil !== null && lockedUntil > byAge ? lockedUntil : byAge;
}

/** True when a day lies in one of the windows, or when there are none. */
export function isInWindow({ windows }: Pick<DayRules, "windows">, day: string): boolean {
  return windows.length === 0 || windows.some(({ from, until }) => from <= day && day <= until);
}

/** First day, `from` or later, on which neither lock nor window stands in the way; null when no window is left. */
export function firstOpenDay(rules: DayRules, openedMs: number, from: string): string | null {
  const unlocked = unlockDay(rules, openedMs);
  const day = unlocked > from ? unlocked : from;
  if (isInWindow(rules, day)) return day;
  const starts = rules.windows.map((window) => window.from).filter((start) => start > day);
  return starts.sort()[0] ?? null;
}

function dayAfter(day: string, days: number): string {
  return dayOf(startOfDayMs(day) + days * DAY_MS);
}
