/**
 * Device: the input and output of all protocols. Opens a serial port, decodes what comes, asks devices that must be asked, and
 * opens the port again whenever it vanishes, is busy or falls silent, until it is stopped.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { SerialPort } from "serialport";
import { backoffMs } from "../backoff.ts";
import type { DeviceProtocol, Fault, SerialLine } from "../protocols/protocol.ts";
import type { Clock } from "../sensing/clock.ts";
import type { CloseReason, DeviceEvent, DeviceStats } from "./device-event.ts";
import { readerOf } from "./reader.ts";

/** Longest waits for a port and its device, in milliseconds. */
export interface DeviceTiming {
  /** For a port to open. Beyond: it counts as failed, and is tried again. */
  openMsMax: number;
  /** For a port to close. Beyond: it is given up, and opened anew. */
  closeMsMax: number;
  /** For the answer of a polled device. Beyond: a fault `no_reply`, and the next question. */
  replyMsMax: number;
}

/** Timing of a node in the field. Tests, which cannot wait as long, use another. */
const DEVICE_TIMING: DeviceTiming = { openMsMax: 10_000, closeMsMax: 2_000, replyMsMax: 1_000 };

/** Pause between two questions to a polled device unless configured otherwise. */
export const POLL_EVERY_MS_DEFAULT = 200;

/** Waits before a port is opened again: a device that a finger has knocked loose is back at once. */
export const REOPEN = { firstMs: 250, maxMs: 10_000 } as const;

/** Most bytes that wait to be taken by a device; a command beyond them is refused, a question left out. */
export const WRITE_BYTES_MAX = 64;

/** Most bytes that are taken from the operating system at a time, and so handled without a pause. */
const READ_BYTES_MAX = 16_384;

type PortSettings = ConstructorParameters<typeof SerialPort>[0];

const portOf = (settings: PortSettings) => new SerialPort(settings);

/** How to run a device. `on` is called synchronously and must not throw. */
export interface DeviceOptions {
  readonly path: string;
  readonly protocol: DeviceProtocol;
  /** Settings of the line that differ from the protocol's. */
  readonly line?: Partial<SerialLine>;
  readonly pollEveryMs?: number;
  /** Silence after which the port is opened anew, unless the protocol's. */
  readonly silenceMs?: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly on: (event: DeviceEvent) => void;
  readonly timing?: DeviceTiming;
  /** Makes the port, closed; a test gives one that hangs. */
  readonly makePort?: (settings: PortSettings) => SerialPort;
}

/** A running device. */
export interface Device {
  /** Settles when the device has been stopped and its port is closed. */
  readonly done: Promise<void>;
  readonly isOpen: boolean;
  readonly stats: Readonly<DeviceStats>;
  /** Sends a command; false when the protocol has none such, the port is closed or takes no more. */
  send(command: "zero" | "tare"): boolean;
}

/** Runs a device until `signal` aborts. */
export function startDevice(options: DeviceOptions): Device {
  const stats: DeviceStats = { opened: 0, readings: 0, faults: {}, discardedBytes: 0 };
  const sessions = { port: null as SerialPort | null };
  const done = run(options, stats, sessions);
  return {
    done,
    stats,
    get isOpen() {
      return sessions.port !== null;
    },
    send(command) {
      const bytes = options.protocol.commands[command];
      return bytes !== undefined && sessions.port !== null && write(sessions.port, bytes);
    },
  };
}

/** Attempts to open since the device last said something good. */
type Attempts = { count: number };

type OpenPort = { port: SerialPort | null };

async function run(options: DeviceOptions, stats: DeviceStats, open: OpenPort): Promise<void> {
  const { clock, log, signal, on } = options;
  const attempts: Attempts = { count: 0 };
  let failedBefore = false;
  while (!signal.aborted) {
    const port = await openPort(options);
    if (port instanceof SerialPort) {
      failedBefore = false;
      stats.opened += 1;
      open.port = port;
      on({ kind: "opened", at: clock() });
      log.info({ path: options.path }, "port opened");
      const reason = await converse(port, options, { stats, attempts });
      open.port = null;
      on({ kind: "closed", at: clock(), reason });
      log[reason === "stopped" ? "info" : "warn"]({ path: options.path, reason }, "port closed");
      await closePort(port, options);
    } else {
      on({ kind: "closed", at: clock(), reason: "open_failed" });
      log[failedBefore ? "debug" : "warn"]({ path: options.path, err: port }, "port does not open");
      failedBefore = true;
    }
    await waited(backoffMs(REOPEN, attempts.count++), signal);
  }
}

