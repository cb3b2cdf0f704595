/** Heat: tells when a bin burns, and when it no longer does. */
import type { Watched } from "./happening.ts";
import type { Pace } from "./pace.ts";

/** Air above this burns, in degrees Celsius: the sun on a lid of dark plastic stays below it. */
export const FIRE_TEMP_C = 60;

/** Air above this is not cool again. */
export const COOL_TEMP_C = 50;

/** A rise faster than this burns, in degrees a minute, when the waste sinks meanwhile by at least SINKING_MM. */
export const RISE_C_PER_MIN = 5;
export const SINKING_MM = 20;

/** Time over which a rise is looked at, and pause between two temperatures that are remembered for it. */
export const RISE_MS = 60_000;
const REMEMBER_EVERY_MS = 5_000;

const MS_PER_MIN = 60_000;

/** What a sensor felt at a moment. `distanceMm` is null when it found no echo; `alarm` is the sensor's own word, if it has one. */
export interface Warmth {
  readonly tempC: number | null;
  readonly distanceMm: number | null;
  readonly alarm?: boolean | undefined;
}

interface Felt {
  readonly tempC: number;
  readonly distanceMm: number | null;
  readonly atMs: number;
}

/** What is remembered of a bin: the temperatures of the last minute, oldest first; since when it has been cool while it burns. */
export interface Heat {
  readonly felt: readonly Felt[];
  readonly burns: boolean;
  readonly coolSinceMs: number | null;
}

/** A bin of which nothing is known. */
export const COOL: Heat = { felt: [], burns: false, coolSinceMs: null };

/** Takes what is felt now. A fire is told at once; its end when it has been cool for as long as the pace says. */
export function watchHeat(
  { felt, burns, coolSinceMs }: Heat,
  { tempC, distanceMm, alarm }: Warmth,
  { nowMs, pace }: { nowMs: number; pace: Pace },
): Watched<Heat> {
  if (tempC === null && alarm === undefined) return { state: { felt, burns, coolSinceMs }, happened: [] };
  const now = tempC === null ? null : { tempC, distanceMm, atMs: nowMs };
  const kept = now === null ? felt : remember(felt, now);
  const hot =
    alarm === true || (now !== null && (now.tempC > FIRE_TEMP_C || felt.some((then) => flares(then, now))));
  const temp = tempC === null ? {} : { temp_c: tempC };
  if (!burns) {
    const happened = hot ? [{ event: "fire" as const, ...temp }] : [];
    return { state: { felt: kept, burns: hot, coolSinceMs: null }, happened };
  }
  const cool = !hot && (tempC === null || tempC < COOL_TEMP_C);
  const sinceMs = cool ? (coolSinceMs ?? nowMs) : null;
  if (sinceMs !== null && nowMs - sinceMs >= pace.coolMs) {
    return {
      state: { felt: kept, burns: false, coolSinceMs: null },
      happened: [{ event: "fire_over", ...temp }],
    };
  }
  return { state: { felt: kept, burns, coolSinceMs: sinceMs }, happened: [] };
}

/** True when it has become warmer fast while the waste sank. */
function flares(then: Felt, now: Felt): boolean {
  if (then.distanceMm === null || now.distanceMm === null) return false;
  const minutes = Math.max(1, (now.atMs - then.atMs) / MS_PER_MIN);
  return (
    (now.tempC - then.tempC) / minutes > RISE_C_PER_MIN && now.distanceMm - then.distanceMm >= SINKING_MM
  );
}

/** Keeps the last minute, at most one temperature each few seconds, and one that is older, to compare with when they are rare. */
function remember(felt: readonly Felt[], now: Felt): Felt[] {
  const last = felt.at(-1);
  if (last !== undefined && now.atMs - last.atMs < REMEMBER_EVERY_MS) return [...felt];
  const fresh = felt.findIndex(({ atMs }) => now.atMs - atMs <= RISE_MS);
  return [...felt.slice(fresh === -1 ? -1 : Math.max(0, fresh - 1)), now];
}
