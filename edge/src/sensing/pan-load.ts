/**
 * The load on the pan: what a scale shows and what it subtracts from it.
 *
 * A tare key changes the figure and not the load. So when a scale goes from gross to net or back while the load was at rest, the
 * step of the figure is the tare. That is also how the tare is learnt of a scale that tells only the net. A net weight that drops
 * to zero at once may have been tared again or taken away: until another figure is shown, the load counts as unmoved.
 *
 * A scale that does not tell net from gross is believed when it steps right after the terminal has ordered it to tare.
 */
import type { Command, WeightFrame } from "../protocols/protocol.ts";

type Mode = NonNullable<WeightFrame["mode"]>;

/** Time in which a step of the figure is the scale's answer to a command. */
const ORDER_MS = 2_000;

/** What is known of the load before a frame. */
export interface Rest {
  /** The load that has come to rest and not moved since, in grams; null when it has moved. */
  readonly loadG: number | null;
  /** Nothing, such as a fault or a gap, lies between the last frame and this one. */
  readonly isNext: boolean;
  /** What the load may differ by and be the same, in grams. */
  readonly toleranceG: number;
  /** Monotonic. */
  readonly nowMs: number;
}

/** A frame's weight as a load. */
export interface PanWeight {
  /** When the scale does not tell: net once it has reported a tare or stepped by an ordered one, else gross. */
  readonly mode: Mode;
  /** The load in grams. While the tare is not known it stands for it only as long as the mode does not change. */
  readonly loadG: number;
  /** `loadG` of the load at rest, which changes, though the load does not, when its tare becomes known. */
  readonly restG: number | null;
  /** The tare in grams when the scale shows net and it is known. */
  readonly tareG: number | undefined;
}

/** Follows one scale's tare. */
export interface PanLoad {
  take(frame: WeightFrame, rest: Rest): PanWeight;
  /** The scale tells its tare, in grams. */
  takeTare(tareG: number): void;
  /** The terminal has sent a command. */
  order(command: Command, nowMs: number): void;
  /** The load has moved. */
  move(): void;
  /** The load is at rest; what the tare was seen to be is true. Answers the tare as `take` does. */
  rest(): number | undefined;
  /** The port has closed. The tare still serves to know the load again, but no record may rely on it. */
  disconnect(): void;
}

/** Starts with nothing known. `tellsMotion` is false for a scale whose frames have no flag of stability. */
export function panLoad(tellsMotion: boolean): PanLoad {
  let mode: Mode | null = null;
  let shownG = 0;
  let offsetG = 0;
  let toldG: number | undefined;
  // How the offset is known: for certain; as seen, to be confirmed at rest; as if tared again at zero; or not at all.
  let knowledge: "sure" | "seen" | "at_zero" | "none" = "none";
  let isFresh = true;
  let ordered: { command: Command; untilMs: number } | null = null;

  function know(tareG: number, how: typeof knowledge): void {
    // To 0.1 mg, the finest that protocols give: a difference of two figures is not exact.
    offsetG = Math.round(tareG * 10_000) / 10_000;
    knowledge = how;
    isFresh = true;
  }

  function tare(): number | undefined {
    return mode === "net" && knowledge === "sure" && isFresh ? offsetG : undefined;
  }

  function takeOrder(command: Command, nowMs: number): boolean {
    if (ordered?.command !== command || nowMs > ordered.untilMs) return false;
    ordered = null;
    return true;
  }

  /** A figure without a mode steps: by what was ordered, or because the load has changed. */
  function step(frame: WeightFrame, { loadG, isNext, toleranceG, nowMs }: Rest): void {
    if (loadG === null || !isNext || Math.abs(frame.weight_g - shownG) <= toleranceG) return;
    if (toldG === undefined && frame.weight_g < loadG && takeOrder("tare", nowMs)) {
      know(loadG - frame.weight_g, "sure");
    }
    if (takeOrder("clear_tare", nowMs)) {
      toldG = undefined;
      know(0, "sure");
    }
  }

  /** The scale has begun to show net. */
  function goNet(weightG: number, { loadG, isNext, toleranceG }: Rest): void {
    if (loadG === null) {
      know(0, "none");
      return;
    }
    const tareG = loadG - weightG;
    const isZero = Math.abs(weightG) <= toleranceG;
    const isTare = isNext && tareG >= -toleranceG && tareG <= loadG + toleranceG;
    if (isZero || isTare) know(Math.max(0, tareG), "seen");
    else know(loadG, "none");
  }

  function isStepToZero({ weight_g, stable, tare_g }: WeightFrame, { loadG, isNext, toleranceG }: Rest) {
    if (loadG === null || !isNext || tare_g !== undefined || (tellsMotion && stable === false)) return false;
    return Math.abs(weight_g) <= toleranceG && Math.abs(shownG - weight_g) > toleranceG;
  }

  /** Takes a net weight; returns the load at rest by what is known of the tare now. */
  function takeNet(frame: WeightFrame, rest: Rest, isFlip: boolean): number | null {
    const { weight_g: weightG } = frame;
    if (!isFlip && frame.mode === "net" && rest.loadG !== null && isStepToZero(frame, rest)) {
      toldG = undefined;
      know(rest.loadG - weightG, takeOrder("tare", rest.nowMs) ? "sure" : "at_zero");
      return rest.loadG;
    }
    const tareG = frame.tare_g ?? toldG;
    if (tareG !== undefined) {
      const isNews = knowledge === "none" && rest.loadG !== null;
      know(tareG, "sure");
      return isNews ? weightG + tareG : rest.loadG;
    }
    if (isFlip) goNet(weightG, rest);
    return rest.loadG;
  }

  /** Takes a gross weight; returns the load at rest. */
  function takeGross(weightG: number, { loadG }: Rest, isFlip: boolean): number | null {
    const isNews = isFlip && knowledge === "none" && loadG !== null;
    if (isFlip) toldG = undefined;
    know(0, "sure");
    return isNews ? weightG : loadG;
  }

  return {
    take(frame, rest) {
      if (frame.mode === undefined) step(frame, rest);
      const modeNow = frame.mode ?? ((frame.tare_g ?? toldG ?? offsetG) > 0 ? "net" : "gross");
      const isFlip = mode !== null && modeNow !== mode;
      mode = modeNow;
      const restG =
        modeNow === "net" ? takeNet(frame, rest, isFlip) : takeGross(frame.weight_g, rest, isFlip);
      shownG = frame.weight_g;
      return { mode, loadG: shownG + offsetG, restG, tareG: tare() };
    },
    takeTare(tareG) {
      toldG = tareG;
    },
    order(command, nowMs) {
      ordered = { command, untilMs: nowMs + ORDER_MS };
    },
    move() {
      if (knowledge !== "sure") knowledge = "none";
    },
    rest() {
      if (knowledge === "seen") knowledge = "sure";
      return tare();
    },
    disconnect() {
      toldG = undefined;
      isFresh = false;
    },
  };
}
