/** Card scans: from what a reader sends while a card is held before it to one scan each. */

/** Time for which the same code of the same reader is the same scan, in milliseconds: RFID readers repeat it 10 times a second. */
export const SAME_CODE_MS = 2_000;

/** Most scans of one reader that are taken in a second: nobody holds cards faster. */
export const SCANS_PER_S_MAX = 5;

const WINDOW_MS = 1_000;

/** Time for which a reader is not listened to after it has sent too much, in milliseconds. */
export const REST_MS = 1_000;

/** A code that was held before a reader. */
export interface Scan {
  /** Rises with each scan of the node, from 1. */
  readonly number: number;
  readonly code: string;
  /** Time of day, in milliseconds since 1970. */
  readonly atMs: number;
}

/** Debounces one reader. */
export interface Debounce {
  /** True when a code begins a new scan; each repetition prolongs the old one. */
  isNew(code: string, nowMs: number): boolean;
}

/** Starts with no code seen. `nowMs` of its calls is monotonic. */
export function debounce(sameCodeMs: number = SAME_CODE_MS): Debounce {
  let last: { code: string; seenAtMs: number } | null = null;
  return {
    isNew(code, nowMs) {
      const isSame = last !== null && last.code === code && nowMs - last.seenAtMs < sameCodeMs;
      last = { code, seenAtMs: nowMs };
      return !isSame;
    },
  };
}

/** Bounds the scans of one reader. */
export interface ScanBudget {
  /** Judges a new scan at `nowMs` (monotonic): whether it may be taken, came in the wake of too many, or is itself one too many. */
  judge(nowMs: number): "taken" | "ignored" | "too_many";
  /** Takes note that more came than any reader can mean. */
  exceed(nowMs: number): void;
  /** True while the reader is ignored: from the first scan too many until a pause of REST_MS has been followed by a second that is in order. */
  isExceededAt(nowMs: number): boolean;
}

/** Makes a full budget. */
export function scanBudget(): ScanBudget {
  let windowFromMs = Number.NEGATIVE_INFINITY;
  let scans = 0;
  let exceededAtMs = Number.NEGATIVE_INFINITY;
  const isExceededAt = (nowMs: number): boolean => nowMs - exceededAtMs <= REST_MS + WINDOW_MS;
  return {
    judge(nowMs) {
      if (nowMs - windowFromMs >= WINDOW_MS) {
        windowFromMs = nowMs;
        scans = 0;
      }
      scans += 1;
      if (scans > SCANS_PER_S_MAX) return "too_many";
      return isExceededAt(nowMs) ? "ignored" : "taken";
    },
    exceed(nowMs) {
      exceededAtMs = nowMs;
    },
    isExceededAt,
  };
}
