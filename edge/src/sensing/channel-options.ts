/** What every kind of channel is given, and what they share. */
import type { ContainerShape } from "@jumpa-madu/contracts/container-shape";
import type { ScalePort, SerialSensorPort } from "@jumpa-madu/contracts/node-config";
import type { BinEvent, BinLevel, ScaleWeight } from "@jumpa-madu/contracts/readings";
import type { BinHistory } from "@jumpa-madu/sensing/bin-history";
import type { Logger } from "pino";
import type { SerialLine } from "../protocols/protocol.ts";
import { protocolOf } from "../protocols/registry.ts";
import type { DeviceOptions } from "../serial/device.ts";
import { type Clock, systemClock } from "./clock.ts";

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
  /** Shapes of the containers that bins name, by their type. */
  readonly containerTypes?: Readonly<Record<string, ContainerShape>>;
  /**
   * What is remembered of the places of bins, by bin: a channel goes on where the last one of its bin has ended, and leaves its
   * own there. The process keeps one for all its channels.
   */
  readonly histories?: Map<string, BinHistory>;
}

/** Settings of a line that a port's configuration gives. */
export function lineSettings(
  port: Pick<ScalePort, "baud" | "data_bits" | "parity" | "stop_bits">,
): Partial<SerialLine> {
  return {
    ...(port.baud === undefined ? {} : { baud: port.baud }),
    ...(port.data_bits === undefined ? {} : { dataBits: port.data_bits }),
    ...(port.parity === undefined ? {} : { parity: port.parity }),
    ...(port.stop_bits === undefined ? {} : { stopBits: port.stop_bits }),
  };
}

/** The part of a device's options that bin sensors and scales share. */
export function deviceOptions(
  port: SerialSensorPort | ScalePort,
  { log, signal, clock = systemClock }: ChannelOptions,
): Omit<DeviceOptions, "on"> {
  const base = {
    path: port.path,
    protocol: protocolOf(port.protocol),
    line: lineSettings(port),
    clock,
    log,
    signal,
  };
  return "scale" in port ? { ...base, ...scaleOptions(port) } : base;
}

/** What only a scale's port says of its device. */
function scaleOptions(port: ScalePort): Pick<DeviceOptions, "settings" | "pollEveryMs" | "silenceMs"> {
  const { unit, decimals, poll_every_ms: pollEveryMs, silence_s: silenceS } = port;
  return {
    settings: { ...(unit === undefined ? {} : { unit }), ...(decimals === undefined ? {} : { decimals }) },
    ...(pollEveryMs === undefined ? {} : { pollEveryMs }),
    ...(silenceS === undefined ? {} : { silenceMs: silenceS * 1000 }),
  };
}

/** Calls `tick` now and then until the signal aborts. */
export function tickUntil(signal: AbortSignal, tick: () => void): void {
  if (signal.aborted) return;
  const ticking = setInterval(tick, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(ticking), { once: true });
}
