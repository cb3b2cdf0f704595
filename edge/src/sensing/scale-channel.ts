/** Scale channel: from the frames of a scale to the weight that may be taken for money. */
import type { ScalePort } from "@jumpa-madu/contracts/node-config";
import type { ScaleWeight } from "@jumpa-madu/contracts/readings";
import type { Command } from "../protocols/protocol.ts";
import { protocolOf } from "../protocols/registry.ts";
import { type Device, startDevice } from "../serial/device.ts";
import type { DeviceEvent } from "../serial/device-event.ts";
import { type ChannelOptions, deviceOptions, tickUntil } from "./channel-options.ts";
import { systemClock } from "./clock.ts";
import { liveFeed } from "./live-feed.ts";
import {
  type Capture,
  type LiveState,
  STALE_AFTER_MS,
  type StableWeight,
  stableWeight,
} from "./stable-weight.ts";
import { type Steadying, steadying } from "./steadying.ts";

/** A running scale. */
export interface ScaleChannel {
  readonly kind: "scale";
  readonly port: ScalePort;
  readonly device: Device;
  /** What the scale shows now. */
  readonly live: LiveState;
  /**
   * Calls `listener` with what the scale shows, at most 20 times a second, and when it goes stale; returns how to stop, or
   * null when too many listen already.
   */
  subscribe(listener: (live: LiveState) => void): (() => void) | null;
  /** The weight that may be taken for money now, with its frame, or why there is none. Never an old one. */
  captureStable(): Capture;
  /** Takes note of a command that has been sent. */
  takeOrder(command: Command): void;
}

/** Starts reading a scale; runs until the signal aborts. */
export function startScale(port: ScalePort, options: ChannelOptions): ScaleChannel {
  const { signal, sink, clock = systemClock } = options;
  const { hasChecksum, lacksStability = false } = protocolOf(port.protocol);
  const steady = lacksStability ? steadyingOf(port) : null;
  const weight = stableWeight(port.scale, {
    ...(port.max_g === undefined ? {} : { maxG: port.max_g }),
    ...(port.division_g === undefined ? {} : { divisionG: port.division_g }),
    isKeyed: (port.silence_s ?? 0) * 1000 > STALE_AFTER_MS,
    hasChecksum,
    tellsMotion: !lacksStability,
  });
  const feed = liveFeed<LiveState>();
  let shown = weight.stateAt(clock());
  const show = (state: LiveState) => {
    shown = state;
    feed.publish(state);
  };
  const device = startDevice({
    ...deviceOptions(port, options),
    on(event) {
      for (const reading of weigh(weight, steady, event)) sink(reading);
      show(weight.stateAt(event.at));
    },
  });
  tickUntil(signal, () => {
    const state = weight.stateAt(clock());
    if (state.refusal !== shown.refusal) show(state);
  });
  void device.done.then(() => feed.close());
  return {
    kind: "scale",
    port,
    device,
    get live() {
      return weight.stateAt(clock());
    },
    subscribe: (listener) => feed.subscribe(listener),
    takeOrder: (command) => weight.takeOrder(command, clock()),
    captureStable: () => (signal.aborted ? { ok: false, reason: "disconnected" } : weight.capture(clock())),
  };
}

/**
 * How the weights of a scale without a flag of stability come to rest. An indicator rounds by itself: only one whose division is
 * configured, or that prints its load cell's noise, is helped. A scale that sends at the press of a key says too little for it.
 */
function steadyingOf({ protocol, division_g, silence_s = 0 }: ScalePort): Steadying | null {
  if (silence_s * 1000 > STALE_AFTER_MS) return null;
  const isNoisy = protocol === "plain";
  return isNoisy || division_g !== undefined ? steadying({ divisionG: division_g, isNoisy }) : null;
}

/** Hands a device's event to the weighing; returns what the scale has to report. */
function weigh(weight: StableWeight, steady: Steadying | null, event: DeviceEvent): ScaleWeight[] {
  if (event.kind === "closed") {
    steady?.interrupt();
    weight.disconnect();
  }
  if (event.kind === "fault") {
    if (event.fault.error === "overload" || event.fault.error === "underload") steady?.interrupt();
    weight.takeFault(event.fault, event.at);
  }
  if (event.kind !== "reading") return [];
  if ("weight_g" in event.reading) {
    const { frame, raw } = steady?.take(event.reading, event.frame, event.at.monotonicMs) ?? {
      frame: event.reading,
      raw: event.frame,
    };
    return weight.take(frame, raw, event.at);
  }
  if ("tare_g" in event.reading) weight.takeTare(event.reading);
  return [];
}
