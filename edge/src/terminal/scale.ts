/** A scale as the terminal sees it, and the weight that money is paid for. */
import type { Capture, LiveWeight } from "../sensing/stable-weight.ts";
import type { Fault } from "./problems.ts";

export interface Scale {
  readonly name: string;
  /** What the scale shows; null when nothing. */
  current(): LiveWeight | null;
  /** The weight that may be taken now, or why there is none. */
  captureStable(): Capture;
}

/** The scales of the node at this moment; another configuration makes other ones. */
export type Scales = () => Scale[];

/** A weight in whole grams as it goes into the books. `t` is in milliseconds since 1970; `raw` is hexadecimal. */
export interface CapturedWeight {
  scale: string;
  t: number;
  gross_g: number;
  tare_g: number;
  net_g: number;
  stable: true;
  raw: string;
}

/** What a screen shows. `state` is "stable", or why the weight may not be taken. */
export interface WeightView {
  scale: string;
  state: "stable" | Extract<Capture, { ok: false }>["reason"];
  weight_g: number | null;
  tare_g: number | null;
  mode: LiveWeight["mode"] | null;
  weighing: number | null;
}

/** Finds a scale by its name, or the only one when no name is given. */
export function findScale(
  scales: Scale[],
  name: string | undefined,
): { ok: true; scale: Scale } | { ok: false; fault: Fault } {
  const [only] = scales;
  const scale = name === undefined && scales.length === 1 ? only : scales.find((one) => one.name === name);
  if (scale !== undefined) return { ok: true, scale };
  const names = scales.map((one) => one.name).join(", ");
  return { ok: false, fault: { code: "unknown_scale", detail: `scales: ${names === "" ? "none" : names}` } };
}

/**
 * Takes the weight that a scale shows now, in whole grams.
 *
 * `net_g` is what is shown, rounded to a gram. In gross mode there is no tare. In net mode the tare is what the scale
 * has told; when it tells none, tare is 0 and gross is the shown net, so that gross − tare = net always holds.
 */
export function captureWeight(
  scale: Scale,
): { ok: true; weight: CapturedWeight; weighing: number } | { ok: false; fault: Fault } {
  const capture = scale.captureStable();
  if (!capture.ok) return { ok: false, fault: { code: capture.reason } };
  const { weightG, tareG, mode, atMs, rawHex, weighing } = capture.weight;
  const net = Math.round(weightG);
  if (net < 0) return { ok: false, fault: { code: "negative" } };
  if (net === 0) return { ok: false, fault: { code: "empty" } };
  const tare = mode === "net" ? Math.max(0, Math.round(tareG ?? 0)) : 0;
  const weight: CapturedWeight = {
    scale: scale.name,
    t: atMs,
    gross_g: net + tare,
    tare_g: tare,
    net_g: net,
    stable: true,
    raw: rawHex,
  };
  return { ok: true, weight, weighing };
}

/** What a screen shows of a scale now. */
export function viewOf(scale: Scale): WeightView {
  const capture = scale.captureStable();
  const live = capture.ok ? capture.weight : scale.current();
  const state = capture.ok ? "stable" : capture.reason;
  // A weight that is not shown any more must not look like one.
  const shown = state === "stale" || state === "disconnected" ? null : live;
  return {
    scale: scale.name,
    state,
    weight_g: shown?.weightG ?? null,
    tare_g: shown?.tareG ?? null,
    mode: shown?.mode ?? null,
    weighing: shown?.weighing ?? null,
  };
}
