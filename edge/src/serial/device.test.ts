import { monitorEventLoopDelay } from "node:perf_hooks";
import pino from "pino";
import { SerialPort } from "serialport";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mtSics } from "../protocols/mt-sics.ts";
import { stGs } from "../protocols/st-gs.ts";
import { systemClock } from "../sensing/clock.ts";
import { type Device, type DeviceOptions, startDevice } from "./device.ts";
import type { DeviceEvent } from "./device-event.ts";
import { WRITE_BYTES_MAX } from "./polling.ts";
import { SocatPort, until } from "./socat-port.ts";

const SHORT = { openMsMax: 10_000, closeMsMax: 2_000, replyMsMax: 1_000 };

let port: SocatPort;
let stop: AbortController;
let events: DeviceEvent[];
let running: Device[];

beforeEach(() => {
  port = new SocatPort();
  stop = new AbortController();
  events = [];
  running = [];
});

afterEach(async () => {
  stop.abort();
  await Promise.all(running.map((device) => device.done));
  await port[Symbol.asyncDispose]();
});

function start(options: Partial<DeviceOptions> = {}): Device {
  const device = startDevice({
    path: port.path,
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

const count = (kind: DeviceEvent["kind"]) => events.filter((event) => event.kind === kind).length;
const weights = () =>
  events.flatMap((event) =>
    event.kind === "reading" && "weight_g" in event.reading ? [event.reading.weight_g] : [],
  );
const reasons = () => events.flatMap((event) => (event.kind === "closed" ? [event.reason] : []));
const faults = () => events.flatMap((event) => (event.kind === "fault" ? [event.fault.error] : []));

describe("a device on a pseudo-terminal", () => {
  it("is read from the first line end on, with the frame beside the reading", async () => {
    await port.plug();
    const device = start();
    await until(() => device.isOpen);
    await port.send("25340kg\r\nST,GS,+  25");
    await port.send("340kg\r\n");
    await until(() => count("reading") === 1);
    const [reading] = events.filter((event) => event.kind === "reading");
    expect(reading).toMatchObject({ reading: { weight_g: 25_340_000, stable: true } });
    expect(Buffer.from(reading?.frame ?? []).toString()).toBe("ST,GS,+  25340kg");
    expect(device.stats).toMatchObject({ opened: 1, readings: 1, faults: {}, discardedBytes: 7 });
  });

  it("is opened again when its port has vanished and come back", async () => {
    await port.plug();
    const device = start();
    await until(() => device.isOpen);
    await port.send("\r\nST,GS,+1kg\r\nST,GS,+9");
    await until(() => weights().length === 1);
    await port.unplug();
    await until(() => reasons().includes("vanished"));
    expect(device.isOpen).toBe(false);
    await port.plug();
    await until(() => device.isOpen);
    await port.send("9kg\r\nST,GS,+2kg\r\n");
    await until(() => weights().length === 2);
    expect(weights()).toEqual([1000, 2000]);
    expect(count("opened")).toBe(2);
  });

  it("is waited for when its port is not there yet", async () => {
    const device = start();
    await until(() => reasons().length === 2);
    expect(reasons()).toEqual(["open_failed", "open_failed"]);
    await port.plug();
    await until(() => device.isOpen);
  });

  it("is waited for while another program holds its port", async () => {
    await port.plug();
    const other = new AbortController();
    const first = start({ signal: other.signal, on: () => {} });
    await until(() => first.isOpen);
    const device = start();
    await until(() => reasons().includes("open_failed"));
    expect(device.isOpen).toBe(false);
    other.abort();
    await first.done;
    await until(() => device.isOpen);
  });

  it("is opened anew when it falls silent", async () => {
    await port.plug();
    start({ silenceMs: 300 });
    await until(() => count("opened") === 2);
    expect(reasons()).toEqual(["silent"]);
  });

  it("is known to be unplugged by its path when it is one that speaks seldom and its port does not close", async () => {
    class Deaf extends SerialPort {
      // serialport can miss that its port has gone; then it neither closes nor ends.
      override emit(event: string | symbol, ...rest: unknown[]): boolean {
        return event === "close" || event === "end" || event === "error" ? false : super.emit(event, ...rest);
      }
    }
    await port.plug();
    const device = start({
      silenceMs: Number.POSITIVE_INFINITY,
      makePort: (settings) => new Deaf(settings),
      timing: { ...SHORT, closeMsMax: 20 },
    });
    await until(() => device.isOpen);
    await port.unplug();
    await until(() => reasons().includes("vanished"));
  });

  it("is tried again when its port does not open in time", async () => {
    class Hanging extends SerialPort {
      override open(): void {}
    }
    const device = start({
      makePort: (settings) => new Hanging(settings),
      timing: { ...SHORT, openMsMax: 20 },
    });
    await until(() => reasons().length === 2);
    expect([reasons(), device.isOpen]).toEqual([["open_failed", "open_failed"], false]);
  });

  it("gives a port up that does not close in time, and goes on", async () => {
    await port.plug();
    const stuck: SerialPort[] = [];
    class Hanging extends SerialPort {
      override close(): void {
        stuck.push(this);
      }
    }
    start({
      makePort: (settings) => new Hanging(settings),
      silenceMs: 50,
      timing: { ...SHORT, closeMsMax: 20 },
    });
    // The port that hangs is still locked, so the next opening fails; that it is tried at all is the point.
    await until(() => reasons().length === 2);
    expect(reasons()).toEqual(["silent", "open_failed"]);
    stop.abort();
    for (const one of stuck) SerialPort.prototype.close.call(one);
  });

  it("is let go of when it is stopped, at once even in the middle of a long wait", async () => {
    const waiting = start({ path: `${port.path}-none` });
    await port.plug();
    const device = start();
    await until(() => device.isOpen);
    stop.abort();
    await Promise.all([waiting.done, device.done]);
    expect(reasons().at(-1)).toBe("stopped");
    expect(device.send("zero")).toBe(false);
    stop = new AbortController();
    const next = start();
    await until(() => next.isOpen);
  });

  it("is asked when its protocol is polled, and a question without an answer is a fault", async () => {
    await port.plug();
    let mute = false;
    let asked = "";
    port.onData = (bytes) => {
      asked += bytes.toString("latin1");
      if (!mute) void port.send("S S     100.00 g\r\n");
    };
    const device = start({ protocol: mtSics, pollEveryMs: 50 });
    await until(() => weights().length === 3);
    expect(faults()).toEqual([]);
    expect(asked).toMatch(/^(SI\r\n)+$/);
    mute = true;
    await until(() => faults().length === 1);
    expect(faults()).toEqual(["no_reply"]);
    expect(device.send("tare")).toBe(true);
    await until(() => asked.includes("T\r\n"));
  });

  it("refuses commands that it cannot get rid of, and takes them again when it can", async () => {
    await port.plug();
    let taken = "";
    port.onData = (bytes) => {
      taken += bytes.toString("latin1");
    };
    const device = start();
    await until(() => device.isOpen);
    const sent = Array.from({ length: 2 * WRITE_BYTES_MAX }, () => device.send("zero"));
    expect(sent.filter((one) => one)).toHaveLength(WRITE_BYTES_MAX);
    await until(() => device.send("tare"));
    await until(() => taken.endsWith("T"));
    expect(taken).toBe(`${"Z".repeat(WRITE_BYTES_MAX)}T`);
  });

  it("neither blocks the event loop nor shows a wrong weight while a flood comes", async () => {
    await port.plug();
    const device = start();
    await until(() => device.isOpen);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const block = "ST,GS,+003015.0kg\r\n".repeat(5000);
    for (let sent = 0; sent < 50; sent += 1) await port.send(block);
    await until(() => faults().includes("flood"));
    await until(() => device.stats.discardedBytes > 1_000_000);
    delay.disable();
    expect(delay.max / 1e6).toBeLessThan(500);
    // Frames cut by a gap show as faults, never as a shorter number.
    expect(new Set(weights())).toEqual(new Set([3_015_000]));
    const marking = setInterval(() => void port.send("\r\nST,GS,+7kg\r\n"), 100);
    await until(() => weights().includes(7000)).finally(() => clearInterval(marking));
  });
});
