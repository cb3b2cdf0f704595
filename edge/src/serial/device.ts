/**
 * Device: the input and output of all protocols. Opens a serial port, decodes what comes, asks devices that must be asked, and
 * opens the port again whenever it vanishes, is busy or falls silent, until it is stopped.
 */
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { backoffMs } from "../backoff.ts";
import type { Command, DeviceProtocol, ParseSettings, SerialLine } from "../protocols/protocol.ts";
import type { Clock } from "../sensing/clock.ts";
import type { CloseReason, DeviceEvent, DeviceStats } from "./device-event.ts";
import { type Diagnosis, diagnosisOf } from "./diagnosis.ts";
import { closeLine, type MakePort, openLine, waited } from "./line.ts";
import { examinePath, isThere } from "./open-trouble.ts";
import { POLL_EVERY_MS_DEFAULT, type Polling, poll, writeText } from "./polling.ts";
import { readerOf } from "./reader.ts";
import type { Trouble } from "./trouble.ts";

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

/** Longest pause between two looks at an open line. */
const WATCH_EVERY_MS = 1_000;

/** Waits before a port is opened again: a device that a finger has knocked loose is back at once. */
export const REOPEN = { firstMs: 250, maxMs: 10_000 } as const;

/** How to run a device. `on` is called synchronously and must not throw. */
export interface DeviceOptions {
  readonly path: string;
  readonly protocol: DeviceProtocol;
  /** Settings of the line that differ from the protocol's. */
  readonly line?: Partial<SerialLine>;
  /** What the configuration knows better than the device's frames. */
  readonly settings?: ParseSettings;
  /** Asks the device this often, also one that would speak by itself. */
  readonly pollEveryMs?: number;
  /** Silence after which the port is opened anew, unless the protocol's. */
  readonly silenceMs?: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly on: (event: DeviceEvent) => void;
  readonly timing?: DeviceTiming;
  /** Makes the port, closed; a test gives one that hangs. */
  readonly makePort?: MakePort;
}

/** A running device. */
export interface Device {
  /** Settles when the device has been stopped and its port is closed. */
  readonly done: Promise<void>;
  readonly isOpen: boolean;
  readonly stats: Readonly<DeviceStats>;
  /** What a person can mend about it now; null when all is well. */
  readonly trouble: Trouble | null;
  /** Tells whether the protocol has the command. */
  can(command: Command): boolean;
  /** Sends a command; false when the protocol has none such, the port is closed or takes no more. */
  send(command: Command): boolean;
  /** Reads nothing for a while, in milliseconds: a device that never stops talking must not cost the others their time. */
  rest(ms: number): void;
}

/** Runs a device until `signal` aborts. */
export function startDevice(options: DeviceOptions): Device {
  const { commands } = options.protocol;
  const stats: DeviceStats = { opened: 0, readings: 0, faults: {}, discardedBytes: 0 };
  const open: Open = { line: null };
  const diagnosis = diagnosisOf(options.path, options.protocol, lineOf(options));
  const done = run(options, { stats, open, diagnosis, attempts: { count: 0 } });
  return {
    done,
    stats,
    get isOpen() {
      return open.line !== null;
    },
    get trouble() {
      return diagnosis.trouble;
    },
    can: (command) => commands[command] !== undefined,
    send(command) {
      const text = commands[command];
      return text !== undefined && open.line !== null && writeText(open.line, text);
    },
    rest(ms) {
      const { line } = open;
      if (line === null || line.isPaused()) return;
      line.pause();
      setTimeout(() => line.resume(), ms).unref();
    },
  };
}

/** The line that is open, if any. */
type Open = { line: Duplex | null };

/** What a device keeps from one opening of its port to the next. `attempts` counts those since it last said something good. */
interface Running {
  readonly stats: DeviceStats;
  readonly open: Open;
  readonly diagnosis: Diagnosis;
  readonly attempts: { count: number };
}

function lineOf({ protocol, line }: DeviceOptions): SerialLine {
  return { ...protocol.line, ...line };
}

