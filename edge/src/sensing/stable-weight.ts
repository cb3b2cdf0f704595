/**
 * Stable weight: from a scale's frames to the weight that may be taken for money, and to what the scale reports.
 *
 * A weight is stable when the scale says so and two frames in a row agree, or, for a scale that does not say, when it has not
 * changed for half a second. That time is measured, not counted in frames: scales send from 2 to 80 frames a second. Two
 * agreeing frames are asked for because these protocols have no checksum: a digit that noise has changed shows once. While two
 * scales take turns on one line, no weight is stable.
 *
 * The same weight shown again after another one was is another weighing: the load was off. What differs by a few divisions is the
 * same load, and so is what a scale shows after its tare key (`pan-load.ts`): a bag that lay there all the time must not count
 * twice, neither by drift, nor by tare and clear tare, nor after a gap in which the cable was loose or the scale silent.
 *
 * A scale that sends only at the press of a key is silent in between. There each press is meant: what it shows may be taken for a
 * while, and after that the same weight is another weighing.
 */
import type { ScaleWeight } from "@jumpa-madu/contracts/readings";
import type { Instant } from "@jumpa-madu/sensing/instant";
import { uniqueTime } from "@jumpa-madu/sensing/unique-time";
import type { Command, Fault, TareFrame, WeightFrame } from "../protocols/protocol.ts";
import { loadToleranceG } from "./load-tolerance.ts";
import { panLoad } from "./pan-load.ts";
import { watchTurns } from "./turn-taking.ts";

/** Time for which a weight must not change when the scale has no flag of its own. */
export const UNCHANGED_MS_MIN = 500;

/** Frames in a row that must show the same weight. */
export const AGREEING_FRAMES_MIN = 2;

/** Age at which a weight is stale: it may not be taken any more, and the frames before it prove nothing. */
export const STALE_AFTER_MS = 2_000;

/** The same for a scale that sends at the press of a key: time to walk from the scale to the screen. */
export const KEYED_STALE_AFTER_MS = 15_000;

/** Least pause between two reported weights. A shorter weighing is not reported. */
export const REPORT_GAP_MS_MIN = 1_000;

/** Pause after which a weight is reported though nothing new was weighed. */
export const REPORT_EVERY_MS = 60_000;

/**
 * What a scale shows now. `atMs` is the time of day; `rawHex` the frame; `weighing` rises with each load that comes to rest. `grossG`
 * and `tareG` are there only when the scale has told them, or when the tare was seen to be taken.
 */
export interface LiveWeight {
  readonly weightG: number;
  readonly grossG?: number;
  readonly tareG?: number;
  /** When the scale does not tell, as with MT-SICS: net once it has a tare that is known, else gross. */
  readonly mode: "gross" | "net";
  /** The unit that the scale shows, when it is not metric. */
  readonly unit?: "lb" | "oz";
  readonly stable: boolean;
  readonly atMs: number;
  readonly rawHex: string;
  readonly weighing: number;
  /** What was shown when the load of this weighing came to rest, where that is another figure than now. */
  readonly firstG?: number;
}

/** Why there is no weight to take. */
export const REFUSALS = ["disconnected", "stale", "overload", "underload", "moving", "negative"] as const;
export type Refusal = (typeof REFUSALS)[number];

/** A weight that may be taken, or why there is none. */
export type Capture =
  | { readonly ok: true; readonly weight: LiveWeight }
  | { readonly ok: false; readonly reason: Refusal };

/** What to show: the last weight, if any, and why it may not be taken; `refusal` is null when it may. */
export interface LiveState {
  readonly weight: LiveWeight | null;
  readonly refusal: Refusal | null;
}

/** The weighing side of one scale. Pure: time comes in with each call. */
export interface StableWeight {
  /** Takes a weight and its frame; returns what the scale has to report. */
  take(frame: WeightFrame, raw: Uint8Array, at: Instant): ScaleWeight[];
  /** Takes a tare that the scale reports by itself. */
  takeTare(frame: TareFrame): void;
  /** Takes note of a command that the terminal has sent: what the figure does next may be its doing. */
  takeOrder(command: Command, at: Instant): void;
  /** Takes a fault; overload, underload and motion put an end to the weight before them. */
  takeFault(fault: Fault, at: Instant): void;
  /** The port has closed: whatever was shown is gone. */
  disconnect(): void;
  /** What to show at `at`. The weight is null when none came since the port opened or the scale was over its limit. */
  stateAt(at: Instant): LiveState;
  /** The weight that may be taken at `at`. */
  capture(at: Instant): Capture;
}

