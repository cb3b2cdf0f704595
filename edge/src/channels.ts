/** The channels of a node, one for each port: brings them in line with a configuration without disturbing the rest. */
import type { Port } from "@jumpa-madu/contracts/node-config";
import type { Reading } from "@jumpa-madu/contracts/readings";
import type { Logger } from "pino";
import type { Capture, LiveWeight } from "./sensing/stable-weight.ts";
import type { Scale } from "./terminal/scale.ts";
import type { PortView } from "./terminal/terminal-parts.ts";

/** What is asked of a running channel (`sensing/channel.ts`). A scale's has a weight. */
export interface RunningChannel {
  readonly device: { readonly isOpen: boolean; readonly done: Promise<void> };
  readonly live?: { readonly weight: LiveWeight | null };
  captureStable?(): Capture;
}

/** Starts what hangs on a port; it ends when the signal is aborted. */
export type StartChannel = (
  port: Port,
  options: { sink: (reading: Reading) => void; log: Logger; signal: AbortSignal },
) => RunningChannel;

export interface Channels {
  /** Starts, stops and restarts channels until they are those of `ports`; a port that is the same goes on. */
  apply: (ports: Port[]) => void;
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
  // By the port as JSON: two configurations of one port are the same when they say the same.
  const running = new Map<string, Running>();

  const run = (port: Port): Running => {
    const abort = new AbortController();
    const device = deviceOf(port);
    const entry: Running = {
      port,
      abort,
      scale: null,
      lastReadingMs: null,
      channel: start(port, {
        signal: abort.signal,
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
    entry.scale = scaleOf(device, entry.channel);
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
    apply(ports) {
      if (stopped) return;
      const wanted = new Map(ports.map((port) => [JSON.stringify(port), port]));
      keepOnly(wanted);
      for (const [key, port] of wanted) if (!running.has(key)) running.set(key, run(port));
    },
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
function scaleOf(name: string, channel: RunningChannel): Scale | null {
  if (channel.captureStable === undefined) return null;
  return {
    name,
    current: () => channel.live?.weight ?? null,
    captureStable: () => channel.captureStable?.() ?? { ok: false, reason: "disconnected" },
  };
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

function deviceOf(port: Port): string {
  return "bin" in port ? port.bin : port.scale;
}
