/**
 * A serial port made of a pseudo-terminal: the simulator holds the master end, the program under test opens the link.
 *
 * Each plugging-in makes a new pseudo-terminal, whose number differs, behind the same symbolic link, as udev does with
 * `/dev/serial/by-id`. The master end is polled: with no slave open it answers EIO for as long as that lasts, which
 * would kill a stream and would spin an event watcher.
 */
import {
  closeSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  readSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { masterState, openMaster, openSlave, readHostBaud } from "./libc.ts";
import { SimError } from "./sim-error.ts";

/** Pause between two looks at the master end: shorter than the latency timer of a USB adapter (16 ms). */
export const POLL_INTERVAL_MS = 4;

/** Most bytes that are read at one look; what is left waits in the kernel for the next look. */
export const READ_BYTES_MAX = 4096;

/** What a pseudo-terminal needs and tells. */
export interface PtyOptions {
  /** Path of the symbolic link that the program under test opens. Its folder is made when missing. */
  link: string;
  /** Bytes that came from the program under test, as many as one look found. */
  onData?: ((bytes: Uint8Array) => void) | undefined;
  /** The slave end was opened (true) or closed by its last holder (false). */
  onOpenChange?: ((isOpen: boolean) => void) | undefined;
}

/** A pluggable serial port. Nothing of it keeps the process alive. */
export class Pty {
  readonly link: string;
  readonly #options: PtyOptions;
  #master: number | undefined;
  #slavePath = "";
  #wasOpen = false;
  #timer: NodeJS.Timeout | undefined;

  /** Plugs in at once. Throws SimError LINK_TAKEN or PTY_FAILED. */
  constructor(options: PtyOptions) {
    this.link = options.link;
    this.#options = options;
    this.replug();
  }

  /** Path of the slave end, such as `/dev/pts/7`; empty while unplugged. */
  get slavePath(): string {
    return this.#slavePath;
  }

  get isPlugged(): boolean {
    return this.#master !== undefined;
  }

  /** True while a program has the slave end open. */
  get isOpen(): boolean {
    return this.#master !== undefined && !masterState(this.#master).hungUp;
  }

  /** Bits per second that the program under test has set, or the last one that did; 0 while unplugged. */
  get hostBaud(): number {
    return this.#master === undefined ? 0 : readHostBaud(this.#master);
  }

  /**
   * Writes what the kernel takes now and returns how many bytes that was; the caller keeps the rest (the program
   * under test does not read). Takes nothing while the slave end is not open: such bytes would be read later, as stale.
   */
  write(bytes: Uint8Array): number {
    if (this.#master === undefined || !this.isOpen) return 0;
    try {
      return writeSync(this.#master, bytes);
    } catch (error) {
      if (isErrno(error, "EAGAIN") || isErrno(error, "EIO")) return 0;
      throw error;
    }
  }

  /** Pulls the plug: the program under test sees its port vanish, and the link is gone. Does nothing when unplugged. */
  unplug(): void {
    if (this.#master === undefined) return;
    clearInterval(this.#timer);
    removeLink(this.link, this.#slavePath);
    closeSync(this.#master);
    this.#master = undefined;
    this.#slavePath = "";
    this.#tellOpen(false);
  }

  /** Plugs in again: a new pseudo-terminal behind the same link. Does nothing when plugged in. */
  replug(): void {
    if (this.#master !== undefined) return;
    const { master, slavePath } = openMaster();
    try {
      closeSync(openSlave(slavePath));
      placeLink(this.link, slavePath);
    } catch (error) {
      closeSync(master);
      throw error;
    }
    this.#master = master;
    this.#slavePath = slavePath;
    this.#timer = setInterval(() => this.#look(), POLL_INTERVAL_MS);
    this.#timer.unref();
  }

  #look(): void {
    if (this.#master === undefined) return;
    const { readable, hungUp } = masterState(this.#master);
    if (!hungUp) this.#tellOpen(true);
    // Bytes that the program wrote before it closed are still there to read.
    if (readable) this.#read(this.#master);
    if (hungUp) this.#tellOpen(false);
  }

  #read(master: number): void {
    const buffer = new Uint8Array(READ_BYTES_MAX);
    let length = 0;
    try {
      length = readSync(master, buffer);
    } catch (error) {
      if (!isErrno(error, "EAGAIN") && !isErrno(error, "EIO")) throw error;
    }
    if (length > 0) this.#options.onData?.(buffer.subarray(0, length));
  }

  #tellOpen(isOpen: boolean): void {
    if (isOpen === this.#wasOpen) return;
    this.#wasOpen = isOpen;
    this.#options.onOpenChange?.(isOpen);
  }
}

/** Makes a pluggable serial port and plugs it in. Throws SimError LINK_TAKEN or PTY_FAILED. */
export function openPty(options: PtyOptions): Pty {
  return new Pty(options);
}

/** Only a link of an earlier simulator is replaced: a file, or a link to a real port, is somebody else's. */
function placeLink(link: string, slavePath: string): void {
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there && !(there.isSymbolicLink() && readlinkSync(link).startsWith("/dev/pts/"))) {
    throw new SimError("LINK_TAKEN", `${link} exists and is not a link to a pseudo-terminal`);
  }
  mkdirSync(dirname(link), { recursive: true });
  // Made aside and renamed, so that the link never is half there.
  const aside = `${link}.${process.pid}`;
  symlinkSync(slavePath, aside);
  renameSync(aside, link);
}

function removeLink(link: string, slavePath: string): void {
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() && readlinkSync(link) === slavePath) unlinkSync(link);
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