/** Opens the port; gives the error when it does not open in time or the device is stopped meanwhile. */
async function openPort(options: DeviceOptions): Promise<SerialPort | Error> {
  const { path, protocol, line, signal, timing = DEVICE_TIMING, makePort = portOf } = options;
  const { baud, dataBits, parity, stopBits } = { ...protocol.line, ...line };
  const settings = { path, baudRate: baud, dataBits, parity, stopBits };
  const { promise, resolve } = Promise.withResolvers<SerialPort | Error>();
  try {
    const port = makePort({ ...settings, autoOpen: false, highWaterMark: READ_BYTES_MAX });
    const giveUp = new AbortController();
    port.on("error", () => {});
    port.open((error) => {
      giveUp.abort();
      resolve(error ?? port);
    });
    const late = AbortSignal.any([giveUp.signal, signal]);
    void waited(timing.openMsMax, late).then(() => {
      if (giveUp.signal.aborted) return;
      // It may still open when nobody waits for it any more; then it must not stay locked.
      port.once("open", () => port.close());
      resolve(new Error("port did not open in time"));
    });
  } catch (error) {
    resolve(error instanceof Error ? error : new Error("port cannot be opened", { cause: error }));
  }
  return await promise;
}

async function closePort(port: SerialPort, { timing = DEVICE_TIMING }: DeviceOptions): Promise<void> {
  if (!port.isOpen) return;
  const closed = new AbortController();
  port.close(() => closed.abort());
  await waited(timing.closeMsMax, closed.signal);
}

/** Reads an open port until it closes, falls silent or the device is stopped. */
async function converse(
  port: SerialPort,
  options: DeviceOptions,
  { stats, attempts }: { stats: DeviceStats; attempts: Attempts },
): Promise<CloseReason> {
  const { clock, log, protocol, signal } = options;
  const silenceMs = options.silenceMs ?? protocol.silenceMs;
  const ended = Promise.withResolvers<CloseReason>();
  const over = new AbortController();
  const heard = new EventTarget();
  const reader = readerOf({ ...options, stats, onGood: () => (attempts.count = 0) });
  let heardAtMs = clock().monotonicMs;

  port.on("data", (chunk: Uint8Array) => {
    const at = clock();
    heardAtMs = at.monotonicMs;
    reader.read(chunk, at);
    heard.dispatchEvent(new Event("heard"));
  });
  port.on("close", () => ended.resolve("vanished"));
  port.on("end", () => ended.resolve("vanished"));
  port.on("error", () => ended.resolve("vanished"));
  const stop = () => ended.resolve("stopped");
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  // The port of an unplugged device does not always close by itself: silence is the only sign then.
  const watchdog = setInterval(() => {
    const nowMs = clock().monotonicMs;
    reader.look(nowMs);
    if (nowMs - heardAtMs > silenceMs) ended.resolve("silent");
  }, silenceMs / 5);
  const polling = poll(port, options, { heard, signal: over.signal, onFault: reader.fault });

  const reason = await ended.promise;
  over.abort();
  clearInterval(watchdog);
  signal.removeEventListener("abort", stop);
  port.removeAllListeners("data");
  await polling;
  log.debug({ path: options.path, ...stats }, "conversation over");
  return reason;
}

/** What a polling loop needs beside its port: the sound of an answer, its end, and where faults go. */
interface Polling {
  readonly heard: EventTarget;
  readonly signal: AbortSignal;
  readonly onFault: (fault: Fault) => void;
}

/** Asks a polled device again and again; returns at once for a device that speaks by itself. */
async function poll(
  port: SerialPort,
  options: DeviceOptions,
  { heard, signal, onFault }: Polling,
): Promise<void> {
  const question = options.protocol.commands.poll;
  const { replyMsMax } = options.timing ?? DEVICE_TIMING;
  const everyMs = options.pollEveryMs ?? POLL_EVERY_MS_DEFAULT;
  if (question === undefined) return;
  while (!signal.aborted) {
    const askedAtMs = options.clock().monotonicMs;
    const answered = new AbortController();
    heard.addEventListener("heard", () => answered.abort(), { once: true, signal });
    write(port, question);
    await waited(replyMsMax, AbortSignal.any([answered.signal, signal]));
    if (signal.aborted) return;
    if (!answered.signal.aborted) onFault({ error: "no_reply" });
    await waited(everyMs - (options.clock().monotonicMs - askedAtMs), signal);
  }
}

/** Writes, unless bytes wait that the device does not take: they must not pile up here. */
function write(port: SerialPort, text: string): boolean {
  if (port.writableLength + text.length > WRITE_BYTES_MAX) return false;
  port.write(text, "latin1");
  return true;
}

/** Waits; sooner when the signal aborts. */
async function waited(ms: number, signal: AbortSignal): Promise<void> {
  await pause(Math.max(0, ms), undefined, { signal }).catch(() => {});
}
