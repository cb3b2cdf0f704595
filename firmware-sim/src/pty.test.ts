import { spawn } from "node:child_process";
import {
  closeSync,
  constants,
  openSync,
  readlinkSync,
  readSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { closeHost, eventually, isLinkThere, openHost, tempLink, unplugUnderHost } from "./host-port.ts";
import { openPty, type Pty, type PtyOptions, READ_BYTES_MAX } from "./pty.ts";

const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);

function plugIn(options: Partial<PtyOptions> = {}): Pty {
  const pty = openPty({ link: tempLink(), ...options });
  onTestFinished(() => pty.unplug());
  return pty;
}

test("bytes 0 to 255 pass unchanged to the host", async () => {
  const pty = plugIn();
  const host = await openHost(pty.link);
  expect(pty.write(allBytes)).toBe(256);
  await eventually(() => expect([...host.received()]).toEqual([...allBytes]));
});

test("bytes 0 to 255 pass unchanged from the host, and nothing echoes either way", async () => {
  const heard: number[] = [];
  const pty = plugIn({ onData: (bytes) => heard.push(...bytes) });
  const host = await openHost(pty.link);
  host.port.write(allBytes);
  await eventually(() => expect(heard).toEqual([...allBytes]));
  pty.write(Uint8Array.of(0x0d, 0x41));
  await eventually(() => expect([...host.received()]).toEqual([0x0d, 0x41]));
  host.port.write("z");
  await eventually(() => expect(heard.slice(256)).toEqual([0x7a]));
});

test("the terminal is raw before any host sets it so", async () => {
  const heard: number[] = [];
  const pty = plugIn({ onData: (bytes) => heard.push(...bytes) });
  // A host that opens the port without touching its settings, as `cat` does.
  const slave = openSync(pty.link, "r+");
  pty.write(Uint8Array.of(0x41, 0x0d));
  writeSync(slave, "\n");
  await eventually(() => expect(heard).toEqual([0x0a]));
  closeSync(slave);
});

test("what is written while nobody has the port open is not delivered later", async () => {
  const changes: boolean[] = [];
  const pty = plugIn({ onOpenChange: (isOpen) => changes.push(isOpen) });
  expect(pty.isOpen).toBe(false);
  expect(pty.write(allBytes)).toBe(0);
  const first = await openHost(pty.link);
  await eventually(() => expect(changes).toEqual([true]));
  await closeHost(first.port);
  await eventually(() => expect(changes).toEqual([true, false]));
  expect(pty.write(allBytes)).toBe(0);
  const second = await openHost(pty.link);
  expect(pty.write(Uint8Array.of(7))).toBe(1);
  await eventually(() => expect([...second.received()]).toEqual([7]));
});

test("a host that does not read fills the kernel's buffer, after which writes take nothing", async () => {
  const pty = plugIn();
  const host = await openHost(pty.link);
  host.port.pause();
  const piece = new Uint8Array(4096);
  let taken = 0;
  let last = piece.length;
  for (let turn = 0; turn < 1000 && last > 0; turn += 1) {
    last = pty.write(piece);
    taken += last;
  }
  expect(last).toBe(0);
  host.port.resume();
  await eventually(() => expect(host.received().length).toBe(taken));
});

test("much that a host writes arrives whole, a look's worth at a time", async () => {
  const pieces: number[] = [];
  const pty = plugIn({ onData: (bytes) => void pieces.push(bytes.length) });
  const host = await openHost(pty.link, 230_400);
  host.port.write(new Uint8Array(5 * READ_BYTES_MAX));
  await eventually(() => expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(5 * READ_BYTES_MAX));
  expect(Math.max(...pieces)).toBeLessThanOrEqual(READ_BYTES_MAX);
});

test("unplugging closes the host's port with a disconnect, and a replug can be opened at the same link", async () => {
  const pty = plugIn();
  const speak = () => pty.write(Uint8Array.of(9));
  expect(await unplugUnderHost(pty, pty.link, speak)).toMatchObject({ disconnected: true });
  expect(isLinkThere(pty.link)).toBe(false);
  expect(pty.write(Uint8Array.of(1))).toBe(0);
  pty.replug();
  const again = await openHost(pty.link);
  pty.write(Uint8Array.of(1, 2, 3));
  await eventually(() => expect([...again.received()]).toEqual([1, 2, 3]));
});

test("a child process that was started meanwhile does not keep an unplugged port alive", () => {
  const pty = plugIn();
  const child = spawn("cat");
  onTestFinished(() => void child.kill());
  const slave = openSync(pty.link, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(slave));
  expect(() => readSync(slave, new Uint8Array(1))).toThrow(expect.objectContaining({ code: "EAGAIN" }));
  pty.unplug();
  // A terminal that was hung up reads as ended.
  expect(readSync(slave, new Uint8Array(1))).toBe(0);
});

test("the link points at the terminal, and a stale one is replaced", () => {
  const link = tempLink();
  symlinkSync("/dev/pts/9999", link);
  const pty = plugIn({ link });
  expect(readlinkSync(link)).toBe(pty.slavePath);
});

test("a file or a foreign link in the place of the link is left alone", () => {
  const file = tempLink();
  writeFileSync(file, "mine");
  expect(() => openPty({ link: file })).toThrow(expect.objectContaining({ code: "LINK_TAKEN" }));
  const link = tempLink();
  symlinkSync("/dev/ttyUSB0", link);
  expect(() => openPty({ link })).toThrow(expect.objectContaining({ code: "LINK_TAKEN" }));
  expect(readlinkSync(link)).toBe("/dev/ttyUSB0");
});

test("unplugging leaves a link alone that another simulator has taken over", () => {
  const link = tempLink();
  const first = plugIn({ link });
  const second = plugIn({ link });
  first.unplug();
  expect(readlinkSync(link)).toBe(second.slavePath);
});

test("unplug and replug may be repeated without harm", () => {
  const pty = plugIn();
  const { slavePath } = pty;
  pty.replug();
  expect(pty.slavePath).toBe(slavePath);
  pty.unplug();
  pty.unplug();
  expect(pty.isPlugged).toBe(false);
});
