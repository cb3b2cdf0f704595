/**
 * Weighings that wait for their deposit: captured now, so that the bag can leave the scale while the next one goes on.
 *
 * Each can go into one deposit only, and so can each settling of a scale: two captures of the same bag, lying still
 * between them, are one weighing.
 *
 * After a restart settlings count from 1 again. So what a scale showed when it was last used is kept with the deposit, and
 * the first settling counts as used while it shows the same, tared or not: the load has not been seen to move since.
 */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { UsedLoad, UsedWeight } from "../outbox/used-weights.ts";
import { loadToleranceG } from "../sensing/load-tolerance.ts";
import type { Fault } from "./problems.ts";
import { type CapturedWeight, captureWeight, type Scale } from "./scale.ts";
import type { TerminalLimits } from "./terminal-limits.ts";

/** Settlings of one scale that are remembered as used; beyond, the earliest is forgotten, and with it all before count as used. */
export const USED_MAX = 200;

/** Number of a scale's first settling. */
const FIRST_SETTLING = 1;

/** For the operator and for whoever reads the log. */
const STILL_THERE =
  "angkat beban, lalu letakkan lagi: this load was in a deposit before the terminal or its scale started again, and has not moved since; take the load off and put it on again";

/** Settlings of one scale that are used up. */
interface Used {
  settlings: Set<number>;
  /** This one and all before it count as used. */
  upto: number;
}

/** A captured weight with its name. */
export interface Weighing extends CapturedWeight {
  id: string;
}

/** A weighing and what marks it as used. */
export interface Claim {
  weighing: Weighing;
  /** Uses it up; called once its deposit is stored. */
  use(): void;
  /** Equal for two claims of the same bag. */
  same: string;
  /** Rises with each capture. */
  order: number;
  /** No weighing of the scale that was captured later has been used yet. */
  isNewest: boolean;
}

/** What is to be kept with the deposit that uses the claims up: of each scale the weight that was captured last. */
export function weightsUsedBy(claims: Claim[]): UsedWeight[] {
  return claims
    .filter(({ isNewest }) => isNewest)
    .toSorted((one, other) => one.order - other.order)
    .map(({ weighing }) => ({
      scale: weighing.scale,
      shownG: weighing.net_g,
      grossG: weighing.gross_g ?? null,
    }));
}

export interface Weighings {
  /** Captures the stable weight of a scale and holds it. */
  capture(scale: Scale): { ok: true; weighing: Weighing } | { ok: false; fault: Fault };
  /** Claims a weighing that is held. */
  claim(id: string): { ok: true; claim: Claim } | { ok: false; fault: Fault };
  /** Captures the stable weight of a scale and claims it at once, without holding it. */
  claimNow(scale: Scale): { ok: true; claim: Claim } | { ok: false; fault: Fault };
  /** How many wait. */
  count(): number;
}

interface Held {
  weighing: Weighing;
  scale: Scale;
  settling: number;
  /** What was shown when the load came to rest, in grams. */
  firstG: number;
  order: number;
  untilMs: number;
}

/** What is known of a scale from the first claim of a weighing of it on. */
interface Known {
  number: number;
  /** What it showed when it was last used before that claim. */
  usedBefore: UsedLoad | null;
}

/** True when a load looks like the one that was used: by what is shown of it, with its tare or without, now or at first. */
function isSameLoad({ weighing, scale, firstG }: Held, { shownG, grossG }: UsedLoad): boolean {
  const isNear = (weightG: number, usedG: number) =>
    Math.abs(weightG - usedG) <= loadToleranceG(usedG, scale.divisionG);
  if (isNear(weighing.net_g, shownG) || isNear(firstG, shownG)) return true;
  return grossG !== null && isNear(weighing.gross_g ?? firstG, grossG);
}

/** Begins holding weighings. `lastUsed` tells what a scale showed when it was last used; `nowMs` is monotonic. */
export function weighingsOf(
  limits: Pick<TerminalLimits, "weighingHeldMs" | "weighingsMax">,
  lastUsed: (scale: string) => UsedLoad | null,
  nowMs: () => number = () => performance.now(),
): Weighings {
  const held = new Map<string, Held>();
  const used = new WeakMap<Scale, Used>();
  const known = new WeakMap<Scale, Known>();
  // By the scale's name: the latest capture that was used.
  const newestUsed = new Map<string, number>();
  let scaleCount = 0;
  let captureCount = 0;

  const forgetExpired = (): void => {
    const now = nowMs();
    // Insertion order is order of expiry, since all are held equally long.
    for (const [id, { untilMs }] of held) {
      if (untilMs > now) break;
      held.delete(id);
    }
  };

  const take = (scale: Scale): { ok: true; held: Held } | { ok: false; fault: Fault } => {
    const captured = captureWeight(scale);
    if (!captured.ok) return captured;
    captureCount += 1;
    const weighing = { id: newEventId(), ...captured.weight };
    const untilMs = nowMs() + limits.weighingHeldMs;
    return {
      ok: true,
      held: {
        weighing,
        scale,
        settling: captured.weighing,
        firstG: captured.firstG,
        order: captureCount,
        untilMs,
      },
    };
  };

  /** A scale of an earlier configuration may have the same name and count its weighings from 1 again. */
  const knownOf = (scale: Scale): Known => {
    const found = known.get(scale);
    if (found !== undefined) return found;
    const made = { number: ++scaleCount, usedBefore: lastUsed(scale.name) };
    known.set(scale, made);
    return made;
  };

  const claimOf = (one: Held): ReturnType<Weighings["claim"]> => {
    const { weighing, scale, settling, order } = one;
    const { number, usedBefore } = knownOf(scale);
    if (settling === FIRST_SETTLING && usedBefore !== null && isSameLoad(one, usedBefore))
      return { ok: false, fault: { code: "weighing_used", detail: STILL_THERE } };
    const ofScale = used.get(scale) ?? { settlings: new Set(), upto: 0 };
    if (settling <= ofScale.upto || ofScale.settlings.has(settling))
      return { ok: false, fault: { code: "weighing_used", detail: weighing.id } };
    const use = (): void => {
      held.delete(weighing.id);
      ofScale.settlings.add(settling);
      used.set(scale, ofScale);
      newestUsed.set(scale.name, Math.max(order, newestUsed.get(scale.name) ?? 0));
      if (ofScale.settlings.size <= USED_MAX) return;
      ofScale.upto = Math.min(...ofScale.settlings);
      ofScale.settlings.delete(ofScale.upto);
    };
    const isNewest = order > (newestUsed.get(scale.name) ?? 0);
    return { ok: true, claim: { weighing, use, same: `${number}/${settling}`, order, isNewest } };
  };

  return {
    capture(scale) {
      const taken = take(scale);
      if (!taken.ok) return taken;
      forgetExpired();
      const [oldest] = held.keys();
      if (held.size >= limits.weighingsMax && oldest !== undefined) held.delete(oldest);
      held.set(taken.held.weighing.id, taken.held);
      return { ok: true, weighing: taken.held.weighing };
    },
    claim(id) {
      forgetExpired();
      const found = held.get(id);
      return found === undefined
        ? { ok: false, fault: { code: "weighing_gone", detail: id } }
        : claimOf(found);
    },
    claimNow(scale) {
      const taken = take(scale);
      return taken.ok ? claimOf(taken.held) : taken;
    },
    count() {
      forgetExpired();
      return held.size;
    },
  };
}
