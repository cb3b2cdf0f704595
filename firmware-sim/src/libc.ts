/**
 * The calls of the C library that make a pseudo-terminal, through koffi.
 *
 * Structures are passed as buffers that are larger than any libc needs, and the constants are those that x64 and
 * arm64 Linux share (asm-generic), so no layout is compiled in. Only `struct pollfd` is read here: int, short, short.
 */
import { constants, openSync } from "node:fs";
import { constants as osConstants } from "node:os";
import koffi from "koffi";
import { SimError } from "./sim-error.ts";

const O_RDWR = constants.O_RDWR;
const O_NOCTTY = constants.O_NOCTTY;
const O_NONBLOCK = constants.O_NONBLOCK;
/** A child process that kept the master would keep the "unplugged" port alive. */
const O_CLOEXEC = 0o2_000_000;
const POLLIN = 0x1;
const POLLHUP = 0x10;
const TCSANOW = 0;

/** Requests that get and set `struct termios2`, which tells the baud as a number, also one that has no constant. */
const TCGETS2 = 0x802c542a;
const TCSETS2 = 0x402c542b;
const CFLAG_OFFSET = 8;
const OUTPUT_BAUD_OFFSET = 40;
/** Bits of the control flags that hold the baud, for output and for input. */
const CBAUD = 0o10017;
const CIBAUD = 0o10017 * 2 ** 16;
const B9600 = 0o15;

/** A signal came during a call, such as the one that tells of the end of a child process: the call is made again. */
const EINTR = osConstants.errno.EINTR;

/** Times that one call is made again; so many signals in a row do not come by chance. */
const INTERRUPTIONS_MAX = 100;

/** `struct termios` has 60 bytes in glibc and musl. */
const TERMIOS_BYTES = 256;
const PATH_BYTES = 128;

// The running program already has libc, glibc or musl, loaded.
const libc = koffi.load(null);
const posixOpenpt: (flags: number) => number = libc.func("int posix_openpt(int)");
const grantpt: (fd: number) => number = libc.func("int grantpt(int)");
const unlockpt: (fd: number) => number = libc.func("int unlockpt(int)");
const ptsnameR: (fd: number, buffer: Buffer, size: number) => number = libc.func(
  "int ptsname_r(int, void *, size_t)",
);
const tcgetattr: (fd: number, termios: Buffer) => number = libc.func("int tcgetattr(int, void *)");
const tcsetattr: (fd: number, when: number, termios: Buffer) => number = libc.func(
  "int tcsetattr(int, int, void *)",
);
const cfmakeraw: (termios: Buffer) => void = libc.func("void cfmakeraw(void *)");
// Declared with the one pointer that the requests here take: x64 and arm64 pass it as they pass a fixed argument.
const ioctl: (fd: number, request: number, termios: Buffer) => number = libc.func(
  "int ioctl(int, unsigned long, void *)",
);
const pollFds: (fds: Buffer, count: number, timeoutMs: number) => number = libc.func(
  "int poll(void *, unsigned long, int)",
);

/** A new pseudo-terminal: descriptor of the master end, and the path of the slave end. */
export interface OpenedPty {
  master: number;
  slavePath: string;
}

/** What the kernel says of a master end. */
export interface MasterState {
  /** Bytes wait to be read. */
  readable: boolean;
  /** Nobody has the slave end open. */
  hungUp: boolean;
}

/**
 * Makes a pseudo-terminal in raw mode: non-blocking, no controlling terminal, nothing echoes.
 * Throws SimError PTY_FAILED. The caller closes `master`.
 */
export function openMaster(): OpenedPty {
  const master = must(posixOpenpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), "posix_openpt");
  must(grantpt(master), "grantpt");
  must(unlockpt(master), "unlockpt");
  const name = Buffer.alloc(PATH_BYTES);
  must(-Math.abs(ptsnameR(master, name, name.length)), "ptsname_r");
  makeRaw(master);
  setFirstBaud(master);
  return { master, slavePath: name.toString("latin1", 0, name.indexOf(0)) };
}

/**
 * Opens the slave end without making it the controlling terminal; the caller closes it.
 *
 * A master whose slave was never opened does not report a hang-up: open and close the slave once to get one.
 */
export function openSlave(slavePath: string): number {
  return openSync(slavePath, O_RDWR | O_NOCTTY);
}

/** Asks the kernel, without waiting, whether the master end has bytes and whether the slave end is open. */
export function masterState(master: number): MasterState {
  const pollfd = Buffer.alloc(8);
  pollfd.writeInt32LE(master, 0);
  pollfd.writeInt16LE(POLLIN, 4);
  let ready = pollFds(pollfd, 1, 0);
  for (let tries = 1; ready < 0 && koffi.errno() === EINTR && tries < INTERRUPTIONS_MAX; tries += 1) {
    ready = pollFds(pollfd, 1, 0);
  }
  must(ready, "poll");
  const events = pollfd.readInt16LE(6);
  return { readable: (events & POLLIN) !== 0, hungUp: (events & POLLHUP) !== 0 };
}

/** Bits per second that the program at the slave end has set; 9600 before it sets any. Throws SimError PTY_FAILED. */
export function readHostBaud(master: number): number {
  const termios = Buffer.alloc(TERMIOS_BYTES);
  must(ioctl(master, TCGETS2, termios), "ioctl TCGETS2");
  return termios.readUInt32LE(OUTPUT_BAUD_OFFSET);
}

/** A serial port of Linux begins at 9600, a pseudo-terminal at 38400. */
function setFirstBaud(master: number): void {
  const termios = Buffer.alloc(TERMIOS_BYTES);
  must(ioctl(master, TCGETS2, termios), "ioctl TCGETS2");
  const flags = termios.readUInt32LE(CFLAG_OFFSET) & ~CBAUD & ~CIBAUD;
  termios.writeUInt32LE((flags | B9600) >>> 0, CFLAG_OFFSET);
  must(ioctl(master, TCSETS2, termios), "ioctl TCSETS2");
}

/** On Linux the attributes of the master end are those of the slave end. */
function makeRaw(master: number): void {
  const termios = Buffer.alloc(TERMIOS_BYTES);
  must(tcgetattr(master, termios), "tcgetattr");
  cfmakeraw(termios);
  must(tcsetattr(master, TCSANOW, termios), "tcsetattr");
}

function must(result: number, call: string): number {
  if (result < 0) throw new SimError("PTY_FAILED", `${call} failed with errno ${koffi.errno()}`);
  return result;
}
