import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mtSics } from "../protocols/mt-sics.ts";
import { stGs } from "../protocols/st-gs.ts";
import { systemClock } from "../sensing/clock.ts";
import { type Device, type DeviceOptions, startDevice } from "./device.ts";
import type { DeviceEvent } from "./device-event.ts";
import { closeLine, openLine } from "./line.ts";
import { SocatPort, until } from "./socat-port.ts";

let server: Server | null;
let sockets: Socket[];
let stop: AbortController;
let events: DeviceEvent[];
let running: Device[];

async function listen(port = 0): Promise<number> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function unplug(): Promise<void> {
  for (const socket of sockets) socket.resetAndDestroy();
  sockets = [];
  if (server === null || !server.listening) return;
  server.close();
  await once(server, "close");
}

beforeEach(() => {
  server = null;
  sockets = [];
  stop = new AbortController();
  events = [];
  running = [];
});

afterEach(async () => {
  stop.abort();
  await Promise.all(running.map(({ done }) => done));
  await unplug();
});

function start(options: Partial<DeviceOptions> & { path: string }): Device {
  const device = startDevice({
    protocol: stGs,
    clock: systemClock,
    log: pino({ level: "silent" }),
    signal: stop.signal,
    on: (event) => void events.push(event),
    ...options,
  });
  running.push(device);
  return device;
}

const weights = () =>
  events.flatMap((event) =>
    event.kind === "reading" && "weight_g" in event.reading ? [event.reading.weight_g] : [],
  );

describe("a device behind a serial server", () => {
  it("is read and asked by the same protocols as one on a port of the machine", async () => {
    const path = `tcp://127.0.0.1:${await listen()}`;
    start({ path });
    start({ path, protocol: mtSics, pollEveryMs: 50 });
    await until(() => sockets.length === 2);
    for (const socket of sockets) {
      socket.write("\r\nST,GS,+  1.250kg\r\n");
      socket.on("data", (bytes) => {
        if (bytes.toString("latin1") === "SI\r\n") socket.write("S S     100.00 g\r\n");
      });
    }
    await until(() => weights().includes(1250) && weights().includes(100));
  });

  it("is connected to again when the server has gone and come back", async () => {
    const port = await listen();
    const device = start({ path: `tcp://127.0.0.1:${port}` });
    for (let round = 1; round <= 5; round += 1) {
      await until(() => device.isOpen && sockets.length === 1);
      sockets[0]?.write(`\r\nST,GS,+${round}kg\r\n`);
      await until(() => weights().at(-1) === round * 1000);
      await unplug();
      await until(() => !device.isOpen);
      await until(() => device.trouble?.code === "port_missing");
      expect(device.trouble?.text).toMatch(/serial server does not answer/);
      await listen(port);
    }
    await until(() => device.isOpen && sockets.length === 1);
    sockets[0]?.write("\r\nST,GS,+9kg\r\n");
    await until(() => device.trouble === null);
  });

  it("is given up when it does not answer in time, and when nobody waits any more", async () => {
    // 192.0.2.0/24 is for documentation: nothing answers there, if anything is reachable at all.
    const line = { path: "tcp://192.0.2.1:4001", line: stGs.line };
    const late = await openLine({ ...line, openMsMax: 50, signal: new AbortController().signal });
    expect(late).toBeInstanceOf(Error);
    const stopped = await openLine({ ...line, openMsMax: 60_000, signal: AbortSignal.timeout(20) });
    expect(stopped).toBeInstanceOf(Error);
  });

  it("leaves no connection behind when its line is closed", async () => {
    const path = `tcp://127.0.0.1:${await listen()}`;
    const line = await openLine({ path, line: stGs.line, openMsMax: 5_000, signal: stop.signal });
    if (line instanceof Error) throw line;
    await until(() => sockets.length === 1);
    const closed = once(sockets[0] as Socket, "close");
    await closeLine(line, 1_000);
    await closed;
  });
});

describe("a serial port in a process that has nothing else to do", () => {
  it("is heard when bytes come, not when the next timer is due", async () => {
    await using port = new SocatPort();
    await port.plug();
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL("idle-child.ts", import.meta.url)), port.path],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    const sending = setInterval(() => void port.send("x"), 100);
    const [code] = await ended.finally(() => clearInterval(sending));
    expect(code).toBe(0);
  });
});
