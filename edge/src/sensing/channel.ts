/** Channel: everything between one configured port and what the node reports about it. */
import type { BinSensorPort, Port, ScalePort } from "@jumpa-madu/contracts/node-config";
import type { BinEvent, BinLevel, ScaleWeight } from "@jumpa-madu/contracts/readings";
import { DISTANCE_MM_MAX } from "@jumpa-madu/contracts/units";
import type { Logger } from "pino";
import type { SerialLine } from "../protocols/protocol.ts";
import { protocolOf } from "../protocols/registry.ts";
import { type Device, type DeviceOptions, startDevice } from "../serial/device.ts";
import type { DeviceEvent } from "../serial/device-event.ts";
import { binLevels } from "./bin-level.ts";
import { calibrationOf } from "./calibration.ts";
import { type Clock, systemClock } from "./clock.ts";
import { liveFeed } from "./live-feed.ts";
import { type Capture, type LiveState, type StableWeight, stableWeight } from "./stable-weight.ts";

/** Pause between two looks at whether a bin sensor has fallen silent or a weight has gone stale. */
const TICK_MS = 500;

/** What a channel reports. */
export type ChannelReading = BinLevel | BinEvent | ScaleWeight;

/** What a channel needs beside its port. `sink` is called synchronously, must not throw, and never gets more than bounded rates. */
export interface ChannelOptions {
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly sink: (reading: ChannelReading) => void;
  readonly clock?: Clock;
  /** Time without a usable distance after which a bin sensor counts as silent. */
  readonly silentAfterMs?: number;
}

/** A running bin sensor. */
export interface BinChannel {
  readonly kind: "bin";
  readonly port: BinSensorPort;
  readonly device: Device;
}

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
}

/** A running port. `device.done` settles when it has been stopped. */
export type Channel = BinChannel | ScaleChannel;

/** Starts what hangs on a port; runs until the signal aborts. */
export function startChannel(port: Port, options: ChannelOptions): Channel {
  return "bin" in port ? startBin(port, options) : startScale(port, options);
}

/** The part of a device's options that every kind of port shares. */
function deviceOptions(
  port: Port,
  { log, signal, clock = systemClock }: ChannelOptions,
): Omit<DeviceOptions, "on"> {
  const line: Partial<SerialLine> = {
    ...(port.baud === undefined ? {} : { baud: port.baud }),
    ...(port.data_bits === undefined ? {} : { dataBits: port.data_bits }),
    ...(port.parity === undefined ? {} : { parity: port.parity }),
  };
  return { path: port.path, protocol: protocolOf(port.protocol), line, clock, log, signal };
}

function startBin(port: BinSensorPort, options: ChannelOptions): BinChannel {
  const { log, signal, sink, clock = systemClock, silentAfterMs } = options;
  const calibration = calibrationOf(port.calibration);
  if (calibration === null && port.calibration !== undefined) {
    log.warn(
      { bin: port.bin, calibration: port.calibration },
      "calibration is impossible; levels stay unchecked",
    );
  }
  const reach = protocolOf(port.protocol).reach ?? { minMm: 0, maxMm: DISTANCE_MM_MAX };
  const levels = binLevels(
    {
      bin: port.bin,
      reach,
      calibration,
      ...(port.report_every_s === undefined ? {} : { reportEveryMs: port.report_every_s * 1000 }),
      ...(silentAfterMs === undefined ? {} : { silentAfterMs }),
    },
    clock(),
  );
  const device = startDevice({
    ...deviceOptions(port, options),
    on(event) {
      if (event.kind !== "reading" || !("distance_mm" in event.reading)) return;
      for (const reading of levels.take(event.reading.distance_mm, event.at)) sink(reading);
    },
  });
  tickUntil(signal, () => {
    for (const reading of levels.tick(clock())) sink(reading);
  });
  return { kind: "bin", port, device };
}

function startScale(port: ScalePort, options: ChannelOptions): ScaleChannel {
  const { signal, sink, clock = systemClock } = options;
  const weight = stableWeight(port.scale, port.max_g);
  const feed = liveFeed<LiveState>();
  let shown = weight.stateAt(clock());
  const show = (state: LiveState) => {
    shown = state;
    feed.publish(state);
  };
  const device = startDevice({
    ...deviceOptions(port, options),
    ...(port.poll_every_ms === undefined ? {} : { pollEveryMs: port.poll_every_ms }),
    on(event) {
      for (const reading of weigh(weight, event)) sink(reading);
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
    captureStable: () => (signal.aborted ? { ok: false, reason: "disconnected" } : weight.capture(clock())),
  };
}

/** Hands a device's event to the weighing; returns what the scale has to report. */
function weigh(weight: StableWeight, event: DeviceEvent): ScaleWeight[] {
  if (event.kind === "closed") weight.disconnect();
  if (event.kind === "fault") weight.takeFault(event.fault);
  if (event.kind !== "reading") return [];
  if ("weight_g" in event.reading) return weight.take(event.reading, event.frame, event.at);
  if ("tare_g" in event.reading) weight.takeTare(event.reading);
  return [];
}

/** Calls `tick` now and then until the signal aborts. */
function tickUntil(signal: AbortSignal, tick: () => void): void {
  if (signal.aborted) return;
  const ticking = setInterval(tick, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(ticking), { once: true });
}