/** What is known of a scale before it says anything. */
export interface ScaleTraits {
  /**
   * Its capacity in grams. A load above it is `overload` even if the scale itself does not say so: beyond it no scale is held to
   * its accuracy.
   */
  maxG?: number;
  /** Its division in grams; a few of them are no other load. */
  divisionG?: number;
  /** False when its frames have no flag of stability, though they may have been given one. */
  tellsMotion?: boolean;
  /** True when it sends only at the press of a key. */
  isKeyed?: boolean;
  /** True when a sum guards its frames; then one frame of a keyed scale is enough. */
  hasChecksum?: boolean;
}

/** Starts weighing. */
export function stableWeight(scale: string, traits: ScaleTraits = {}): StableWeight {
  const { maxG = Number.POSITIVE_INFINITY, divisionG = null, tellsMotion = true } = traits;
  const { isKeyed = false, hasChecksum = false } = traits;
  const staleAfterMs = isKeyed ? KEYED_STALE_AFTER_MS : STALE_AFTER_MS;
  const framesMin = isKeyed && hasChecksum ? 1 : AGREEING_FRAMES_MIN;
  const times = uniqueTime();
  const turns = watchTurns(UNCHANGED_MS_MIN);
  let live: LiveWeight | null = null;
  let missing: "disconnected" | "overload" | "underload" | "moving" = "disconnected";
  let takenAtMs = 0;
  let sameSinceMs = 0;
  let sameFrames = 0;
  let weighing = 0;
  const pan = panLoad(tellsMotion);
  // The load of the latest weighing in grams, what was shown of it, and whether it has moved since.
  let settledG: number | null = null;
  let firstG = 0;
  let hasMoved = true;
  // Nothing has been heard for a while, and nothing but the settled load since; frames in a row that showed another one.
  let isAfterGap = false;
  let otherFrames = 0;
  let reportedWeighing = 0;
  let reportedAtMs: number | null = null;

  function forget(why: typeof missing): void {
    live = null;
    missing = why;
    sameFrames = 0;
  }

  /** Counts how long and how often the same weight has been shown, and decides whether it is stable. */
  function settle(frame: WeightFrame, mode: LiveWeight["mode"], nowMs: number): boolean {
    const same = live?.weightG === frame.weight_g && live.mode === mode && nowMs - takenAtMs <= staleAfterMs;
    const moving = frame.stable === false;
    sameFrames = same && !moving ? sameFrames + 1 : moving ? 0 : 1;
    if (sameFrames <= 1) sameSinceMs = nowMs;
    if (frame.stable === true) turns.take(frame.weight_g, nowMs);
    if (sameFrames < framesMin || turns.goesOnAt(nowMs)) return false;
    return frame.stable === true || framesMin === 1 || nowMs - sameSinceMs >= UNCHANGED_MS_MIN;
  }

  /** Nothing was heard for a while. Whoever pressed a key meant it; a loose cable says nothing about the load. */
  function noteGap(): void {
    if (isKeyed) hasMoved = true;
    isAfterGap = !hasMoved;
    otherFrames = 0;
  }

  /** The load moves or another one is shown. Right after a gap a damaged frame is likely, so one alone proves nothing then. */
  function noteOther(): void {
    otherFrames += 1;
    if (isAfterGap && otherFrames < AGREEING_FRAMES_MIN) return;
    hasMoved = true;
    isAfterGap = false;
  }

  function isSettledLoad(loadG: number): boolean {
    return settledG !== null && Math.abs(loadG - settledG) <= loadToleranceG(settledG, divisionG);
  }

  function noteLoad(loadG: number): void {
    if (!isSettledLoad(loadG)) noteOther();
    else if (isAfterGap) otherFrames = 0;
  }

  /** What a frame says of the load on the pan. */
  function weigh(frame: WeightFrame, nowMs: number): ReturnType<typeof pan.take> {
    const load = pan.take(frame, {
      loadG: hasMoved ? null : settledG,
      isNext: live !== null && !isAfterGap,
      toleranceG: loadToleranceG(settledG ?? 0, divisionG),
      nowMs,
    });
    if (load.restG !== null) settledG = load.restG;
    noteLoad(load.loadG);
    if (hasMoved) pan.move();
    return load;
  }

  /** A load has come to rest: another weighing, unless it is that of the last one, which has not moved. */
  function countWeighing(loadG: number, shownG: number): void {
    if (hasMoved || !isSettledLoad(loadG)) {
      weighing += 1;
      settledG = loadG;
      firstG = shownG;
    }
    hasMoved = false;
    isAfterGap = false;
    otherFrames = 0;
  }

  function isReportDue(weight: LiveWeight, nowMs: number): boolean {
    reportedAtMs ??= nowMs - REPORT_GAP_MS_MIN;
    const pauseMs = nowMs - reportedAtMs;
    if (pauseMs >= REPORT_EVERY_MS) return true;
    return weight.stable && weight.weighing !== reportedWeighing && pauseMs >= REPORT_GAP_MS_MIN;
  }

  function report(weight: LiveWeight, at: Instant): ScaleWeight[] {
    const t = times.at(at.epochMs);
    if (t === null) return [];
    reportedAtMs = at.monotonicMs;
    reportedWeighing = weight.weighing;
    const { weightG: weight_g, stable, mode } = weight;
    return [{ kind: "scale_weight", scale, t, weight_g, stable, mode }];
  }

  function refusalAt(nowMs: number): Refusal | null {
    const isStale = nowMs - takenAtMs > staleAfterMs;
    if (live === null) return missing === "moving" && isStale ? "stale" : missing;
    if (isStale) return "stale";
    if ((live.grossG ?? live.weightG) > maxG) return "overload";
    if (live.weightG < 0) return "negative";
    return live.stable ? null : "moving";
  }

  return {
    take(frame, raw, at) {
      if (live !== null && at.monotonicMs - takenAtMs > staleAfterMs) noteGap();
      const { mode, loadG, tareG: knownG } = weigh(frame, at.monotonicMs);
      const stable = settle(frame, mode, at.monotonicMs);
      const tareG = stable && !hasMoved ? pan.rest() : knownG;
      if (stable && (live?.stable !== true || hasMoved)) countWeighing(loadG, frame.weight_g);
      takenAtMs = at.monotonicMs;
      live = {
        weightG: frame.weight_g,
        ...sidesOf(frame, mode, tareG),
        mode,
        ...(frame.unit === undefined ? {} : { unit: frame.unit }),
        stable,
        atMs: at.epochMs,
        rawHex: Buffer.from(raw).toString("hex"),
        weighing,
        ...(firstG === frame.weight_g || weighing === 0 ? {} : { firstG }),
      };
      return isReportDue(live, at.monotonicMs) ? report(live, at) : [];
    },
    takeTare(frame) {
      pan.takeTare(frame.tare_g);
    },
    takeOrder(command, at) {
      pan.order(command, at.monotonicMs);
    },
    takeFault({ error }, at) {
      const why = error === "motion" ? "moving" : error;
      if (why !== "overload" && why !== "underload" && why !== "moving") return;
      if (live !== null && at.monotonicMs - takenAtMs > staleAfterMs) noteGap();
      // A scale that gives no weight while it moves may be settling by itself, or have been touched: the next weight tells.
      if (why !== "moving") noteOther();
      takenAtMs = at.monotonicMs;
      forget(why);
    },
    disconnect() {
      noteGap();
      forget("disconnected");
      pan.disconnect();
    },
    stateAt(at) {
      return { weight: live, refusal: refusalAt(at.monotonicMs) };
    },
    capture(at) {
      const reason = refusalAt(at.monotonicMs);
      return live !== null && reason === null
        ? { ok: true, weight: live }
        : { ok: false, reason: reason ?? missing };
    },
  };
}

/** Gross and tare, as far as they are known. Sums are rounded to 0.1 mg, the finest that protocols give. */
function sidesOf(frame: WeightFrame, mode: LiveWeight["mode"], tareG: number | undefined) {
  if (mode === "gross") return frame.mode === "gross" ? { grossG: frame.weight_g } : {};
  if (tareG === undefined) return {};
  return { grossG: Math.round((frame.weight_g + tareG) * 10_000) / 10_000, tareG };
}
