/**
 * Days as people at the counter mean them: Western Indonesian Time (WIB), UTC+7 all year, without daylight saving
 * (Keppres 41/1987).
 */
import Type from "typebox";

const OFFSET_MS = 7 * 3_600_000;

/** Length of a day, in milliseconds. */
export const DAY_MS = 86_400_000;

/** A calendar day in WIB, `2026-11-24`. */
export const LocalDay = Type.String({
  pattern: "^20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$",
  description: "calendar day in WIB (UTC+7), such as 2026-11-24",
});

/** The day in WIB in which a moment lies. */
export function dayOf(atMs: number): string {
  return new Date(atMs + OFFSET_MS).toISOString().slice(0, 10);
}

/** The time on the clock in WIB at a moment, `14:05:09`. */
export function timeOf(atMs: number): string {
  return new Date(atMs + OFFSET_MS).toISOString().slice(11, 19);
}

/** First millisecond of a day in WIB. Throws RangeError when there is no such day, such as 2026-02-30. */
export function startOfDayMs(day: string): number {
  const utcMs = Date.parse(`${day}T00:00:00.000Z`);
  if (Number.isNaN(utcMs) || dayOf(utcMs) !== day) throw new RangeError(`there is no day ${day}`);
  return utcMs - OFFSET_MS;
}
