/** For tests: the host's end of a simulated port, opened with the real serialport. */
import { lstatSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SerialPort } from "serialport";
import { onTestFinished, vi } from "vitest";

/** Longest wait for what must happen. */
const DEADLINE_MS = 8000;

/** An opened port and all that came out of it. */
export interface HostPort {
  port: SerialPort;
  /** All bytes so far. */
  received(): Buffer;
  /** Forgets the bytes so far. */
  forget(): void;
  /** Resolves with the error that came with `close`, null for a clean one. */
  closed: Promise<Error | null>;
}

/** A path for a link in a folder of its own, which is removed when the test ends. */
export function tempLink(): string {
  const folder = mkdtempSync(join(tmpdir(), "firmware-sim-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "tty-sim");
}

/** Tells whether a link is there, even one that points nowhere. */
export function isLinkThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Opens a port at 9600 8N1 and collects what comes; the port is closed when the test ends. */
export async function openHost(path: string, baudRate = 9600): Promise<HostPort> {
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  let bytes = Buffer.alloc(0);
  port.on("data", (data: Buffer) => {
    bytes = Buffer.concat([bytes, data]);
  });
  port.on("error", () => undefined);
  const { promise: closed, resolve: tellClosed } = Promise.withResolvers<Error | null>();
  port.on("close", (error: Error | null) => tellClosed(error));
  const opened = Promise.withResolvers<void>();
  port.open((error) => (error ? opened.reject(error) : opened.resolve()));
  await opened.promise;
  onTestFinished(() => closeHost(port));
  return {
    port,
    received: () => bytes,
    forget: () => {
      bytes = Buffer.alloc(0);
    },
    closed,
  };
}

/** Closes a port cleanly; does nothing when it is closed. */
export async function closeHost(port: SerialPort): Promise<void> {
  if (!port.isOpen) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  port.close(() => resolve());
  await promise;
}

/** Waits until `check` no longer throws. */
export async function eventually<T>(check: () => T): Promise<T> {
  return vi.waitFor(check, { timeout: DEADLINE_MS, interval: 5 });
}

/** Longest wait for the host to notice an unplug before it is tried again, and how often. */
const UNPLUG_NOTICE_MS = 1500;
const UNPLUG_TRIES_MAX = 5;

/** What can be pulled out of the host. */
export interface Pluggable {
  unplug(): void;
  replug(): void;
}

/**
 * Opens the port, waits for a first byte, unplugs it, and returns the error that came with the host's `close`.
 *
 * About one time in fifty serialport 13 misses the unplug: a read that is under way returns 0 bytes, which it takes
 * for nothing yet and repeats for ever (bindings-cpp `unix-read`), and now and then a waiting read is not woken. Then
 * the port is closed and all is tried again.
 */
export async function unplugUnderHost(
  device: Pluggable,
  path: string,
  speak = () => {},
): Promise<Error | null> {
  for (let attempt = 0; attempt < UNPLUG_TRIES_MAX; attempt += 1) {
    // A replug that was asked of another process takes a moment.
    const host = await eventually(() => openHost(path));
    speak();
    await eventually(() => {
      if (host.received().length === 0) throw new Error("nothing was received");
    });
    device.unplug();
    const missed = Promise.withResolvers<"missed">();
    const timer = setTimeout(() => missed.resolve("missed"), UNPLUG_NOTICE_MS);
    const outcome = await Promise.race([host.closed, missed.promise]);
    clearTimeout(timer);
    if (outcome !== "missed") return outcome;
    await closeHost(host.port);
    device.replug();
  }
  throw new Error(`the host did not notice ${UNPLUG_TRIES_MAX} unplugs`);
}
