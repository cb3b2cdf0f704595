/** A scale as the terminal sees it, and the weight that money is paid for. */
import type { Command } from "../protocols/protocol.ts";
import type { Capture, LiveWeight } from "../sensing/stable-weight.ts";
import type { Fault, ProblemCode } from "./problems.ts";

export interface Scale {
  readonly name: string;
  /** Its capacity in grams, when it is known. */
  readonly maxG: number | null;
  /** Its division in grams, when it is known. */
  readonly divisionG: number | null;
  /** What the scale shows; null when nothing. */
  current(): LiveWeight | null;
  /** The weight that may be taken now, or why there is none. */
  captureStable(): Capture;
  /** Sends a command; answers why it was not sent, or null. What the scale makes of it shows in its weight. */
  order(command: Exclude<Command, "read">): OrderRefusal | null;
}

/** Why a command is not sent to a scale. */
export type OrderRefusal = Extract<ProblemCode, "scale_cannot" | "scale_busy" | "disconnected">;

/** The scales of the node at this moment; another configuration makes other ones. */
export type Scales = () => Scale[];

/**
 * A weight in whole grams as it goes into the books. `t` is in milliseconds since 1970; `raw` is hexadecimal. Gross and tare are
 * there both or neither: not of a net weight whose tare is not known.
 */
export interface CapturedWeight {
  scale: string;
  t: number;
  gross_g?: number;
  tare_g?: number;
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
  /** The unit that the scale itself shows, when it is not metric. */
  unit: LiveWeight["unit"] | null;
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
 * has told or was seen to take; when it is not known, the weight has neither gross nor tare. gross − tare = net always holds.
 * `firstG` is what was shown when the load came to rest.
 */
export function captureWeight(
  scale: Scale,
): { ok: true; weight: CapturedWeight; weighing: number; firstG: number } | { ok: false; fault: Fault } {
  const capture = scale.captureStable();
  if (!capture.ok) return { ok: false, fault: { code: capture.reason } };
  const { weightG, tareG, mode, atMs, rawHex, weighing, firstG = weightG } = capture.weight;
  const net = Math.round(weightG);
  if (net < 0) return { ok: false, fault: { code: "negative" } };
  if (net === 0) return { ok: false, fault: { code: "empty" } };
  const weight: CapturedWeight = {
    scale: scale.name,
    t: atMs,
    ...sidesOf(net, mode === "net" ? tareG : 0),
    net_g: net,
    stable: true,
    raw: rawHex,
  };
  return { ok: true, weight, weighing, firstG };
}

function sidesOf(net: number, tareG: number | undefined): Pick<CapturedWeight, "gross_g" | "tare_g"> {
  if (tareG === undefined) return {};
  const tare = Math.max(0, Math.round(tareG));
  return { gross_g: net + tare, tare_g: tare };
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
    unit: shown?.unit ?? null,
    weighing: shown?.weighing ?? null,
  };
}
