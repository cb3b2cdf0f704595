import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { constants, mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SocatPort, until } from "../serial/socat-port.ts";
import { printBytes } from "./printer-link.ts";

const BYTES = Buffer.from("\x1b@Bukti setoran sampah\n");
const LONG = Buffer.alloc(16_000_000, "Bukti setoran sampah\n");
const timing = { openMsMax: 2_000, writeMsMax: 400, statusMsMax: 100 };
/** The question for paper, as it arrives. */
const ASKED = "\x10\x04\x04";
const DOUBTED = {
  ok: true,
  doubt: expect.stringMatching(/does not answer; look whether the receipt came out/),
};
const never = new AbortController().signal;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "printer-link-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("a printer on TCP 9100", () => {
  async function printer(onSocket: (socket: Socket) => void) {
    const received: Buffer[] = [];
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.on("data", (bytes: Buffer) => received.push(bytes));
      onSocket(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      printer: { path: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, paper_mm: 58 as const },
      text: () => Buffer.concat(received).toString("latin1"),
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        server.close();
        await once(server, "close");
      },
    };
  }

  it("is asked for paper, and gets the receipt when it does not answer", async () => {
    await using one = await printer(() => {});
    expect(await printBytes(one.printer, BYTES, { timing, signal: never })).toEqual(DOUBTED);
    await until(() => one.text() === `${ASKED}${BYTES.toString("latin1")}${ASKED}`);
  });

  it("is asked again after the receipt, and nothing is doubtful when it answers", async () => {
    await using one = await printer((socket) => socket.on("data", () => socket.write(Buffer.of(0x12))));
    expect(await printBytes(one.printer, BYTES, { timing, signal: never })).toEqual({ ok: true });
    expect(one.text()).toBe(`${ASKED}${BYTES.toString("latin1")}${ASKED}`);
  });

  it("is doubtful when it never reads, though the buffers on the way take a whole receipt", async () => {
    await using one = await printer((socket) => socket.pause());
    expect(await printBytes(one.printer, BYTES, { timing, signal: never })).toEqual(DOUBTED);
    expect(one.text()).toBe("");
  });

  it("is out of paper, as begun, when it says so after the receipt", async () => {
    let heard = 0;
    await using one = await printer((socket) =>
      socket.on("data", (bytes: Buffer) => {
        heard += bytes.length;
        socket.write(Buffer.of(heard > ASKED.length ? 0x72 : 0x12));
      }),
    );
    expect(await printBytes(one.printer, BYTES, { timing, signal: never })).toMatchObject({
      ok: false,
      begun: true,
      fault: expect.stringMatching(/out of paper/),
    });
  });

  it("gets no receipt when it says that its roll has ended", async () => {
    await using one = await printer((socket) => socket.on("data", () => socket.write(Buffer.of(0x72))));
    expect(await printBytes(one.printer, BYTES, { timing, signal: never })).toMatchObject({
      ok: false,
      begun: false,
      fault: expect.stringMatching(/out of paper/),
    });
    expect(one.text()).toBe("\x10\x04\x04");
  });

  it("is given up, as begun, when it takes no more", async () => {
    await using one = await printer((socket) => socket.pause());
    expect(await printBytes(one.printer, LONG, { timing, signal: never })).toMatchObject({
      ok: false,
      begun: true,
      fault: expect.stringMatching(/check its paper/),
    });
  });

  it("is reported, as not begun, when it is switched off", async () => {
    const one = await printer(() => {});
    await one[Symbol.asyncDispose]();
    expect(await printBytes(one.printer, BYTES, { timing, signal: never })).toMatchObject({
      ok: false,
      begun: false,
      fault: expect.stringMatching(/switched on/),
    });
  });
});

describe("a printer on a serial port", () => {
  it("gets the receipt", async () => {
    await using port = new SocatPort();
    await port.plug();
    let text = "";
    port.onData = (bytes) => {
      text += bytes.toString("latin1");
    };
    const printer = { path: port.path, baud: 19_200, paper_mm: 80 as const };
    expect(await printBytes(printer, BYTES, { timing, signal: never })).toEqual(DOUBTED);
    await until(() => text === `${ASKED}${BYTES.toString("latin1")}${ASKED}`);
  });
});

describe("a printer that is a file, as a USB printer is", () => {
  const printer = () => ({ path: join(folder, "lp0"), paper_mm: 58 as const });

  async function fifo() {
    execFileSync("mkfifo", [printer().path]);
    return await open(printer().path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  it("gets the receipt, also in the pieces in which it takes it", async () => {
    await using reader = await fifo();
    const printing = printBytes(printer(), LONG, {
      timing: { ...timing, writeMsMax: 10_000 },
      signal: never,
    });
    const pieces: Buffer[] = [];
    let length = 0;
    while (length < LONG.length) {
      const { bytesRead, buffer } = await reader
        .read(Buffer.alloc(65_536))
        .catch(() => ({ bytesRead: 0, buffer: Buffer.of() }));
      pieces.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
    }
    expect(await printing).toEqual({ ok: true });
    expect(Buffer.concat(pieces).equals(LONG)).toBe(true);
  });

  it("does not hang without paper", async () => {
    await using _reader = await fifo();
    expect(await printBytes(printer(), LONG, { timing, signal: never })).toMatchObject({
      ok: false,
      begun: true,
    });
    const stopped = AbortSignal.timeout(50);
    expect(
      await printBytes(printer(), LONG, { timing: { ...timing, writeMsMax: 60_000 }, signal: stopped }),
    ).toMatchObject({
      ok: false,
    });
  });

  it("is reported when it is not there", async () => {
    expect(await printBytes(printer(), BYTES, { timing, signal: never })).toMatchObject({
      ok: false,
      begun: false,
      fault: expect.stringMatching(/lp0: the printer cannot be reached/),
    });
  });
});
