/**
 * Stable weight: from a scale's frames to the weight that may be taken for money, and to what the scale reports.
 *
 * A weight is stable when the scale says so and two frames in a row agree, or, for a scale that does not say, when it has not
 * changed for half a second. That time is measured, not counted in frames: scales send from 2 to 80 frames a second. Two
 * agreeing frames are asked for because these protocols have no checksum: a digit that noise has changed shows once.
 *
 * The same weight shown again after it was gone or moved is another weighing.
 */
import type { ScaleWeight } from "@jumpa-madu/contracts/readings";
import type { Fault, TareFrame, WeightFrame } from "../protocols/protocol.ts";
import type { Instant } from "./clock.ts";
import { uniqueTime } from "./unique-time.ts";

/** Time for which a weight must not change when the scale has no flag of its own. */
export const UNCHANGED_MS_MIN = 500;

/** Frames in a row that must show the same weight. */
export const AGREEING_FRAMES_MIN = 2;

/** Age at which a weight is stale: it may not be taken any more, and the frames before it prove nothing. */
export const STALE_AFTER_MS = 2_000;

/** Least pause between two reported weights. A shorter weighing is not reported. */
export const REPORT_GAP_MS_MIN = 1_000;

/** Pause after which a weight is reported though nothing new was weighed. */
export const REPORT_EVERY_MS = 60_000;

/**
 * What a scale shows now. `atMs` is the time of day; `rawHex` the frame; `weighing` rises with each new stable weight. `grossG` and
 * `tareG` are there only when the scale has told them.
 */
export interface LiveWeight {
  readonly weightG: number;
  readonly grossG?: number;
  readonly tareG?: number;
  /** When the scale does not tell, as with MT-SICS: net once it has reported a tare, else gross. */
  readonly mode: "gross" | "net";
  readonly stable: boolean;
  readonly atMs: number;
  readonly rawHex: string;
  readonly weighing: number;
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
  /** Takes a fault; overload and underload put an end to the weight before them. */
  takeFault(fault: Fault): void;
  /** The port has closed: whatever was shown is gone. */
  disconnect(): void;
  /** What to show at `at`. The weight is null when none came since the port opened or the scale was over its limit. */
  stateAt(at: Instant): LiveState;
  /** The weight that may be taken at `at`. */
  capture(at: Instant): Capture;
}

/**
 * Starts weighing. A load above `maxG` grams, the scale's capacity, is `overload` even if the scale itself does not say so:
 * beyond it no scale is held to its accuracy.
 */
export function stableWeight(scale: string, maxG: number = Number.POSITIVE_INFINITY): StableWeight {
  const times = uniqueTime();
  let live: LiveWeight | null = null;
  let missing: "disconnected" | "overload" | "underload" = "disconnected";
  let takenAtMs = 0;
  let sameSinceMs = 0;
  let sameFrames = 0;
  let weighing = 0;
  let tareG: number | undefined;
  let reportedWeighing = 0;
  let reportedAtMs: number | null = null;

  function forget(why: typeof missing): void {
    live = null;
    missing = why;
    sameFrames = 0;
  }

  /** Counts how long and how often the same weight has been shown, and decides whether it is stable. */
  function settle(frame: WeightFrame, mode: LiveWeight["mode"], nowMs: number): boolean {
    const same =
      live?.weightG === frame.weight_g && live.mode === mode && nowMs - takenAtMs <= STALE_AFTER_MS;
    const moving = frame.stable === false;
    sameFrames = same && !moving ? sameFrames + 1 : moving ? 0 : 1;
    if (sameFrames <= 1) sameSinceMs = nowMs;
    if (sameFrames < AGREEING_FRAMES_MIN) return false;
    return frame.stable === true || nowMs - sameSinceMs >= UNCHANGED_MS_MIN;
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
    if (live === null) return missing;
    if (nowMs - takenAtMs > STALE_AFTER_MS) return "stale";
    if ((live.grossG ?? live.weightG) > maxG) return "overload";
    if (live.weightG < 0) return "negative";
    return live.stable ? null : "moving";
  }

  return {
    take(frame, raw, at) {
      const mode = frame.mode ?? ((tareG ?? 0) > 0 ? "net" : "gross");
      const stable = settle(frame, mode, at.monotonicMs);
      if (stable && live?.stable !== true) weighing += 1;
      takenAtMs = at.monotonicMs;
      live = {
        weightG: frame.weight_g,
        ...sidesOf(frame, mode, frame.tare_g ?? tareG),
        mode,
        stable,
        atMs: at.epochMs,
        rawHex: Buffer.from(raw).toString("hex"),
        weighing,
      };
      return isReportDue(live, at.monotonicMs) ? report(live, at) : [];
    },
    takeTare(frame) {
      tareG = frame.tare_g;
    },
    takeFault(fault) {
      if (fault.error === "overload" || fault.error === "underload") forget(fault.error);
    },
    disconnect() {
      forget("disconnected");
      tareG = undefined;
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
