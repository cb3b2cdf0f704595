/**
 * Turn-taking: tells that two scales talk on one line by weights that come and go faster than any load.
 *
 * Each of them calls its own weight stable, and often two frames of one follow each other: nothing in a frame says that it is
 * another scale's.
 */

/** Difference of two loads: more than a weight flickers by, in grams and as a share of the greater. */
const FAR_G_MIN = 100;
const FAR_SHARE_MIN = 0.1;

/** True when two weights are those of two loads. */
export function areFarApart(oneG: number, otherG: number): boolean {
  const shareG = FAR_SHARE_MIN * Math.max(Math.abs(oneG), Math.abs(otherG));
  return Math.abs(oneG - otherG) >= Math.max(FAR_G_MIN, shareG);
}

/** Returns in a row that are no damaged frame: that one shows once, between two of the same weight. */
const RETURNS_MIN = 2;

interface Shown {
  readonly weightG: number;
  readonly atMs: number;
}

/** Looks at the weights that a scale calls stable. */
export interface TurnTaking {
  /** Takes the next one. */
  take(weightG: number, nowMs: number): void;
  /** True when two weights have given way to one another again and again until a moment ago. */
  goesOnAt(nowMs: number): boolean;
}

/** Starts looking. No load is taken off, put on again and at rest within `turnMs`. */
export function watchTurns(turnMs: number): TurnTaking {
  let last: Shown | null = null;
  let before: Shown | null = null;
  let returns = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  return {
    take(weightG, nowMs) {
      if (last !== null && areFarApart(weightG, last.weightG)) {
        const isBack =
          before !== null && !areFarApart(weightG, before.weightG) && nowMs - before.atMs < turnMs;
        returns = isBack ? returns + 1 : 0;
        if (returns >= RETURNS_MIN) untilMs = nowMs + turnMs;
        before = last;
      }
      last = { weightG, atMs: nowMs };
    },
    goesOnAt: (nowMs) => nowMs < untilMs,
  };
}
