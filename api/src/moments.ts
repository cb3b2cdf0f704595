/** Moments and days: ISO 8601 and milliseconds on the way in, ISO 8601 on the way out. */
import { startOfDayMs } from "@jumpa-madu/contracts/local-day";
import { ProblemError } from "./problem-error.ts";

/** Writes a moment as ISO 8601 in UTC. */
export function toIso(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Writes a moment, or null. */
export function toIsoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : toIso(atMs);
}

/**
 * Reads a moment in milliseconds; null when it is absent. The schema has checked its form. A day alone is its midnight in WIB,
 * as days are everywhere else.
 *
 * Throws ProblemError `invalid` when there is no such moment, such as on 30 February.
 */
export function parseMoment(given: string | number | null | undefined, path: string): number | null {
  if (given === undefined || given === null) return null;
  if (typeof given === "number") return given;
  if (DAY.test(given)) return parseDay(given, path);
  const atMs = /^[0-9]+$/.test(given) ? Number(given) : Date.parse(given);
  const isReal = Number.isSafeInteger(atMs) && Math.abs(atMs) <= 8.64e15 && isSameDay(given, atMs);
  if (isReal) return atMs;
  throw new ProblemError("invalid", `${path} is not a moment`, {
    faults: [{ path, message: `there is no moment ${given}` }],
  });
}

/** A day without a time. */
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

/** First millisecond of a day in WIB. Throws ProblemError `invalid` when there is no such day. */
export function parseDay(day: string, path: string): number {
  try {
    return startOfDayMs(day);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ProblemError("invalid", `${path} is not a day`, {
      faults: [{ path, message: `there is no day ${day}` }],
      cause,
    });
  }
}

/** Which time a list is of; what is absent does not narrow. */
interface GivenSpan {
  from?: string;
  to?: string;
}

/** Reads moments from and to. Throws ProblemError `invalid` when one is none, or the time ends before it begins. */
export function parseSpan({ from, to }: GivenSpan): { fromMs: number | null; toMs: number | null } {
  const span = { fromMs: parseMoment(from, "/querystring/from"), toMs: parseMoment(to, "/querystring/to") };
  refuseBackward({ from, to }, span);
  return span;
}

/** Reads days from and to, as their midnights in WIB; `toMs` is where the last day begins. Throws as `parseSpan` does. */
export function parseDays({ from, to }: GivenSpan): { fromMs: number | null; toMs: number | null } {
  const span = {
    fromMs: from === undefined ? null : parseDay(from, "/querystring/from"),
    toMs: to === undefined ? null : parseDay(to, "/querystring/to"),
  };
  refuseBackward({ from, to }, span);
  return span;
}

function refuseBackward(
  { from, to }: { from: string | undefined; to: string | undefined },
  { fromMs, toMs }: { fromMs: number | null; toMs: number | null },
): void {
  if (fromMs === null || toMs === null || fromMs <= toMs) return;
  throw new ProblemError("invalid", `the time ends at ${to}, before it begins at ${from}`, {
    faults: [{ path: "/querystring/to", message: `give ${from} or later` }],
  });
}

/** Date.parse takes 30 February for 1 or 2 March; the day of month tells, within the day that an offset may shift. */
function isSameDay(text: string, atMs: number): boolean {
  const day = /^[0-9]{4}-[0-9]{2}-([0-9]{2})/.exec(text)?.[1];
  if (day === undefined) return true;
  const offset = /([+-])([0-9]{2}):([0-9]{2})$/.exec(text.slice(10));
  const sign = offset?.[1] === "-" ? -1 : 1;
  const shiftMs = sign * (Number(offset?.[2] ?? 0) * 60 + Number(offset?.[3] ?? 0)) * 60_000;
  return new Date(atMs + shiftMs).getUTCDate() === Number(day);
}

/** Widths of windows in milliseconds. */
const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a width such as `15m` in milliseconds; null when it is absent. The schema has checked its form. */
export function parseWidth(given: string | undefined): number | null {
  if (given === undefined) return null;
  return Number(given.slice(0, -1)) * (UNIT_MS[given.slice(-1)] ?? Number.NaN);
}
