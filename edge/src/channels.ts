/** The channels of a node, one for each port: brings them in line with a configuration without disturbing the rest. */
import { deviceOf, type NodeConfig, type Port } from "@jumpa-madu/contracts/node-config";
import { NOTICE_TEXT_LENGTH_MAX, type Notice } from "@jumpa-madu/contracts/notice";
import type { Reading } from "@jumpa-madu/contracts/readings";
import type { BinHistory } from "@jumpa-madu/sensing/bin-history";
import type { Logger } from "pino";
import type { Command } from "./protocols/protocol.ts";
import type { Capture, LiveWeight } from "./sensing/stable-weight.ts";
import type { Scale } from "./terminal/scale.ts";
import type { PortView } from "./terminal/terminal-parts.ts";

/** What is asked of a running channel (`sensing/channel.ts`). A scale's has a weight. */
export interface RunningChannel {
  readonly device: {
    readonly isOpen: boolean;
    readonly done: Promise<void>;
    /** What a person can mend about it now. */
    readonly trouble?: Omit<Notice, "device"> | null;
    can?(command: Command): boolean;
    send?(command: Command): boolean;
  };
  readonly live?: { readonly weight: LiveWeight | null };
  captureStable?(): Capture;
  takeOrder?(command: Command): void;
}

/** What the channels take of a configuration. */
type Wiring = Pick<NodeConfig, "ports" | "container_types">;

/** Shapes of containers by their type, as a channel is given them. */
type ContainerTypes = NonNullable<Wiring["container_types"]>;

/** Starts what hangs on a port; it ends when the signal is aborted. */
export type StartChannel = (
  port: Port,
  options: {
    sink: (reading: Reading) => void;
    log: Logger;
    signal: AbortSignal;
    containerTypes: ContainerTypes;
    histories: Map<string, BinHistory>;
  },
) => RunningChannel;

export interface Channels {
  /**
   * Starts, stops and restarts channels until they are those of the configuration; a port that is the same goes on, and so does
   * a bin whose container has kept its shape.
   */
  apply: (wiring: Wiring) => void;
  /** What a person can mend about the devices now, in the order of the ports. */
  notices: () => Notice[];
  views: () => PortView[];
  scales: () => Scale[];
  /** Closes all ports for good and waits for them; a configuration that comes later opens none. */
  stop: () => Promise<void>;
}

interface Running {
  port: Port;
  channel: RunningChannel;
  abort: AbortController;
  scale: Scale | null;
  lastReadingMs: number | null;
}

export interface ChannelsParts {
  start: StartChannel;
  sink: (reading: Reading) => void;
  log: Logger;
}

/** Begins without any channel. */
export function channelsOf({ start, sink, log }: ChannelsParts): Channels {
  // By the port and its container as JSON: two configurations are the same when they say the same.
  const running = new Map<string, Running>();

  // What is remembered of each bin's place: it outlives the channel, so that another sensor goes on where the last one ended.
  const histories = new Map<string, BinHistory>();

  const run = (port: Port, containerTypes: ContainerTypes): Running => {
    const abort = new AbortController();
    const device = deviceOf(port);
    const entry: Running = {
      port,
      abort,
      scale: null,
      lastReadingMs: null,
      channel: start(port, {
        signal: abort.signal,
        containerTypes,
        histories,
        // The device itself names its path in each line.
        log: log.child({ device }),
        sink(reading) {
          // A frame that was on its way when the port was given up comes too late.
          if (abort.signal.aborted) return;
          entry.lastReadingMs = performance.now();
          sink(reading);
        },
      }),
    };
    entry.scale = scaleOf(port, entry.channel);
    return entry;
  };

  let stopped = false;

  const keepOnly = (wanted: Map<string, Port>): void => {
    for (const [key, { abort, port }] of running) {
      if (wanted.has(key)) continue;
      log.info({ path: port.path, device: deviceOf(port) }, "port closed");
      abort.abort();
      running.delete(key);
    }
  };

  return {
    apply({ ports, container_types: containerTypes = {} }) {
      if (stopped) return;
      const wanted = new Map(ports.map((port) => [keyOf(port, containerTypes), port]));
      keepOnly(wanted);
      for (const [key, port] of wanted) if (!running.has(key)) running.set(key, run(port, containerTypes));
    },
    notices: () => [...running.values()].flatMap(noticeOf),
    views: () => [...running.values()].map(viewOf),
    scales: () => [...running.values()].flatMap(({ scale }) => (scale === null ? [] : [scale])),
    async stop() {
      stopped = true;
      const closing = [...running.values()].map(({ channel }) => channel.device.done);
      keepOnly(new Map());
      await Promise.all(closing);
    },
  };
}

/** The scale of a channel as the terminal sees it; null when the channel has none. */
function scaleOf(port: Port, channel: RunningChannel): Scale | null {
  if (channel.captureStable === undefined || !("scale" in port)) return null;
  const { device } = channel;
  return {
    name: port.scale,
    maxG: port.max_g ?? null,
    divisionG: port.division_g ?? null,
    current: () => channel.live?.weight ?? null,
    captureStable: () => channel.captureStable?.() ?? { ok: false, reason: "disconnected" },
    order(command) {
      if (device.can?.(command) !== true) return "scale_cannot";
      if (!device.isOpen) return "disconnected";
      if (device.send?.(command) !== true) return "scale_busy";
      channel.takeOrder?.(command);
      return null;
    },
  };
}

function keyOf(port: Port, containerTypes: ContainerTypes): string {
  const type = "bin" in port ? port.container : undefined;
  const shape = type !== undefined && Object.hasOwn(containerTypes, type) ? containerTypes[type] : null;
  return JSON.stringify([port, shape]);
}

function noticeOf({ port, channel }: Running): Notice[] {
  const { trouble = null } = channel.device;
  if (trouble === null) return [];
  return [
    { device: deviceOf(port), code: trouble.code, text: trouble.text.slice(0, NOTICE_TEXT_LENGTH_MAX) },
  ];
}

function viewOf({ port, channel, lastReadingMs }: Running): PortView {
  return {
    path: port.path,
    protocol: port.protocol,
    device: deviceOf(port),
    open: channel.device.isOpen,
    last_reading_age_ms: lastReadingMs === null ? null : Math.round(performance.now() - lastReadingMs),
  };
}
