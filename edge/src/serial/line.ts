/** Line: opens and closes what carries a device's bytes, a serial port or a serial server on the network. */
import { createConnection, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { parsePortPath } from "@jumpa-madu/contracts/port-path";
import { SerialPort } from "serialport";
import type { SerialLine } from "../protocols/protocol.ts";
import { mendBinding } from "./linux-binding.ts";

/** Most bytes that are taken from the operating system at a time, and so handled without a pause. */
const READ_BYTES_MAX = 16_384;

/** Silence after which TCP asks whether the serial server is still there, in milliseconds. */
const KEEPALIVE_MS = 10_000;

/** Settings of a serial port. */
export type PortSettings = ConstructorParameters<typeof SerialPort>[0];

/** Makes a port, closed. */
export type MakePort = (settings: PortSettings) => SerialPort;

const portOf: MakePort = (settings) => new SerialPort(settings);

/** What to open and how long to wait. */
export interface LineOptions {
  readonly path: string;
  readonly line: SerialLine;
  readonly openMsMax: number;
  readonly signal: AbortSignal;
  readonly makePort?: MakePort | undefined;
}

/** Opens a line; gives the error when it does not open in time or the signal aborts meanwhile. Never rejects. */
export async function openLine(options: LineOptions): Promise<Duplex | Error> {
  const parsed = parsePortPath(options.path);
  if (!parsed.ok) return new Error(parsed.fault);
  const { place } = parsed;
  return place.kind === "tcp" ? await openSocket(place, options) : await openPort(options);
}

async function openPort({ path, line, makePort = portOf, ...wait }: LineOptions): Promise<Duplex | Error> {
  const { baud, dataBits, parity, stopBits } = line;
  const settings = { path, baudRate: baud, dataBits, parity, stopBits };
  const { promise, resolve } = Promise.withResolvers<Duplex | Error>();
  const opened = new AbortController();
  try {
    const port = makePort({ ...settings, autoOpen: false, highWaterMark: READ_BYTES_MAX });
    port.on("error", () => {});
    port.open((error) => {
      opened.abort();
      if (error === null) mendBinding(port);
      resolve(error ?? port);
    });
    void tooLate(wait, opened.signal).then((late) => {
      if (!late) return;
      // It may still open when nobody waits for it any more; then it must not stay locked.
      port.once("open", () => port.close());
      resolve(new Error("port did not open in time"));
    });
  } catch (error) {
    opened.abort();
    resolve(error instanceof Error ? error : new Error("port cannot be opened", { cause: error }));
  }
  return await promise;
}

async function openSocket(
  { host, port }: { host: string; port: number },
  wait: LineOptions,
): Promise<Duplex | Error> {
  const { promise, resolve } = Promise.withResolvers<Duplex | Error>();
  const opened = new AbortController();
  const socket = createConnection({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEPALIVE_MS,
  });
  socket.on("error", (error) => {
    opened.abort();
    resolve(error);
  });
  socket.once("connect", () => {
    opened.abort();
    resolve(socket);
  });
  void tooLate(wait, opened.signal).then((late) => {
    if (!late) return;
    socket.destroy();
    resolve(new Error("serial server did not answer in time"));
  });
  return await promise;
}

/** True when the wait is over and the line was not opened. */
async function tooLate(
  { openMsMax, signal }: Pick<LineOptions, "openMsMax" | "signal">,
  opened: AbortSignal,
): Promise<boolean> {
  await waited(openMsMax, AbortSignal.any([opened, signal]));
  return !opened.aborted;
}

/** Closes a line; after `closeMsMax` milliseconds it is given up. */
export async function closeLine(line: Duplex, closeMsMax: number): Promise<void> {
  if (line instanceof Socket) {
    line.destroy();
    return;
  }
  if (!(line instanceof SerialPort) || !line.isOpen) return;
  const closed = new AbortController();
  line.close(() => closed.abort());
  await waited(closeMsMax, closed.signal);
}

/** Waits; sooner when the signal aborts. */
export async function waited(ms: number, signal: AbortSignal): Promise<void> {
  await pause(Math.max(0, ms), undefined, { signal }).catch(() => {});
}