async function run(options: DeviceOptions, running: Running): Promise<void> {
  const { path, clock, log, signal, on, timing = DEVICE_TIMING, makePort } = options;
  const { stats, open, diagnosis, attempts } = running;
  let failedBefore = false;
  while (!signal.aborted) {
    const { openMsMax } = timing;
    const line = await openLine({ path, line: lineOf(options), openMsMax, signal, makePort });
    if (line instanceof Error) {
      diagnosis.openFailed(await examinePath(path, line));
      on({ kind: "closed", at: clock(), reason: "open_failed" });
      log[failedBefore ? "debug" : "warn"](
        { path, err: line, trouble: diagnosis.trouble },
        "port does not open",
      );
      failedBefore = true;
    } else {
      failedBefore = false;
      stats.opened += 1;
      open.line = line;
      on({ kind: "opened", at: clock() });
      log.info({ path }, "port opened");
      const reason = await converse(line, options, running);
      open.line = null;
      diagnosis.closed(reason);
      on({ kind: "closed", at: clock(), reason });
      log[reason === "stopped" ? "info" : "warn"](
        { path, reason, trouble: diagnosis.trouble },
        "port closed",
      );
      await closeLine(line, timing.closeMsMax);
    }
    await waited(backoffMs(REOPEN, attempts.count++), signal);
  }
}

/** Reads an open line until it closes, falls silent or the device is stopped. */
async function converse(
  line: Duplex,
  options: DeviceOptions,
  { stats, diagnosis, attempts }: Running,
): Promise<CloseReason> {
  const { clock, log, protocol, signal, on } = options;
  const silenceMs = options.silenceMs ?? protocol.silenceMs;
  const ended = Promise.withResolvers<CloseReason>();
  const over = new AbortController();
  const heard = new EventTarget();
  const reader = readerOf({
    ...options,
    stats,
    diagnosis,
    onGood(reading) {
      attempts.count = 0;
      const next = protocol.follow?.(reading);
      if (next !== undefined) writeText(line, next);
    },
    on,
  });
  let heardAtMs = clock().monotonicMs;

  line.on("data", (chunk: Uint8Array) => {
    const at = clock();
    heardAtMs = at.monotonicMs;
    reader.read(chunk, at);
    heard.dispatchEvent(new Event("heard"));
  });
  line.on("close", () => ended.resolve("vanished"));
  line.on("end", () => ended.resolve("vanished"));
  line.on("error", () => ended.resolve("vanished"));
  const stop = () => ended.resolve("stopped");
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  // The port of an unplugged device does not always close by itself: its path goes, or silence is the only sign.
  const watch = async () => {
    const nowMs = clock().monotonicMs;
    reader.look(nowMs);
    const silentMs = nowMs - heardAtMs;
    if (silentMs > silenceMs) ended.resolve("silent");
    else if (silentMs > WATCH_EVERY_MS && !(await isThere(options.path))) ended.resolve("vanished");
  };
  const watchdog = setInterval(() => void watch(), Math.min(silenceMs / 5, WATCH_EVERY_MS));
  const polling = pollIfAsked(line, options, { heard, signal: over.signal, onFault: reader.fault });

  const reason = await ended.promise;
  over.abort();
  clearInterval(watchdog);
  signal.removeEventListener("abort", stop);
  line.removeAllListeners("data");
  await polling;
  log.debug({ path: options.path, ...stats }, "conversation over");
  return reason;
}

/** Asks a device that must be asked, or that the configuration wants to be; returns at once for one that speaks by itself. */
async function pollIfAsked(
  line: Duplex,
  { protocol, pollEveryMs, clock, timing = DEVICE_TIMING }: DeviceOptions,
  hearing: Pick<Polling, "heard" | "signal" | "onFault">,
): Promise<void> {
  const question = protocol.commands.read;
  if (question === undefined || !(protocol.isPolled || pollEveryMs !== undefined)) return;
  const everyMs = pollEveryMs ?? POLL_EVERY_MS_DEFAULT;
  await poll(line, { ...hearing, question, everyMs, replyMsMax: timing.replyMsMax, clock });
}
